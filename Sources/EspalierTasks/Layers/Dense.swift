import EspalierGraph
import EspalierKernels
import EspalierTensor

/// activation(x W + b), W: `[features, units]`, b: `[units]`.
public struct Dense: Layer {
    public let units: Int
    public let activation: ActivationKind
    public let hasBias: Bool
    public let initializer: Initializer

    /// - Parameter initializer: of W; He's for ReLU and its kin, Glorot's otherwise, if nil.
    public init(
        _ units: Int, _ activation: ActivationKind = .identity, bias: Bool = true, initializer: Initializer? = nil
    ) {
        precondition(units > 0, "[Dense] \(units) units")
        self.units = units
        self.activation = activation
        hasBias = bias
        self.initializer = initializer ?? ([.relu, .gelu, .silu].contains(activation) ? .heUniform : .glorotUniform)
    }

    public func draw(_ input: Signal, _ drawing: Drawing) -> Value {
        let x = input.value(for: "Dense")
        let weight = drawing.graph.parameter("weight", [x.shape[1], units], initializer)
        let product = x.matmul(weight)
        return (hasBias ? product + drawing.graph.parameter("bias", [units], .zeros) : product).activation(activation)
    }
}
