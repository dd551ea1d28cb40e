import EspalierTensor

extension Table {
    /// The rows that have a value in a column: `table.part("train", of: "split")`.
    ///
    /// - Throws: `unknownColumn`; `unknownValue` with the values there are, if no row has it.
    public func part(_ value: String, of column: String) throws(TableError) -> Table {
        let cells = try self.column(column).cells
        let rows = cells.indices.filter { cells[$0] == .text(value) }
        guard !rows.isEmpty else {
            let known = Set(cells.compactMap { if case .text(let text) = $0 { text } else { nil } }).sorted()
            throw TableError(source: source, column: column, .unknownValue(value: value, known: known))
        }
        return selecting(rows: rows)
    }

    /// For each row the name of its group.
    ///
    /// - Parameter column: holds the names; a row without one is a group of its own content. nil: every row is, so that
    ///   only repeated rows share a group.
    public func groups(column: String? = nil) throws(TableError) -> [String] {
        guard let column else { return (0..<count).map(content) }
        let cells = try self.column(column).cells
        return cells.indices.map { row in
            if case .text(let name) = cells[row] { name } else { content(row: row) }
        }
    }

    /// Parts of the table by fractions of the groups, no group in two parts.
    ///
    /// A group's part follows from its name and the seed alone: the same in any order of the rows, and unchanged when
    /// rows are added. The parts' sizes are therefore only near the fractions.
    /// - Parameters:
    ///   - fractions: positive; divided by their sum.
    ///   - groups: one for each row; see `groups(column:)`.
    /// - Throws: `unusableFractions`.
    public func split(fractions: [Double], groups: [String], seed: UInt64) throws(TableError) -> [Table] {
        guard !fractions.isEmpty, fractions.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw TableError(source: source, .unusableFractions(fractions))
        }
        precondition(groups.count == count, "[split] \(groups.count) groups for \(count) rows")
        let sum = fractions.reduce(0, +)
        var upperBounds: [Double] = []
        for fraction in fractions { upperBounds.append((upperBounds.last ?? 0) + fraction / sum) }

        var parts = [[Int]](repeating: [], count: fractions.count)
        for (row, group) in groups.enumerated() {
            var hash = SeededHash(seed: seed)
            hash.combine(Array(group.utf8)[...])
            let position = Double(hash.value >> 11) / Double(1 << 53)
            parts[upperBounds.firstIndex { position < $0 } ?? fractions.count - 1].append(row)
        }
        return parts.map(selecting)
    }

    private func content(row: Int) -> String {
        let unitSeparator = "\u{1F}"
        return columns.map { column in
            switch column.cells[row] {
            case .missing: ""
            case .text(let text): text
            case .list(let items): items.joined(separator: ",")
            }
        }.joined(separator: unitSeparator)
    }
}
