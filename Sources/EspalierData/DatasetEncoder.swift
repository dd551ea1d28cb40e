import EspalierTasks

/// Turns tables into data sets, always in the way it has learned from the training table: the same class names, the
/// same vocabulary, the same weights. It is saved with a model, so that the model can read new text.
public struct DatasetEncoder: Codable, Sendable {
    private let inputs: [FittedInput]
    public let tasks: [FittedTask]

    /// - Throws: `unusableSchema`; `noRows`; `unknownColumn`; `noLabels` for a task without a labelled row; and what
    ///   `encode` throws.
    public init(_ schema: DatasetSchema, fitting table: Table) throws(TableError) {
        try schema.check()
        guard table.count > 0 else { throw TableError(source: table.source, .noRows) }
        var inputs: [FittedInput] = []
        for field in schema.inputs { inputs.append(try FittedInput(field, fitting: table)) }
        var tasks: [FittedTask] = []
        for field in schema.tasks { tasks.append(try FittedTask(field, fitting: table)) }
        self.inputs = inputs
        self.tasks = tasks
    }

    /// - Throws: `DecodingError`, `TableError`; also for parts that do not fit each other, as in a forged file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        inputs = try container.decode([FittedInput].self, forKey: .inputs)
        tasks = try container.decode([FittedTask].self, forKey: .tasks)
        try schema.check()
        guard inputs.allSatisfy(\.isConsistent), tasks.allSatisfy(\.isConsistent) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "the encoder's parts do not fit each other"))
        }
    }

    public var schema: DatasetSchema { DatasetSchema(inputs: inputs.map(\.field), tasks: tasks.map(\.field)) }

    /// - Parameters:
    ///   - names: the tasks whose labels to read; nil for all.
    /// - Throws: `noRows`, `unknownColumn`; and with file, line and column `emptyText`, `unknownLabel`, `notANumber`,
    ///   `notFinite`, `missingNumber`, `unexpectedList`.
    public func encode(_ table: Table, tasks names: Set<String>? = nil) throws(TableError) -> Dataset {
        guard table.count > 0 else { throw TableError(source: table.source, .noRows) }
        var dataset = Dataset(count: table.count, inputs: [:], labels: [:])
        for input in inputs { dataset.inputs[input.field.name] = try input.encode(table) }
        for task in tasks where names?.contains(task.field.name) ?? true {
            dataset.labels[task.field.name] = try task.encode(table)
        }
        return dataset
    }

    /// Texts without labels. All inputs must read one and the same column.
    ///
    /// - Throws: `severalInputColumns` otherwise; and what `encode(_:tasks:)` throws, text `i` as line `i + 1`.
    public func encode(texts: [String]) throws(TableError) -> Dataset {
        let columns = Set(inputs.flatMap(\.field.columns)).sorted()
        guard columns.count == 1 else {
            throw TableError(source: "texts", .severalInputColumns(names: columns))
        }
        return try encode(Table(texts: texts, column: columns[0]), tasks: [])
    }
}
