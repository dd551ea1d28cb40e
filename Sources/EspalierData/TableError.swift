/// What is wrong with a table, or with what was asked of it, and where.
///
/// Prints as `reviews.tsv:17: column "label": unknown label "goood"; the known ones are bad, good`.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, or what stands for one (`texts`).
    public var source: String
    /// The physical line in the file, from 1; nil where the whole file is meant.
    public var line: Int?
    /// The column's name, or its number from 1 while the header is being read; nil where the whole row is meant.
    public var column: String?
    public var problem: Problem

    public enum Problem: Equatable, Sendable {
        // Files.
        case missingFile
        case unreadable(reason: String)
        case unknownFormat(fileExtension: String)
        case emptyFile
        // Syntax.
        case invalidUTF8
        case nulByte
        case unnamedColumn
        case duplicateColumn
        case raggedRow(fields: Int, header: Int)
        case unterminatedQuote
        case textAfterQuote
        case invalidJSON(reason: String)
        // Content.
        case unknownColumn(known: [String])
        case noRows
        case emptyText
        case missingNumber
        case notANumber(text: String)
        case notFinite(text: String)
        case unexpectedList
        case unknownLabel(label: String, known: [String])
        case noLabels(task: String)
        case unknownValue(value: String, known: [String])
        // What was asked for.
        case unusableSchema(reason: String)
        case unusableFractions([Double])
        case severalInputColumns(names: [String])
    }

    public init(source: String, line: Int? = nil, column: String? = nil, _ problem: Problem) {
        self.source = source
        self.line = line
        self.column = column
        self.problem = problem
    }

    public var description: String {
        var place = source
        if let line { place += ":\(line)" }
        if let column { place += ": column \"\(column)\"" }
        return "\(place): \(problem)"
    }
}

extension TableError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingFile: "no such file"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .unknownFormat(let fileExtension):
            "no table format goes by the extension \"\(fileExtension)\"; known are .tsv, .csv, .jsonl and .ndjson"
        case .emptyFile: "the file is empty"
        case .invalidUTF8: "not valid UTF-8"
        case .nulByte: "a NUL byte: this is not a text file"
        case .unnamedColumn: "the header names no column here"
        case .duplicateColumn: "the name occurs twice"
        case .raggedRow(let fields, let header): "the row has \(fields) fields, the header has \(header)"
        case .unterminatedQuote: "the quote that opens here is never closed"
        case .textAfterQuote: "text after a closing quote; a quote inside quotes is written twice"
        case .invalidJSON(let reason): "invalid JSON: \(reason)"
        case .unknownColumn(let known): "there is no such column; the columns are \(listed(known))"
        case .noRows: "no rows"
        case .emptyText: "empty text"
        case .missingNumber: "empty where an input needs a number"
        case .notANumber(let text): "\"\(shortened(text))\" is not a number"
        case .notFinite(let text): "\"\(shortened(text))\" is not a finite number"
        case .unexpectedList: "a list where a single value is expected"
        case .unknownLabel(let label, let known):
            "unknown label \"\(shortened(label))\"; the known ones are \(listed(known))"
        case .noLabels(let task): "no row has a label for the task \"\(task)\""
        case .unknownValue(let value, let known):
            "no row has the value \"\(shortened(value))\"; the values are \(listed(known))"
        case .unusableSchema(let reason): reason
        case .unusableFractions(let fractions):
            "fractions to split by must be positive numbers, not \(listed(fractions.map { "\($0)" }))"
        case .severalInputColumns(let names):
            "a plain text is not enough: the inputs read the columns \(listed(names))"
        }
    }

    /// At most twenty names, then how many more there are.
    private func listed(_ names: [String]) -> String {
        let shown = names.prefix(20).joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }

    private func shortened(_ text: String) -> String {
        text.count > 60 ? text.prefix(60) + "…" : text
    }
}
