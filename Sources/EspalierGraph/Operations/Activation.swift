import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// ReLU, GELU, SiLU, tanh, sigmoid.
    public struct Activation: ElementwiseRule {
        let kind: ActivationKind

        var name: String { "\(kind)" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let reference = kind.derivativeReadsInput ? site.inputs[0] : site.output
            return [site.graph.append(.activationGradient(.init(kind: kind)), [reference, site.cotangent])]
        }

        func foldsLanes(at site: KernelSite) -> Bool { true }
        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation { .activation(kind) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            [.activation(.init(kind, count: site.output.count, x: site.inputs[0].floats, y: site.output.floats))]
        }
    }

    /// dy · f'(x). The first operand is the activation's output, or its input for GELU and SiLU.
    public struct ActivationGradient: ElementwiseRule {
        let kind: ActivationKind

        var name: String { "\(kind)Gradient" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 1..<2 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0] == inputs[1] else { throw ShapeMistake("a value and its cotangent differ in shape") }
            return inputs[0]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (reference, dy, cotangent) = (site.inputs[0], site.inputs[1], site.cotangent)
            let byReference: Value?
            switch kind {
            case .identity, .relu: byReference = nil
            case .tanh: byReference = site.needed[0] ? cotangent * dy * (-2 * reference) : nil
            case .sigmoid: byReference = site.needed[0] ? cotangent * dy * (1 - 2 * reference) : nil
            case .gelu, .silu:
                if site.needed[0] {
                    throw site.notDifferentiable("a second derivative exists for identity, relu, tanh and sigmoid")
                }
                byReference = nil
            }
            let byCotangent =
                site.needed[1]
                ? site.graph.append(.activationGradient(self), [reference, cotangent]) : nil
            return [byReference, byCotangent]
        }

        /// Not where one value serves all lanes of the cotangent.
        func foldsLanes(at site: KernelSite) -> Bool { site.inputs.allSatisfy { $0.lanes.count > 1 } }
        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation { .activationBackward(kind) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let reference = site.inputs[0].floats
            return [
                .activationBackward(
                    .init(
                        kind, count: site.output.count, x: kind.derivativeReadsInput ? reference : nil,
                        y: kind.derivativeReadsInput ? nil : reference, dy: site.inputs[1].floats,
                        dx: site.output.floats))
            ]
        }
    }
}

extension ActivationKind {
    /// GELU and SiLU are not invertible: their derivative needs the input.
    var derivativeReadsInput: Bool { self == .gelu || self == .silu }
}

extension Value {
    /// An activation, element by element; `.identity` is the value itself.
    public func activation(_ kind: ActivationKind) -> Value {
        kind == .identity ? self : graph.append(.activation(.init(kind: kind)), [self])
    }

    /// max(x, 0); derivative 0 at 0.
    public func relu() -> Value { activation(.relu) }
    /// The hyperbolic tangent.
    public func tanh() -> Value { activation(.tanh) }
    /// 1 / (1 + exp(-x)).
    public func sigmoid() -> Value { activation(.sigmoid) }
}
