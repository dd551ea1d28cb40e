import EspalierGraph

/// A piece of a network: draws its operations and parameters into a graph.
///
/// A layer is a value without state; its parameters are named by where it is drawn, so that drawing a layer twice under
/// one name shares them.
public protocol Layer: Sendable {
    /// - Parameters:
    ///   - input: `[batch, features]`, or what an embedding reads.
    ///   - drawing: the graph, and whether it is drawn for training.
    /// - Returns: `[batch, features]`.
    func draw(_ input: Signal, _ drawing: Drawing) -> Value
}

/// What flows into a layer.
public enum Signal {
    /// Numbers `[batch, features]`, or ids `[batch, length]` for `Embedding`.
    case value(Value)
    /// Ragged weighted ids for `EmbeddingBag`.
    case bags(BagSignal)

    /// The numbers, or the ids for `Embedding`; traps on bags, naming the layer that wanted numbers.
    public func value(for layer: String) -> Value {
        guard case .value(let value) = self else {
            preconditionFailure("[\(layer)] the input is a bag of ids: put an EmbeddingBag before it")
        }
        return value
    }
}

/// The graph inputs that hold one batch of bags.
public struct BagSignal {
    public let vocabulary: Int
    /// `[capacity]`: as many as the largest batch has; those beyond the last offset mean nothing.
    public let ids: Value
    /// `[batch + 1]`: row `r` holds the ids from `offsets[r]` up to `offsets[r + 1]`.
    public let offsets: Value
    /// `[capacity]`.
    public let weights: Value
}

/// Layers one after the other, named `0`, `1`, … inside.
///
///     Sequential {
///         EmbeddingBag(64)
///         Dense(64, .relu)
///     }
public struct Sequential: Layer {
    public let layers: [any Layer]
    /// How many layers a checkpoint has; nil where there are none.
    public private(set) var checkpointLength: Int?

    public init(_ layers: [any Layer]) { self.layers = layers }

    public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

    /// The same layers and parameters in checkpoints: while training, what lies between the layers of one is not kept
    /// for the way back but computed again there (`Graph.checkpoint`). Less memory for at most one more forward pass of
    /// these layers, and the same bits.
    ///
    /// - Parameter length: layers in a checkpoint; if nil as many as there are checkpoints, which needs the least memory
    ///   where layers are alike. A checkpoint's last result is kept: a single layer is worth one if it keeps more than
    ///   its result.
    public func checkpointed(every length: Int? = nil) -> Sequential {
        precondition(length ?? 1 > 0, "[Sequential] checkpoints of \(length ?? 1) layers")
        var sequence = self
        sequence.checkpointLength = length ?? max(1, Int(Double(layers.count).squareRoot().rounded(.up)))
        return sequence
    }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value {
        guard let checkpointLength else { return draw(layers.indices, input, drawing).value(for: "Sequential") }
        var signal = input
        for start in stride(from: 0, to: layers.count, by: checkpointLength) {
            let run = start..<min(start + checkpointLength, layers.count)
            signal = drawing.graph.checkpoint { draw(run, signal, drawing) }
        }
        return signal.value(for: "Sequential")
    }

    private func draw(_ run: Range<Int>, _ input: Signal, _ drawing: Drawing) -> Signal {
        run.reduce(input) { signal, index in
            .value(drawing.scope("\(index)") { layers[index].draw(signal, drawing) })
        }
    }
}

/// Lists layers in braces.
@resultBuilder
public enum LayerBuilder {
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
