import EspalierTensor

/// Rows of inputs and labels in memory: what a trainer learns from and an evaluation measures on.
///
/// Every column has `count` rows. A row may lack some tasks' labels.
public struct Dataset: Sendable {
    public var count: Int
    public var inputs: [String: InputColumn]
    public var labels: [String: LabelColumn]

    public init(count: Int, inputs: [String: InputColumn], labels: [String: LabelColumn]) {
        self.count = count
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
