@testable import EspalierKernels
import Testing

@Suite struct OperandTests {
    @Test func aProductReadsItsResultOnlyWithBeta() {
        let memory = CaseOperands()
        var call = KernelCall.GEMM(
            m: 2, n: 3, k: 4, a: memory.matrix(2, 4), b: memory.matrix(4, 3), c: memory.matrix(2, 3))
        #expect(KernelCall.gemm(call).bytes == 4 * (8 + 12 + 6))
        #expect(KernelCall.gemm(call).flops == 48)
        call.beta = 1
        #expect(KernelCall.gemm(call).outputs[0].isRead)
        #expect(KernelCall.gemm(call).bytes == 4 * (8 + 12 + 2 * 6))
        call.alpha = 0
        #expect(KernelCall.gemm(call).inputs.isEmpty)
    }

    @Test func ofATableTheRowsThatAreNamedCount() {
        let memory = CaseOperands()
        let call = KernelCall.embedding(
            .init(
                count: 3, vocabulary: 1000, width: 2, table: memory.matrix(1000, 2), ids: memory.indices([5, 5, 9]),
                y: memory.matrix(3, 2)))
        #expect(call.bytes == 4 * (3 + 6 + 6))
    }

    @Test func contentsAreThoseOfTheRowsAlone() {
        let memory = CaseOperands()
        let matrix = memory.matrix(2, 3, [1, 2, 3, 4, 5, 6])
        let operand = Operand.matrix(matrix, 2, 2)
        #expect(operand.values == [1, 2, 4, 5])
        let kept = operand.contents
        for index in 0..<6 { matrix.pointer[index] = 9 }
        operand.restore(kept)
        #expect((0..<6).map { matrix.pointer[$0] } == [1, 2, 9, 4, 5, 9])
    }

    /// What is described as an output is what changes, and all of it is written.
    @Test func everyOutputOfTheReferenceIsWritten() throws {
        for example in KernelCase.all {
            let prepared = example.prepare()
            // The reference is slow, and size adds nothing here.
            guard prepared.call.outputs.allSatisfy({ $0.bytes < 10_000 }) else { continue }
            try prepared.run(on: ReferenceBackend())
            for (output, contents) in zip(prepared.call.outputs, prepared.outputBytes) where output.element == .float {
                let poisoned = contents.withUnsafeBytes { bytes in
                    bytes.bindMemory(to: UInt32.self).contains(CaseMemory.poison.bitPattern)
                }
                #expect(!poisoned, "\(example)")
            }
        }
    }
}
