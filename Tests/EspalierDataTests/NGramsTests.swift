import EspalierData
import Testing

@Suite struct NGramsTests {
    private let wide = NGrams(bucketBits: 24)

    private func words(_ lengths: ClosedRange<Int>) -> NGrams {
        NGrams(wordLengths: lengths, characterLengths: nil, bucketBits: 24)
    }

    private func characters(_ lengths: ClosedRange<Int>) -> NGrams {
        NGrams(wordLengths: nil, characterLengths: lengths, bucketBits: 24)
    }

    /// Saved models rely on these; computed apart from this code, in Python.
    @Test func hashesAreTheSameForever() {
        #expect(words(1...2).ids(of: "not good") == [7581804, 9844839, 2388114])
        #expect(characters(3...3).ids(of: "né!") == [4041247, 9137118])
    }

    @Test func countsOfNGrams() {
        #expect(words(1...1).ids(of: "a b c").count == 3)
        #expect(words(1...2).ids(of: "a b c").count == 5)
        #expect(words(4...5).ids(of: "a b c").isEmpty)
        // " née " has five characters: three of length 3, two of length 4, one of length 5.
        #expect(characters(3...5).ids(of: "née").count == 6)
        #expect(characters(3...5).ids(of: "!!").isEmpty)
        #expect(wide.ids(of: "née !!").count == 6 + 3)
    }

    @Test func bordersAndOrderMatter() {
        #expect(words(2...2).ids(of: "ab c") != words(2...2).ids(of: "a bc"))
        #expect(words(2...2).ids(of: "good not") != words(2...2).ids(of: "not good"))
        // The same letters at a word's start and inside it are two n-grams.
        #expect(Set(characters(3...3).ids(of: "ab")).isDisjoint(with: characters(3...3).ids(of: "xabx")))
        // A word of two letters is not its own three-character n-gram of characters.
        #expect(Set(words(1...1).ids(of: "good")).isDisjoint(with: characters(4...6).ids(of: "good")))
    }

    @Test(arguments: [1, 10, 15]) func idsLieInTheBuckets(bits: Int) {
        let nGrams = NGrams(bucketBits: bits)
        let text = (0..<200).map { "word\($0)" }.joined(separator: " ")
        let ids = Set(nGrams.ids(of: text))
        #expect(ids.allSatisfy { $0 >= 0 && Int($0) < nGrams.buckets })
        // 2,000 n-grams and more: they reach both halves of the buckets.
        #expect(ids.contains { Int($0) < nGrams.buckets / 2 } && ids.contains { Int($0) >= nGrams.buckets / 2 })
    }

    @Test func fewCollisions() {
        let text = (0..<1_000).map { "w\($0)" }.joined(separator: " ")
        // Of 1,000 balls in 2^24 bins, 0.03 pairs are expected to meet.
        #expect(Set(words(1...1).ids(of: text)).count >= 999)
    }
}
