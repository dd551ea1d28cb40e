/// A table in memory, column by column, that remembers which line of which file each row came from.
public struct Table: Sendable {
    /// The file, or what stands for one; named in errors.
    public let source: String
    public let columns: [Column]
    /// The physical line on which each row starts, from 1.
    public let lines: [Int]

    public struct Column: Sendable {
        public let name: String
        /// One for each row of the table.
        public let cells: [Cell]

        public init(name: String, cells: [Cell]) {
            self.name = name
            self.cells = cells
        }
    }

    public enum Cell: Equatable, Sendable {
        /// An empty cell, or null.
        case missing
        case text(String)
        /// Only JSON Lines has lists.
        case list([String])
    }

    /// - Parameters:
    ///   - columns: with different names and `lines.count` cells each.
    public init(source: String, columns: [Column], lines: [Int]) {
        precondition(
            columns.allSatisfy { $0.cells.count == lines.count },
            "[table] \(source): every column needs \(lines.count) cells")
        self.source = source
        self.columns = columns
        self.lines = lines
    }

    /// A table of one column that is in no file; row `r` counts as line `r + 1`.
    public init(texts: [String], column: String = "text", source: String = "texts") {
        self.init(
            source: source,
            columns: [Column(name: column, cells: texts.map { $0.isEmpty ? .missing : .text($0) })],
            lines: Array(1..<(texts.count + 1)))
    }

    /// The number of rows.
    public var count: Int { lines.count }

    public var columnNames: [String] { columns.map(\.name) }

    /// - Throws: `unknownColumn` with the names there are.
    public func column(_ name: String) throws(TableError) -> Column {
        guard let column = columns.first(where: { $0.name == name }) else {
            throw TableError(source: source, column: name, .unknownColumn(known: columnNames))
        }
        return column
    }

    /// The rows at the given positions, in the given order.
    public func selecting(rows: [Int]) -> Table {
        Table(
            source: source,
            columns: columns.map { column in
                Column(name: column.name, cells: rows.map { column.cells[$0] })
            },
            lines: rows.map { lines[$0] })
    }

    /// An error at one row.
    func error(row: Int, column: String?, _ problem: TableError.Problem) -> TableError {
        TableError(source: source, line: lines[row], column: column, problem)
    }
}
