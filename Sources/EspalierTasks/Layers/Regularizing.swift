import EspalierGraph
import EspalierKernels
import EspalierTensor

/// Layer normalization with a learned gain and bias (Ba, Kiros, Hinton 2016).
public struct LayerNorm: Layer {
    public let epsilon: Float

    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value {
        let x = input.value(for: "LayerNorm")
        return x.layerNormalized(
            gain: drawing.graph.parameter("gain", [x.shape[1]], .ones),
            bias: drawing.graph.parameter("bias", [x.shape[1]], .zeros), epsilon: epsilon)
    }
}

/// While training sets elements to 0 with probability `rate` and scales the others; otherwise passes its input.
public struct Dropout: Layer {
    public let rate: Float

    public init(_ rate: Float) {
        precondition(rate >= 0 && rate < 1, "[Dropout] rate \(rate), must lie in 0..<1")
        self.rate = rate
    }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value {
        let x = input.value(for: "Dropout")
        return drawing.isTraining ? x.dropout(rate, stream: stableHash(drawing.graph.qualified("dropout"))) : x
    }
}

/// An activation of its own, for after a normalization.
public struct Activation: Layer {
    public let kind: ActivationKind

    public init(_ kind: ActivationKind) { self.kind = kind }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value { input.value(for: "Activation").activation(kind) }
}
