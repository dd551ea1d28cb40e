@testable import EspalierKernels
import EspalierTestSupport
import Testing

extension KernelTests {
    @Suite(.serialized) struct NativeBackendTests {
        static let combinations = InstructionSet.available.flatMap { set in [1, 3].map { (set, $0) } }

        /// Every case against the reference within the error that rounding explains, flush against forbidden pages.
        @Test(arguments: combinations)
        func everyCaseAgreesWithTheReference(set: InstructionSet, threads: Int) throws {
            let backend = try NativeBackend(threads: threads)
            try withInstructionSet(set) {
                let memory = threads == 1 ? GuardedMemory.beforeForbiddenPage : GuardedMemory.afterForbiddenPage
                try KernelTests.expectAgreement(of: backend, memory: memory)
            }
        }

        @Test func bitsAreTheSameOnEveryInstructionSetAndForEveryNumberOfThreads() throws {
            let results = try Self.combinations.map { set, threads in
                let backend = try NativeBackend(threads: threads)
                return try withInstructionSet(set) {
                    try KernelCase.all.map { example in
                        let prepared = example.prepare(seed: 2)
                        try prepared.run(on: backend)
                        return prepared.outputBytes.map(Self.withOneNaN)
                    }
                }
            }
            for (combination, result) in zip(Self.combinations, results).dropFirst() {
                for (index, example) in KernelCase.all.enumerated() where result[index] != results[0][index] {
                    Issue.record("\(example): \(combination) and \(Self.combinations[0]) differ")
                }
            }
        }

        /// Which of two NaNs an operation passes on is the compiler's choice: all are made the same.
        private static func withOneNaN(_ bytes: [UInt8]) -> [UInt32] {
            bytes.withUnsafeBytes { bytes in
                bytes.bindMemory(to: UInt32.self).map {
                    Float(bitPattern: $0).isNaN ? Float.nan.bitPattern : $0
                }
            }
        }

        private func withInstructionSet<Result>(_ set: InstructionSet, _ body: () throws -> Result) throws -> Result {
            let before = InstructionSet.current
            try InstructionSet.select(set)
            defer { try? InstructionSet.select(before) }
            return try body()
        }
    }
}
