import EspalierTensor

/// Rows of inputs and labels in memory: what a trainer learns from and an evaluation measures on.
///
/// Every column has `count` rows. A row may lack some tasks' labels.
public struct Dataset: Sendable {
    public var count: Int
    public var inputs: [String: InputColumn]
    public var labels: [String: LabelColumn]

    /// - Parameter count: as many rows as every column has; nil for those of the inputs.
    public init(count: Int? = nil, inputs: [String: InputColumn], labels: [String: LabelColumn]) {
        self.count = count ?? inputs.values.first?.rows ?? 0
        self.inputs = inputs
        self.labels = labels
    }
}

/// One input for every row.
public enum InputColumn: Sendable {
    /// Numbers, `[rows, width]`.
    case dense(Tensor)
    /// Ids with weights, any number a row: hashed n-grams, words without order.
    case bags(Bags)
    /// Ids in order, the same number in every row.
    case tokens(Tokens)
}

/// Ragged rows of weighted ids: row `r` holds `ids[offsets[r] ..< offsets[r + 1]]`.
public struct Bags: Sendable {
    /// Ids lie in `0..<vocabulary`.
    public var vocabulary: Int
    public var ids: [Int32]
    /// `rows + 1` offsets, the first 0.
    public var offsets: [Int32]
    /// As many as ids.
    public var weights: [Float]

    public init(vocabulary: Int, ids: [Int32], offsets: [Int32], weights: [Float]) {
        self.vocabulary = vocabulary
        self.ids = ids
        self.offsets = offsets
        self.weights = weights
    }

    public var rows: Int { offsets.count - 1 }
}

/// Rows of `length` ids each, row-major.
public struct Tokens: Sendable {
    /// Ids lie in `0..<vocabulary`.
    public var vocabulary: Int
    public var length: Int
    public var ids: [Int32]

    public init(vocabulary: Int, length: Int, ids: [Int32]) {
        self.vocabulary = vocabulary
        self.length = length
        self.ids = ids
    }

    public var rows: Int { length == 0 ? 0 : ids.count / length }
}

/// One task's labels.
public enum LabelColumn: Sendable {
    /// A class for every row, an index into `names`; -1 where the row has none.
    case classes([Int32], names: [String])
    /// A number for every row; NaN where the row has none.
    case numbers([Float])
    /// Any subset of `names` for every row: `[rows, names.count]` of 1 and 0; NaN where it is not known.
    case sets(Tensor, names: [String])
}

extension LabelColumn {
    /// A class for every row, -1 where it has none; the classes are named by their numbers.
    public static func classes(_ labels: [Int32], count: Int) -> LabelColumn {
        .classes(labels, names: (0..<count).map(String.init))
    }
}

extension Dataset {
    /// The model's input that a column is for.
    ///
    /// - Throws: `TrainingError.input` if there is no such column.
    public func modelInput(_ name: String) throws(TrainingError) -> ModelInput {
        guard let column = inputs[name] else {
            throw .input(
                name: name, problem: "not in the data, which has \(inputs.keys.sorted().joined(separator: ", "))")
        }
        return ModelInput(name, column.kind)
    }

    /// The rows at the given positions, in the given order; a position may occur more than once.
    public func subset(_ rows: [Int]) -> Dataset {
        Dataset(
            count: rows.count,
            inputs: inputs.mapValues { $0.subset(rows) },
            labels: labels.mapValues { $0.subset(rows) })
    }

    /// The same rows with the labels of one task blanked out in all but some rows: for experiments on scarce labels.
    ///
    /// Which rows keep theirs depends on their positions and the seed, and a larger `keep` adds to a smaller one.
    /// - Parameters:
    ///   - task: one of `labels`.
    ///   - keep: the number of labelled rows that stay labelled; all do, if there are no more than that.
    public func limitingLabels(of task: String, keep: Int, seed: UInt64) -> Dataset {
        guard let column = labels[task] else {
            preconditionFailure("[dataset] no task \"\(task)\"; there are \(labels.keys.sorted())")
        }
        let drawn = column.labelledRows.sorted { rank(of: $0, seed: seed) < rank(of: $1, seed: seed) }
        var limited = self
        limited.labels[task] = column.keeping(rows: Set(drawn.prefix(keep)))
        return limited
    }

    private func rank(of row: Int, seed: UInt64) -> UInt64 {
        var hash = SeededHash(seed: seed)
        hash.combine(UInt64(row))
        return hash.value
    }
}

extension InputColumn {
    func subset(_ rows: [Int]) -> InputColumn {
        switch self {
        case .dense(let tensor): .dense(tensor.subset(rows))
        case .bags(let bags): .bags(bags.subset(rows))
        case .tokens(let tokens):
            .tokens(
                Tokens(
                    vocabulary: tokens.vocabulary, length: tokens.length,
                    ids: rows.flatMap { tokens.ids[($0 * tokens.length)..<(($0 + 1) * tokens.length)] }))
        }
    }
}

extension Bags {
    func subset(_ rows: [Int]) -> Bags {
        var subset = Bags(vocabulary: vocabulary, ids: [], offsets: [0], weights: [])
        for row in rows {
            let range = Int(offsets[row])..<Int(offsets[row + 1])
            subset.ids.append(contentsOf: ids[range])
            subset.weights.append(contentsOf: weights[range])
            subset.offsets.append(Int32(subset.ids.count))
        }
        return subset
    }
}

extension LabelColumn {
    func subset(_ rows: [Int]) -> LabelColumn {
        switch self {
        case .classes(let classes, let names): .classes(rows.map { classes[$0] }, names: names)
        case .numbers(let numbers): .numbers(rows.map { numbers[$0] })
        case .sets(let tensor, let names): .sets(tensor.subset(rows), names: names)
        }
    }

    /// The positions of the rows that have a label, ascending; of sets, where at least one mark is known.
    public var labelledRows: [Int] {
        switch self {
        case .classes(let classes, _): classes.indices.filter { classes[$0] >= 0 }
        case .numbers(let numbers): numbers.indices.filter { !numbers[$0].isNaN }
        case .sets(let tensor, let names):
            (0..<tensor.shape[0]).filter { row in names.indices.contains { !tensor[row, $0].isNaN } }
        }
    }

    /// The column with the labels of all other rows missing.
    func keeping(rows: Set<Int>) -> LabelColumn {
        switch self {
        case .classes(let classes, let names):
            return .classes(classes.indices.map { rows.contains($0) ? classes[$0] : -1 }, names: names)
        case .numbers(let numbers):
            return .numbers(numbers.indices.map { rows.contains($0) ? numbers[$0] : .nan })
        case .sets(let tensor, let names):
            let scalars = tensor.scalars
            let kept = scalars.indices.map { rows.contains($0 / names.count) ? scalars[$0] : .nan }
            return .sets(Tensor(kept, shape: tensor.shape), names: names)
        }
    }
}

extension Tensor {
    /// Rows of a matrix.
    fileprivate func subset(_ rows: [Int]) -> Tensor {
        let width = shape[1]
        let all = scalars
        return Tensor(rows.flatMap { all[($0 * width)..<(($0 + 1) * width)] }, shape: [rows.count, width])
    }
}
