import Espalier
import Yams

/// `trunk`: the layers that all tasks share.
struct TrunkSection: Equatable {
    enum ActivationName: String, CaseIterable {
        case identity, relu, gelu, silu, tanh, sigmoid

        var kind: ActivationKind {
            switch self {
            case .identity: .identity
            case .relu: .relu
            case .gelu: .gelu
            case .silu: .silu
            case .tanh: .tanh
            case .sigmoid: .sigmoid
            }
        }
    }

    /// The width of every text input's embedding; for a sequence, of each word's.
    var embedding = 128
    /// Rate, on the embeddings.
    var embeddingDropout = 0.5
    /// Widths of the layers over all inputs side by side.
    var hidden = [64]
    var activation = ActivationName.relu
    /// Whether each hidden layer is normalised before its activation.
    var layerNorm = false
    /// Rate, after each hidden layer.
    var dropout = 0.0
    /// Whether values between the hidden layers are computed again on the way back instead of kept.
    var checkpoint = false

    init() {}

    init(_ value: RecipeValue) throws(RecipeError) {
        let section = try value.section(
            known: ["embedding", "embedding_dropout", "hidden", "activation", "layer_norm", "dropout", "checkpoint"])
        embedding = try section["embedding"]?.integer(in: 1...4096) ?? embedding
        embeddingDropout = try section["embedding_dropout"]?.number(.fraction) ?? embeddingDropout
        hidden = try section["hidden"]?.widths() ?? hidden
        activation = try section["activation"]?.choice(of: ActivationName.self) ?? activation
        layerNorm = try section["layer_norm"]?.flag() ?? layerNorm
        dropout = try section["dropout"]?.number(.fraction) ?? dropout
        checkpoint = try section["checkpoint"]?.flag() ?? checkpoint
    }

    var node: Node {
        .section([
            ("embedding", .plain(embedding)), ("embedding_dropout", .plain(embeddingDropout)),
            ("hidden", .plains(hidden)), ("activation", .text(activation.rawValue)),
            ("layer_norm", .plain(layerNorm)), ("dropout", .plain(dropout)), ("checkpoint", .plain(checkpoint)),
        ])
    }
}
