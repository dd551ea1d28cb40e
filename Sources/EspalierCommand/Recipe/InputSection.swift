import Espalier
import Yams

/// `inputs`: which columns are read, and how.
///
/// A column's name alone is a text column; several names are several inputs.
struct InputSection: Equatable {
    var fields: [InputField]

    private enum Encoding: String, CaseIterable { case ngrams, words, sequence, numbers }

    init(fields: [InputField]) { self.fields = fields }

    init(_ value: RecipeValue) throws(RecipeError) {
        fields = []
        if value.node.mapping == nil {
            for column in try value.list() {
                fields.append(
                    InputField(
                        name: try column.nameWithoutDots(of: "an input", column.text()), columns: [try column.text()],
                        encoding: .nGrams()))
            }
        } else {
            for (key, value) in try value.members() {
                let name = try key.nameWithoutDots(of: "an input", key.text())
                fields.append(try Self.field(name, value))
            }
        }
        guard !fields.isEmpty else { throw value.error("there is no input") }
        for (index, field) in fields.enumerated() where fields[..<index].contains(where: { $0.name == field.name }) {
            throw value.error("two inputs are called \(field.name)")
        }
    }

    private static func field(_ name: String, _ value: RecipeValue) throws(RecipeError) -> InputField {
        if value.isScalar {
            let encoding = try value.choice(of: Encoding.self)
            let options = RecipeValue(Node([(Node, Node)]()), name: value.name, source: value.source)
            return InputField(
                name: name, columns: [name], encoding: try self.encoding(encoding, options.section(known: [])))
        }
        let kind = try value.member("encoding")?.choice(of: Encoding.self) ?? .ngrams
        let section = try value.section(known: ["columns", "encoding"] + keys(of: kind))
        var columns: [String] = []
        for column in try section["columns"]?.list() ?? [] { columns.append(try column.text()) }
        if let value = section["columns"], columns.isEmpty { throw value.error("\(value.name) names no column") }
        return InputField(
            name: name, columns: columns.isEmpty ? [name] : columns, encoding: try encoding(kind, section))
    }

    private static let weightingKeys = ["frequency", "idf"]
    private static let vocabularyKeys = ["minimum_count", "maximum_size"]

    private static func keys(of encoding: Encoding) -> [String] {
        switch encoding {
        case .ngrams: ["words", "characters", "bucket_bits"] + weightingKeys
        case .words: vocabularyKeys + weightingKeys
        case .sequence: ["length"] + vocabularyKeys
        case .numbers: []
        }
    }

    private static func encoding(_ kind: Encoding, _ section: RecipeSection) throws(RecipeError) -> InputEncoding {
        switch kind {
        case .ngrams:
            let standard = NGrams()
            let words = try section["words"].lengths(or: standard.wordLengths)
            let characters = try section["characters"].lengths(or: standard.characterLengths)
            if words == nil && characters == nil {
                throw section.value.error("\(section.value.name): n-grams of neither words nor characters")
            }
            return .nGrams(
                NGrams(
                    wordLengths: words, characterLengths: characters,
                    bucketBits: try section["bucket_bits"]?.integer(in: 1...24) ?? standard.bucketBits),
                weighting: try weighting(section))
        case .words:
            return .words(
                minimumCount: try minimumCount(section), maximumSize: try maximumSize(section),
                weighting: try weighting(section))
        case .sequence:
            return .sequence(
                length: try section["length"]?.integer(in: 1...4096) ?? 32, minimumCount: try minimumCount(section),
                maximumSize: try maximumSize(section))
        case .numbers:
            return .numbers
        }
    }

    private static func weighting(_ section: RecipeSection) throws(RecipeError) -> TermWeighting {
        let standard = TermWeighting()
        return TermWeighting(
            frequency: try section["frequency"]?.choice(of: TermWeighting.Frequency.self) ?? standard.frequency,
            inverseDocumentFrequency: try section["idf"]?.flag() ?? standard.inverseDocumentFrequency)
    }

    private static func minimumCount(_ section: RecipeSection) throws(RecipeError) -> Int {
        try section["minimum_count"]?.integer(in: 1...1_000_000) ?? 1
    }

    private static func maximumSize(_ section: RecipeSection) throws(RecipeError) -> Int? {
        try section["maximum_size"]?.integer(in: 1...10_000_000)
    }

    var node: Node { .section(fields.map { ($0.name, $0.node) }) }
}

extension InputField {
    fileprivate var node: Node {
        var members: [(String, Node?)] = [("columns", .texts(columns))]
        switch encoding {
        case .nGrams(let nGrams, let weighting):
            members +=
                [
                    ("encoding", .text("ngrams")), ("words", nGrams.wordLengths.node),
                    ("characters", nGrams.characterLengths.node), ("bucket_bits", .plain(nGrams.bucketBits)),
                ] + weighting.members
        case .words(let minimumCount, let maximumSize, let weighting):
            members +=
                [
                    ("encoding", .text("words")), ("minimum_count", .plain(minimumCount)),
                    ("maximum_size", maximumSize.map { .plain($0) }),
                ] + weighting.members
        case .sequence(let length, let minimumCount, let maximumSize):
            members += [
                ("encoding", .text("sequence")), ("length", .plain(length)), ("minimum_count", .plain(minimumCount)),
                ("maximum_size", maximumSize.map { .plain($0) }),
            ]
        case .numbers:
            members.append(("encoding", .text("numbers")))
        }
        return .section(members)
    }
}

extension TermWeighting {
    fileprivate var members: [(String, Node?)] {
        [("frequency", .text(frequency.rawValue)), ("idf", .plain(inverseDocumentFrequency))]
    }
}

extension ClosedRange<Int>? {
    fileprivate var node: Node {
        guard let self else { return .plain("none") }
        return .plains([self.lowerBound, self.upperBound])
    }
}

extension RecipeValue? {
    /// `[1, 2]`, `2` for just that length, `none`.
    fileprivate func lengths(or standard: ClosedRange<Int>?) throws(RecipeError) -> ClosedRange<Int>? {
        guard let self else { return standard }
        if self.node.scalar?.string == "none" { return nil }
        var lengths: [Int] = []
        for value in try self.list() { lengths.append(try value.integer(in: 1...16)) }
        guard let first = lengths.first, let last = lengths.last, lengths.count <= 2, first <= last else {
            throw self.error("\(self.name) must be the shortest and the longest length, as in [1, 2], or none")
        }
        return first...last
    }
}

extension RecipeValue {
    /// Names become parts of parameter names, where a dot separates.
    func nameWithoutDots(of what: String, _ name: String) throws(RecipeError) -> String {
        guard !name.contains(".") else {
            throw error("the name of \(what) has no dots, unlike \"\(name)\"; its column may have another name")
        }
        return name
    }
}
