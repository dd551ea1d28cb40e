/// Which columns of a table are inputs, which are labels, and how each is read.
public struct DatasetSchema: Codable, Equatable, Sendable {
    public var inputs: [InputField]
    public var tasks: [TaskField]

    public init(inputs: [InputField], tasks: [TaskField]) {
        self.inputs = inputs
        self.tasks = tasks
    }

    /// One input `text`, encoded from the column of that name.
    public static func text(column: String = "text", encoding: InputEncoding = .nGrams(), tasks: [TaskField]) -> Self {
        DatasetSchema(inputs: [InputField(name: "text", columns: [column], encoding: encoding)], tasks: tasks)
    }
}

public struct InputField: Codable, Equatable, Sendable {
    /// The input's name in the data set.
    public var name: String
    /// Text columns are joined with spaces; number columns become the columns of a matrix.
    public var columns: [String]
    public var encoding: InputEncoding

    public init(name: String, columns: [String], encoding: InputEncoding) {
        self.name = name
        self.columns = columns
        self.encoding = encoding
    }
}

public enum InputEncoding: Codable, Equatable, Sendable {
    /// Bags of hashed n-grams.
    case nGrams(NGrams = NGrams(), weighting: TermWeighting = TermWeighting())
    /// Bags of words of a vocabulary; rarer words than `minimumCount` share one id.
    case words(minimumCount: Int = 1, maximumSize: Int? = nil, weighting: TermWeighting = TermWeighting())
    /// The first `length` words in their order, padded.
    case sequence(length: Int, minimumCount: Int = 1, maximumSize: Int? = nil)
    /// Numbers, standardised with the mean and standard deviation of the training rows.
    case numbers
}

public struct TaskField: Codable, Equatable, Sendable {
    /// The task's name in the data set.
    public var name: String
    public var column: String
    public var kind: LabelKind

    /// - Parameter column: nil for a column with the task's name.
    public init(name: String, column: String? = nil, kind: LabelKind) {
        self.name = name
        self.column = column ?? name
        self.kind = kind
    }
}

/// What a label is. An empty cell or a null is a missing label, whatever the kind.
public enum LabelKind: Codable, Equatable, Sendable {
    /// One of several classes; without names, those of the training rows, sorted.
    case classes(names: [String]? = nil)
    /// A finite number.
    case number
    /// Any subset of several labels: text cut at the separator, or a JSON array. The separator alone, or an empty
    /// array, is the empty set. Without names, those of the training rows, sorted.
    case labels(separator: String = ",", names: [String]? = nil)
}

extension DatasetSchema {
    /// - Throws: `unusableSchema` for names that occur twice, nothing to read, or settings out of range.
    func check() throws(TableError) {
        if inputs.isEmpty { throw unusable("there is no input") }
        if let name = firstRepeated(inputs.map(\.name)) { throw unusable("two inputs are named \"\(name)\"") }
        if let name = firstRepeated(tasks.map(\.name)) { throw unusable("two tasks are named \"\(name)\"") }
        for input in inputs {
            if input.columns.isEmpty { throw unusable("the input \"\(input.name)\" reads no column") }
            if let reason = input.encoding.fault { throw unusable("the input \"\(input.name)\": \(reason)") }
        }
        for task in tasks {
            if let reason = task.kind.fault { throw unusable("the task \"\(task.name)\": \(reason)") }
        }
    }

    private func unusable(_ reason: String) -> TableError {
        TableError(source: "schema", .unusableSchema(reason: reason))
    }
}

extension InputEncoding {
    fileprivate var fault: String? {
        switch self {
        case .nGrams(let nGrams, _):
            if !(1...24).contains(nGrams.bucketBits) { return "bucket bits must lie in 1...24" }
            let lengths = [nGrams.wordLengths, nGrams.characterLengths].compactMap { $0 }
            if lengths.isEmpty { return "n-grams of neither words nor characters" }
            let isUsable = lengths.allSatisfy { $0.lowerBound >= 1 && $0.upperBound <= 16 }
            return isUsable ? nil : "the lengths of n-grams must lie in 1...16"
        case .words(let minimumCount, let maximumSize, _):
            return vocabularyFault(minimumCount, maximumSize)
        case .sequence(let length, let minimumCount, let maximumSize):
            if !(1...65_536).contains(length) { return "the length of sequences must lie in 1...65536" }
            return vocabularyFault(minimumCount, maximumSize)
        case .numbers:
            return nil
        }
    }

    private func vocabularyFault(_ minimumCount: Int, _ maximumSize: Int?) -> String? {
        if minimumCount < 1 { return "the minimum count must be at least 1" }
        if let maximumSize, maximumSize < 1 { return "the maximum size must be at least 1" }
        return nil
    }
}

extension LabelKind {
    fileprivate var fault: String? {
        switch self {
        case .classes(let names):
            return namesFault(names)
        case .labels(let separator, let names):
            return separator.isEmpty ? "the separator is empty" : namesFault(names)
        case .number:
            return nil
        }
    }

    private func namesFault(_ names: [String]?) -> String? {
        guard let names else { return nil }
        if names.isEmpty { return "the list of names is empty" }
        return firstRepeated(names).map { "the name \"\($0)\" occurs twice" }
    }
}

private func firstRepeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
}
