/// The words of a training set, numbered by frequency.
public struct Vocabulary: Codable, Equatable, Sendable {
    /// The id that fills short sequences up.
    public static let padding: Int32 = 0
    /// The id of every word that is not in the vocabulary.
    public static let unknown: Int32 = 1
    private static let firstWord: Int32 = 2

    /// The most frequent first; equally frequent ones in the order of their UTF-8 bytes.
    public let words: [String]
    private let ids: [String: Int32]

    /// - Parameters:
    ///   - texts: the token lists to count words in.
    ///   - minimumCount: rarer words are left out.
    ///   - maximumSize: the most words to keep; nil for all.
    public init(tokens texts: [[String]], minimumCount: Int = 1, maximumSize: Int? = nil) {
        var counts: [String: Int] = [:]
        for tokens in texts {
            for token in tokens { counts[token, default: 0] += 1 }
        }
        let frequent = counts.filter { $0.value >= minimumCount }.sorted { left, right in
            left.value != right.value
                ? left.value > right.value : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        self.init(words: frequent.prefix(maximumSize ?? frequent.count).map(\.key))
    }

    private init(words: [String]) {
        self.words = words
        ids = Dictionary(zip(words, Self.firstWord...), uniquingKeysWith: { first, _ in first })
    }

    /// The number of ids, padding and unknown among them.
    public var count: Int { words.count + Int(Self.firstWord) }

    public func id(of word: String) -> Int32 { ids[word] ?? Self.unknown }

    /// The ids of the first `length` tokens, filled up with padding.
    public func sequence(of tokens: [String], length: Int) -> [Int32] {
        let ids = tokens.prefix(length).map { id(of: $0) }
        return ids + Array(repeating: Self.padding, count: length - ids.count)
    }

    public init(from decoder: any Decoder) throws {
        self.init(words: try decoder.singleValueContainer().decode([String].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(words)
    }
}
