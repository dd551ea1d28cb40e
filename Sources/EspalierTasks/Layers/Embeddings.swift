import EspalierGraph
import EspalierKernels
import EspalierTensor

/// Weighted sums (or means) of learned vectors over bags of ids: the first layer over words or hashed n-grams.
///
/// Table: `[vocabulary, width]`. A bias and an activation follow, so that it is a dense layer over sparse features.
public struct EmbeddingBag: Layer {
    public let width: Int
    public let mode: BagMode
    public let activation: ActivationKind
    public let initializer: Initializer

    /// - Parameter initializer: of the table. Small by default: what training never saw stays as it began, and should
    ///   say little about a new row.
    public init(
        _ width: Int, _ activation: ActivationKind = .identity, mode: BagMode = .sum,
        initializer: Initializer = .normal(deviation: 0.01)
    ) {
        precondition(width > 0, "[EmbeddingBag] width \(width)")
        (self.width, self.mode, self.activation, self.initializer) = (width, mode, activation, initializer)
    }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value {
        guard case .bags(let bags) = input else {
            preconditionFailure(
                "[EmbeddingBag] the input is no bag of ids: for numbers use Dense, for token rows Embedding")
        }
        let table = drawing.graph.parameter("table", [bags.vocabulary, width], initializer)
        let bias = drawing.graph.parameter("bias", [width], .zeros)
        let sums = table.embeddingBag(mode, ids: bags.ids, offsets: bags.offsets, weights: bags.weights)
        return (sums + bias).activation(activation)
    }
}

/// A learned vector for every id of a row, side by side: ids `[batch, length]` to `[batch, length · width]`.
public struct Embedding: Layer {
    public let vocabulary: Int
    public let width: Int
    public let initializer: Initializer

    public init(vocabulary: Int, width: Int, initializer: Initializer = .normal(deviation: 0.1)) {
        precondition(vocabulary > 0 && width > 0, "[Embedding] table [\(vocabulary), \(width)]")
        (self.vocabulary, self.width, self.initializer) = (vocabulary, width, initializer)
    }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value {
        let ids = input.value(for: "Embedding")
        let table = drawing.graph.parameter("table", [vocabulary, width], initializer)
        return table.embedding(ids).reshaped([ids.shape[0], ids.shape[1] * width])
    }
}
