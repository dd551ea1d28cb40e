import Espalier

/// A part of the data as a recipe splits it.
enum Part: String, CaseIterable, Sendable {
    case train, dev, test
}

extension DataSection {
    func table() throws(TableError) -> Table {
        switch origin {
        case .snippets: try Snippets.table()
        case .file(let path, let format): try TableReader.read(path: path, format: format)
        }
    }

    /// The rows of one part, from the table or from another one that is split the same way.
    ///
    /// - Returns: nil where the split has no such part, or no row falls into it.
    func part(_ part: Part, of table: Table) throws(TableError) -> Table? {
        switch split {
        case .column(let column, let train, let dev, let test):
            let value: String? =
                switch part {
                case .train: train
                case .dev: dev
                case .test: test
                }
            guard let value else { return nil }
            return try table.part(value, of: column)
        case .fractions(let fractions, let group, let seed):
            let parts = try table.split(fractions: fractions, groups: table.groups(column: group), seed: seed)
            let rows = parts[Part.allCases.firstIndex(of: part)!]
            return rows.count == 0 ? nil : rows
        }
    }
}

/// A recipe's data, encoded.
struct RecipeData {
    let encoder: DatasetEncoder
    let train: Dataset
    let dev: Dataset?
    let test: Dataset?

    init(_ recipe: Recipe) throws {
        let table = try recipe.data.table()
        guard table.count > 0 else { throw TableError(source: table.source, .noRows) }
        guard let train = try recipe.data.part(.train, of: table) else {
            throw CommandError("\(table.source): the split leaves no rows to train on")
        }
        let schema = DatasetSchema(inputs: recipe.inputs.fields, tasks: recipe.tasks.map(\.field))
        let encoder = try DatasetEncoder(schema, fitting: train)
        self.encoder = encoder
        self.train = try encoder.encode(train)
        dev = try recipe.data.part(.dev, of: table).map { try encoder.encode($0) }
        test = try recipe.data.part(.test, of: table).map { try encoder.encode($0) }
    }

    /// The parts there are, in their order.
    var parts: [(part: Part, rows: Dataset)] {
        [(.train, train), (.dev, dev), (.test, test)].compactMap { part, rows in rows.map { (part, $0) } }
    }

    /// `5334 rows to train on, 1121 dev, 1126 test`.
    var summary: String {
        parts.map { part, rows in part == .train ? "\(rows.count) rows to train on" : "\(rows.count) \(part.rawValue)" }
            .joined(separator: ", ")
    }
}
