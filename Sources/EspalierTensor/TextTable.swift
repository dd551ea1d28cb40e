/// A table of text in columns, for terminals.
public struct TextTable: Sendable {
    public enum Alignment: Sendable {
        case left
        case right
    }

    private let headers: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter alignments: one a column; without it the first column is left, the others right.
    public init(_ headers: [String], alignments: [Alignment]? = nil) {
        self.headers = headers
        self.alignments = alignments ?? headers.indices.map { $0 == 0 ? .left : .right }
        precondition(
            self.alignments.count == headers.count,
            "[text table] \(headers.count) columns, \(self.alignments.count) alignments")
    }

    public mutating func append(_ row: [String]) {
        precondition(
            row.count == headers.count, "[text table] a row of \(row.count) cells in \(headers.count) columns")
        rows.append(row)
    }

    /// Header, rule and rows, each line ended by a newline, none by spaces.
    public func rendered() -> String {
        let lines = [headers] + rows
        let widths = headers.indices.map { column in lines.map { $0[column].terminalWidth }.max() ?? 0 }
        let rule = widths.map { String(repeating: "─", count: $0) }
        return ([headers, rule] + rows).map { line(of: $0, widths: widths) }.joined()
    }

    private func line(of cells: [String], widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let space = String(repeating: " ", count: widths[column] - cells[column].terminalWidth)
            return alignments[column] == .left ? cells[column] + space : space + cells[column]
        }
        let line = padded.joined(separator: "  ")
        return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)]) + "\n"
    }
}

extension String {
    /// Columns the text takes in a terminal: 2 for a wide character (East Asian, emoji), else 1.
    package var terminalWidth: Int { reduce(0) { $0 + ($1.isWide ? 2 : 1) } }
}

extension Character {
    /// Whether the first scalar lies in a block that terminals draw two columns wide.
    fileprivate var isWide: Bool {
        switch unicodeScalars.first?.value ?? 0 {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
            0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
