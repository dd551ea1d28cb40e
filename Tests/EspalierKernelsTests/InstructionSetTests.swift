import EspalierKernels
import Testing

extension KernelTests {
    @Suite(.serialized) struct InstructionSetTests {
        @Test func everyAvailableSetCanBeSelected() throws {
            let before = InstructionSet.current
            defer { try? InstructionSet.select(before) }
            #expect(InstructionSet.available.contains(.portable) && InstructionSet.available.contains(before))
            for set in InstructionSet.available {
                try InstructionSet.select(set)
                #expect(InstructionSet.current == set)
            }
        }

        /// The raw values are those of C's ck_isa, which tells its names.
        @Test func theSetsAreThoseOfTheKernels() {
            #expect(InstructionSet.allCases.map(\.description) == ["portable", "neon", "avx2", "avx512"])
        }

        @Test func aSetThatIsNotHereIsUnavailable() {
            let before = InstructionSet.current
            for set in InstructionSet.allCases where !InstructionSet.available.contains(set) {
                #expect(throws: KernelError.self) { try InstructionSet.select(set) }
            }
            #expect(InstructionSet.current == before)
        }
    }
}
