import EspalierTasks
import EspalierTensor

/// How a task's labels are read, with the names that the training rows told.
public struct FittedTask: Codable, Sendable {
    public let field: TaskField
    public let labels: Labels

    public enum Labels: Codable, Equatable, Sendable {
        case classes(names: [String])
        case number
        case sets(names: [String])
    }

    init(_ field: TaskField, fitting table: Table) throws(TableError) {
        self.field = field
        let cells = try table.column(field.column).cells
        switch field.kind {
        case .classes(let names):
            let classes = try Self.classes(field, cells, table)
            labels = .classes(names: names ?? Self.sortedNames(classes.compactMap { $0 }))
        case .labels(let separator, let names):
            let sets = Self.sets(cells, separator: separator)
            labels = .sets(names: names ?? Self.sortedNames(sets.compactMap { $0 }.joined()))
        case .number:
            labels = .number
        }
        let column = try encode(table)
        let isNameless = if case .sets(names: []) = labels { true } else { false }
        if column.labelledRows.isEmpty || isNameless {
            throw TableError(source: table.source, column: field.column, .noLabels(task: field.name))
        }
    }

    /// Whether what was learned fits the field; a file may claim anything.
    var isConsistent: Bool {
        switch (field.kind, labels) {
        case (.number, .number): true
        case (.classes(let fixed), .classes(let names)), (.labels(_, let fixed), .sets(let names)):
            !names.isEmpty && Set(names).count == names.count && (fixed == nil || fixed == names)
        default: false
        }
    }

    func encode(_ table: Table) throws(TableError) -> LabelColumn {
        let cells = try table.column(field.column).cells
        switch labels {
        case .number:
            return .numbers(try Self.numbers(field, cells, table))
        case .classes(let names):
            let positions = Self.positions(names)
            var classes: [Int32] = []
            for (row, label) in try Self.classes(field, cells, table).enumerated() {
                guard let label else {
                    classes.append(-1)
                    continue
                }
                classes.append(Int32(try position(of: label, in: positions, names, table, row: row)))
            }
            return .classes(classes, names: names)
        case .sets(let names):
            let positions = Self.positions(names)
            var marks = [Float](repeating: 0, count: table.count * names.count)
            for (row, set) in Self.sets(cells, separator: separator).enumerated() {
                let start = row * names.count
                guard let set else {
                    for index in start..<(start + names.count) { marks[index] = .nan }
                    continue
                }
                for label in set { marks[start + (try position(of: label, in: positions, names, table, row: row))] = 1 }
            }
            return .sets(Tensor(marks, shape: [table.count, names.count]), names: names)
        }
    }

    private var separator: String {
        if case .labels(let separator, _) = field.kind { separator } else { "," }
    }

    private func position(
        of label: String, in positions: [String: Int], _ names: [String], _ table: Table, row: Int
    ) throws(TableError) -> Int {
        guard let position = positions[label] else {
            throw table.error(row: row, column: field.column, .unknownLabel(label: label, known: names))
        }
        return position
    }

    private static func classes(
        _ field: TaskField, _ cells: [Table.Cell], _ table: Table
    ) throws(TableError) -> [String?] {
        var classes: [String?] = []
        for (row, cell) in cells.enumerated() {
            switch cell {
            case .missing: classes.append(nil)
            case .text(let label): classes.append(label)
            case .list: throw table.error(row: row, column: field.column, .unexpectedList)
            }
        }
        return classes
    }

    private static func numbers(
        _ field: TaskField, _ cells: [Table.Cell], _ table: Table
    ) throws(TableError) -> [Float] {
        var numbers: [Float] = []
        for (row, cell) in cells.enumerated() {
            numbers.append(try table.number(cell, row: row, column: field.column) ?? .nan)
        }
        return numbers
    }

    /// The labels of every row; nil where they are not known.
    private static func sets(_ cells: [Table.Cell], separator: String) -> [[String]?] {
        cells.map { cell in
            switch cell {
            case .missing: nil
            case .list(let labels): labels
            case .text(let text):
                parts(of: text, separator: separator).map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
            }
        }
    }

    private static func parts(of text: String, separator: String) -> [String] {
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }

    private static func sortedNames(_ labels: some Sequence<String>) -> [String] { Set(labels).sorted() }

    private static func positions(_ names: [String]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    }
}
