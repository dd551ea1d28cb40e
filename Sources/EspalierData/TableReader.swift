import EspalierTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads tables from files or bytes.
///
/// The text is UTF-8, with or without a byte order mark. In TSV and CSV the first line names the columns and blank
/// lines are passed over; lines end in LF or CRLF. A table without rows is read without complaint.
public enum TableReader {
    public enum Format: String, CaseIterable, Codable, Sendable {
        /// Fields between tabs. No quoting: a quote is a character like any other.
        case tsv
        /// RFC 4180: fields between commas; a field in quotes may hold commas, newlines and doubled quotes.
        case csv
        /// One JSON object a line; its values are strings, numbers, booleans, null, or arrays of these.
        case jsonLines

        /// - Parameter fileExtension: without the dot, in any case.
        public init?(fileExtension: String) {
            switch fileExtension.lowercased() {
            case "tsv": self = .tsv
            case "csv": self = .csv
            case "jsonl", "ndjson": self = .jsonLines
            default: return nil
            }
        }
    }

    /// - Parameters:
    ///   - path: the file.
    ///   - format: nil chooses by the file's extension.
    public static func read(path: String, format: Format? = nil) throws(TableError) -> Table {
        let fileName = path.split(separator: "/").last ?? ""
        let fileExtension = fileName.split(separator: ".").dropFirst().last.map(String.init) ?? ""
        guard let format = format ?? Format(fileExtension: fileExtension) else {
            throw TableError(source: path, .unknownFormat(fileExtension: fileExtension))
        }
        return try parse(bytes(path: path), format: format, source: path)
    }

    /// - Parameter source: the name to use in errors.
    public static func parse(_ bytes: [UInt8], format: Format, source: String) throws(TableError) -> Table {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
        guard start < bytes.count else { throw TableError(source: source, .emptyFile) }
        if let nul = bytes.firstIndex(of: 0) {
            let line = 1 + bytes[..<nul].count { $0 == Byte.newline }
            throw TableError(source: source, line: line, .nulByte)
        }
        switch format {
        case .tsv: return try readTSV(bytes, from: start, source: source)
        case .csv: return try readCSV(bytes, from: start, source: source)
        case .jsonLines: return try readJSONLines(bytes, from: start, source: source)
        }
    }

    private static func bytes(path: String) throws(TableError) -> [UInt8] {
        do {
            return try readBytes(from: path)
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw TableError(source: path, exists ? .unreadable(reason: error.reason) : .missingFile)
        }
    }
}

/// The bytes with a meaning in any of the formats.
enum Byte {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let comma = UInt8(ascii: ",")
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
}

/// Collects the rows of a table whose header is known; what TSV and CSV share.
struct TableBuilder {
    private let source: String
    private let names: [String]
    private var cells: [[Table.Cell]]
    private var lines: [Int] = []
    /// The column the next cell of the current row goes to.
    private var next = 0

    /// - Parameters:
    ///   - names: the header.
    ///   - line: the header's line.
    init(source: String, names: [String], line: Int) throws(TableError) {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() {
            if name.isEmpty {
                throw TableError(source: source, line: line, column: String(index + 1), .unnamedColumn)
            }
            if !seen.insert(name).inserted {
                throw TableError(source: source, line: line, column: name, .duplicateColumn)
            }
        }
        self.source = source
        self.names = names
        cells = Array(repeating: [], count: names.count)
    }

    /// The cell of the current row is the text of these bytes. Surplus cells are counted, not kept.
    mutating func append(_ bytes: ArraySlice<UInt8>, line: Int) throws(TableError) {
        if next < names.count {
            let text = try decode(bytes, line: line, column: names[next], source: source)
            cells[next].append(text.isEmpty ? .missing : .text(text))
        }
        next += 1
    }

    mutating func endRow(line: Int) throws(TableError) {
        guard next == names.count else {
            throw TableError(source: source, line: line, .raggedRow(fields: next, header: names.count))
        }
        lines.append(line)
        next = 0
    }

    func table() -> Table {
        Table(
            source: source,
            columns: zip(names, cells).map { Table.Column(name: $0, cells: $1) },
            lines: lines)
    }
}

/// The text of some bytes of a file.
func decode(_ bytes: ArraySlice<UInt8>, line: Int, column: String?, source: String) throws(TableError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw TableError(source: source, line: line, column: column, .invalidUTF8)
    }
    return text
}
