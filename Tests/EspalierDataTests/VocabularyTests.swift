import EspalierData
import Foundation
import Testing

@Suite struct VocabularyTests {
    private let texts = [["b", "a", "c"], ["b", "a"], ["b", "d"]]

    @Test func ordersByFrequencyThenName() {
        #expect(Vocabulary(tokens: texts).words == ["b", "a", "c", "d"])
        #expect(Vocabulary(tokens: texts, minimumCount: 2).words == ["b", "a"])
        #expect(Vocabulary(tokens: texts, maximumSize: 3).words == ["b", "a", "c"])
    }

    @Test func ids() {
        let vocabulary = Vocabulary(tokens: texts)
        #expect(vocabulary.count == 6)
        #expect(["b", "d", "x"].map(vocabulary.id) == [2, 5, Vocabulary.unknown])
        #expect(vocabulary.sequence(of: ["a", "x", "b"], length: 2) == [3, 1])
        #expect(vocabulary.sequence(of: ["a"], length: 3) == [3, 0, 0])
    }

    @Test func savingChangesNothing() throws {
        let vocabulary = Vocabulary(tokens: texts)
        let copy = try JSONDecoder().decode(Vocabulary.self, from: JSONEncoder().encode(vocabulary))
        #expect(copy == vocabulary)
        #expect(copy.id(of: "a") == 3)
    }
}
