@testable import EspalierKernels
import EspalierTestSupport
import Testing

/// All tests of kernels: one after another, because some change the instruction set for the whole process.
@Suite(.serialized) enum KernelTests {
    /// What the reference says to every case: once for all tests, because it is slow.
    private static let expectations: [[[Bounded]]] = KernelCase.all.map { example in
        // A case of the list is valid, so the reference cannot refuse it.
        try! example.prepare().evaluate()
    }

    /// Runs the cases of a family, or all, and compares with the reference within the error that rounding explains.
    static func expectAgreement(
        of backend: any Backend, family: KernelCall.Family? = nil, memory: CaseAllocator
    ) throws {
        for (example, expected) in zip(KernelCase.all, expectations) {
            let prepared = example.prepare(allocator: memory)
            guard family == nil || prepared.call.family == family else { continue }
            try prepared.run(on: backend)
            let deviation = prepared.deviation(from: expected)
            #expect(deviation.share <= 1, "\(example): \(deviation.description)")
            #expect(prepared.damagedElements == 0, "\(example)")
        }
    }
}
