import Yams

/// A value in a recipe that knows its place, so that whatever is wrong with it can be said with line and column.
struct RecipeValue {
    let node: Node
    /// The keys that lead to it: `optimizer.learning_rate`.
    let name: String
    let source: RecipeSource

    /// - Parameter name: empty for the whole recipe.
    init(_ node: Node, name: String, source: RecipeSource) {
        (self.node, self.name, self.source) = (node, name, source)
    }

    func error(_ problem: String) -> RecipeError { RecipeError(place: source.place(of: self), problem: problem) }

    private func wrongKind(_ wanted: String) -> RecipeError {
        error("\(name.isEmpty ? "the recipe" : name) must be \(wanted), not \(node.kindInWords)")
    }

    // MARK: Scalars

    /// Whether the value is one plain word and not a list or a section.
    var isScalar: Bool { node.scalar != nil }

    /// Any scalar as it is written; a class may be called `no`, or `1`.
    func text() throws(RecipeError) -> String {
        guard let scalar = node.scalar else { throw wrongKind("a text") }
        guard !scalar.string.isEmpty else { throw error("\(name) is empty") }
        return scalar.string
    }

    func integer(in range: ClosedRange<Int>) throws(RecipeError) -> Int {
        guard let scalar = node.scalar, let integer = Int(scalar.string) else { throw wrongKind("a whole number") }
        guard range.contains(integer) else {
            throw error("\(name) is \(integer); it must lie in \(range.lowerBound)...\(range.upperBound)")
        }
        return integer
    }

    func seed() throws(RecipeError) -> UInt64 {
        guard let scalar = node.scalar, let seed = UInt64(scalar.string) else {
            throw wrongKind("a whole number from 0 to 18446744073709551615")
        }
        return seed
    }

    /// - Parameter range: in words for the error, and as a test.
    func number(_ range: NumberRange) throws(RecipeError) -> Double {
        guard let scalar = node.scalar, let number = Double(scalar.string) else { throw wrongKind("a number") }
        guard range.contains(number) else { throw error("\(name) is \(scalar.string); it must be \(range.inWords)") }
        return number
    }

    func flag() throws(RecipeError) -> Bool {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default: throw wrongKind("true or false")
        }
    }

    /// One of the words of an enumeration.
    func choice<Choice: RawRepresentable & CaseIterable>(
        of type: Choice.Type
    ) throws(RecipeError) -> Choice where Choice.RawValue == String {
        let word = try text()
        guard let choice = Choice(rawValue: word) else {
            throw error("\(name): " + unknown("value", word, known: type.allCases.map(\.rawValue)))
        }
        return choice
    }

    // MARK: Lists and sections

    /// The elements of a list; a value that is no list counts as a list of it alone.
    func list() throws(RecipeError) -> [RecipeValue] {
        guard let sequence = node.sequence else { return isScalar ? [self] : try notAList() }
        return sequence.enumerated().map { RecipeValue($1, name: "\(name)[\($0)]", source: source) }
    }

    private func notAList() throws(RecipeError) -> [RecipeValue] { throw wrongKind("a list") }

    /// The members of a section whose keys the user chooses, in their order.
    func members() throws(RecipeError) -> [(key: RecipeValue, value: RecipeValue)] {
        guard let mapping = node.mapping else { throw wrongKind("a section of keys and values") }
        var members: [(key: RecipeValue, value: RecipeValue)] = []
        for (keyNode, valueNode) in mapping {
            let key = RecipeValue(keyNode, name: name.isEmpty ? "a key" : "a key of \(name)", source: source)
            let text = try key.text()
            members.append((key, RecipeValue(valueNode, name: qualified(text), source: source)))
        }
        return members
    }

    /// A section whose keys are fixed.
    ///
    /// - Parameter known: all keys it may have; a value of `null` counts as absent.
    func section(known: [String]) throws(RecipeError) -> RecipeSection {
        var values: [String: RecipeValue] = [:]
        for (key, value) in try members() {
            let text = try key.text()
            guard known.contains(text) else { throw key.error(unknown("key", text, known: known)) }
            if !value.node.isNull { values[text] = value }
        }
        return RecipeSection(value: self, values: values)
    }

    /// One member of a section whose other keys depend on it.
    func member(_ key: String) -> RecipeValue? {
        guard let node = node.mapping?[key], !node.isNull else { return nil }
        return RecipeValue(node, name: qualified(key), source: source)
    }

    private func qualified(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }
}

/// The values of a section by key.
struct RecipeSection {
    let value: RecipeValue
    fileprivate let values: [String: RecipeValue]

    subscript(key: String) -> RecipeValue? { values[key] }

    func required(_ key: String) throws(RecipeError) -> RecipeValue {
        guard let found = values[key] else {
            throw value.error(value.name.isEmpty ? "the section \(key) is missing" : "\(value.name) has no \(key)")
        }
        return found
    }
}

/// The file a recipe was read from, and which of its values were set by flags.
struct RecipeSource {
    var file: String
    /// By qualified name: `epochs` → `--epochs`.
    var flags: [String: String] = [:]

    fileprivate func place(of value: RecipeValue) -> String {
        if let mark = value.node.mark { return "\(file):\(mark.line):\(mark.column)" }
        let flag = flags.first { name, _ in
            value.name == name || value.name.hasPrefix(name + ".") || value.name.hasPrefix(name + "[")
        }
        return flag?.value ?? file
    }
}

/// Which numbers a value may be.
enum NumberRange {
    case positive
    case notNegative
    /// 0 or more and below 1.
    case fraction

    func contains(_ number: Double) -> Bool {
        // Values are kept as Float in the model: neither end of its range may be left.
        switch self {
        case .positive: number >= 1e-30 && number <= 1e30
        case .notNegative: number >= 0 && number <= 1e30
        case .fraction: number >= 0 && Float(number) < 1
        }
    }

    var inWords: String {
        switch self {
        case .positive: "a finite number above 0"
        case .notNegative: "a finite number of at least 0"
        case .fraction: "at least 0 and below 1"
        }
    }
}

extension Node {
    /// A plain `null`, `~` or nothing.
    var isNull: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    fileprivate var kindInWords: String {
        switch self {
        case .scalar(let scalar): "\"\(scalar.string.prefix(60))\""
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
