import EspalierTensor

/// Word and character n-grams, each hashed to one of `2^bucketBits` ids.
///
/// No vocabulary is kept, so any text can be encoded; n-grams that fall into one bucket are told apart no more.
/// Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009 (here without signs: the ids go
/// to an embedding, not to a linear model).
public struct NGrams: Codable, Equatable, Sendable {
    /// How many tokens an n-gram of words has; nil for none. `1...2`: words and pairs.
    public var wordLengths: ClosedRange<Int>?
    /// How many characters an n-gram within a word has, the word's two borders counted; nil for none.
    public var characterLengths: ClosedRange<Int>?
    public var bucketBits: Int

    public init(
        wordLengths: ClosedRange<Int>? = 1...2, characterLengths: ClosedRange<Int>? = 3...5, bucketBits: Int = 15
    ) {
        self.wordLengths = wordLengths
        self.characterLengths = characterLengths
        self.bucketBits = bucketBits
    }

    /// The number of buckets.
    public var buckets: Int { 1 << bucketBits }

    /// The bucket of every n-gram of the text, with repetitions.
    public func ids(of text: String) -> [Int32] {
        let tokens = Tokenizer.tokens(of: text)
        var ids: [Int32] = []
        for length in wordLengths.map(Array.init) ?? [] where length <= tokens.count {
            for start in 0...(tokens.count - length) {
                var hash = SeededHash(seed: Self.wordSeed)
                for token in tokens[start..<(start + length)] {
                    hash.combine(Array(token.utf8)[...])
                    hash.combine(Byte.space)
                }
                ids.append(bucket(hash))
            }
        }
        if let characterLengths {
            for token in tokens where Tokenizer.isWord(token) {
                appendCharacterNGrams(of: token, lengths: characterLengths, to: &ids)
            }
        }
        return ids
    }

    private func appendCharacterNGrams(of word: String, lengths: ClosedRange<Int>, to ids: inout [Int32]) {
        let bytes = Array(" \(word) ".utf8)
        // Where characters start in UTF-8: at every byte that is not a continuation.
        let starts = bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 } + [bytes.count]
        for length in lengths where length < starts.count {
            for start in 0..<(starts.count - length) {
                var hash = SeededHash(seed: Self.characterSeed)
                hash.combine(bytes[starts[start]..<starts[start + length]])
                ids.append(bucket(hash))
            }
        }
    }

    private func bucket(_ hash: SeededHash) -> Int32 { Int32(hash.value >> (64 - UInt64(bucketBits))) }

    private static let wordSeed: UInt64 = 1
    private static let characterSeed: UInt64 = 2
}
