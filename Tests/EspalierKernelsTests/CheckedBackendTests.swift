@testable import EspalierKernels
import Testing

/// The reference with one output element of every call moved by a relative error.
private struct FaultyBackend: Backend {
    let name = "faulty"
    let threads = 1
    var relativeError: Float

    func run(_ call: KernelCall) throws(KernelError) {
        try ReferenceBackend().run(call)
        guard let output = call.outputs.first, output.rows > 1, output.element == .float else { return }
        output.row(1).assumingMemoryBound(to: Float.self)[0] *= 1 + relativeError
    }
}

extension KernelTests {
    @Suite struct CheckedBackendTests {
        private static func product(_ memory: CaseOperands) -> KernelCall.GEMM {
            .init(
                m: 2, n: 2, k: 2, a: memory.matrix(2, 2, [1, 2, 3, 4]), b: memory.matrix(2, 2, [5, 6, 7, 8]),
                c: memory.matrix(2, 2))
        }

        @Test func aFaultIsFoundAndNamed() throws {
            let memory = CaseOperands()
            let checked = CheckedBackend(try NativeBackend(threads: 1), FaultyBackend(relativeError: 1e-4))
            let error = #expect(throws: KernelError.self) { try checked.run(.gemm(Self.product(memory))) }
            guard case .mismatch("gemm", let detail) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(detail.contains("row 1, column 0: 43.0 and 43.004"))
        }

        @Test func roundingIsNoFault() throws {
            let memory = CaseOperands()
            let checked = CheckedBackend(ReferenceBackend(), FaultyBackend(relativeError: 1e-7))
            try checked.run(.gemm(Self.product(memory)))
        }

        @Test func theFirstResultStays() throws {
            let memory = CaseOperands()
            let call = Self.product(memory)
            try CheckedBackend(FaultyBackend(relativeError: 1e-7), ReferenceBackend()).run(.gemm(call))
            #expect(call.c.pointer[2] == 43 * (1 + Float(1e-7)))
            let failing = CheckedBackend(FaultyBackend(relativeError: 0.5), ReferenceBackend())
            #expect(throws: KernelError.self) { try failing.run(.gemm(call)) }
            #expect(call.c.pointer[2] == 43 * 1.5)
        }

        /// In place and accumulating calls give the second backend the operands that the first one had.
        @Test func everyCasePassesAgainstTheReference() throws {
            let checked = try makeBackend(named: "checked", threads: 1)
            for example in KernelCase.all {
                let prepared = example.prepare()
                // The reference is slow, and size adds nothing here.
                guard prepared.call.outputs.allSatisfy({ $0.bytes < 10_000 }) else { continue }
                #expect(throws: Never.self, "\(example)") { try prepared.run(on: checked) }
            }
        }
    }
}
