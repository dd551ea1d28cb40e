@testable import EspalierKernels
import Foundation
import Testing

extension KernelTests {
    /// The specification against numbers worked out elsewhere.
    @Suite struct ReferenceBackendTests {
        /// The first of the known-answer vectors that Salmon et al. publish with Philox 4x32-10, and the all-ones one.
        @Test func philoxGivesThePublishedWords() {
            let zeros = (0..<4).map { philox(element: $0, stream: 0, seed: 0) }
            #expect(zeros == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
        }

        @Test func crossEntropyOfTwoClasses() throws {
            let memory = CaseOperands()
            var call = KernelCall.CrossEntropy(
                rows: 2, classes: 2, logits: memory.matrix(2, 2, [0, 0, Float(Foundation.log(3.0)), 0]),
                targets: .classes(memory.indices([0, 1]), ignore: -1))
            (call.loss, call.gradient) = (memory.floats(1), memory.matrix(2, 2))
            try ReferenceBackend().run(.crossEntropy(call))
            // p = (1/2, 1/2) and (3/4, 1/4)
            #expect(abs(call.loss![0] - Float((Foundation.log(2.0) + Foundation.log(4.0)) / 2)) < 1e-6)
            let gradient = (0..<4).map { call.gradient!.pointer[$0] }
            for (value, expected) in zip(gradient, [-0.25, 0.25, 0.375, -0.375] as [Float]) {
                #expect(abs(value - expected) < 1e-6)
            }
        }

        @Test func theErrorBoundOfASumHoldsInEveryOrder() {
            let terms: [Float] = [1e8, 1, -1e8, 1]
            let bounded = Bounded.sum(terms.map { Bounded($0) })
            #expect(bounded.value == 2)
            // ((1e8 + 1) - 1e8) + 1 loses the first 1.
            #expect(abs(Double(terms.reduce(0, +)) - 2) <= bounded.error)
        }

        @Test func gelu() {
            // x · Φ(x) at 1 and -1, Φ(1) from tables.
            #expect(abs(ActivationKind.gelu.value(at: 1).value - 0.8413447460685429) < 1e-15)
            #expect(abs(ActivationKind.gelu.value(at: -1).value + 0.15865525393145707) < 1e-15)
        }

        /// Limits at infinity, and NaN wherever a NaN is read: what the C kernels promise.
        @Test(arguments: ActivationKind.allCases) func activationsAtTheEndsOfTheLine(kind: ActivationKind) throws {
            let memory = CaseOperands()
            let ends: [Float] = [.nan, .infinity, -.infinity, 0, -1, 1]
            let (x, dy) = (memory.floats(ends), memory.floats([2, 2, 2, .nan, .nan, .nan]))
            func results(_ backend: any Backend) throws -> [String] {
                let (y, dx) = (memory.floats(ends.count), memory.floats(ends.count))
                try backend.run(.activation(.init(kind, count: ends.count, x: x, y: y)))
                try backend.run(.activationBackward(.init(kind, count: ends.count, x: x, y: y, dy: dy, dx: dx)))
                return ends.indices.flatMap { [end(y[$0]), end(dx[$0])] }
            }
            func end(_ value: Float) -> String { value.isFinite && value != 0 ? "a number" : "\(abs(value))" }
            #expect(try results(ReferenceBackend()) == results(NativeBackend(threads: 1)))
        }
    }
}
