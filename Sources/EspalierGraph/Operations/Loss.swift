import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// A loss with its targets. Which one, its formula and its kernel call stand in the file of its `LossRule`.
    public struct Loss: OperationRule {
        let kind: any LossRule

        var name: String { kind.name }
        var attributes: String { kind.attributes }
        var indexOperands: Range<Int> { kind.indexOperands }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            try kind.check(inputs)
            return kind.reduction == .none ? [inputs[0].rows, 1] : []
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            if site.needed.dropFirst().contains(true) {
                throw site.notDifferentiable("a loss has a gradient for predictions, not for targets, masks or weights")
            }
            let gradient = site.graph.append(
                .lossGradient(.init(kind: kind, loss: site.output.id)), site.inputs + [site.cotangent])
            return [gradient] + site.inputs.dropFirst().map { _ in nil }
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            [kind.call(site.inputs, cotangent: nil, loss: site.output, gradient: nil)]
        }
    }

    /// The gradient of a loss for its predictions; the last operand is the loss's cotangent. Where the cotangent does
    /// not depend on the loss itself, compiling makes loss and gradient one kernel call.
    public struct LossGradient: OperationRule {
        let kind: any LossRule
        /// The node this is the gradient of.
        let loss: Int

        var name: String { kind.name + "Gradient" }
        var indexOperands: Range<Int> { kind.indexOperands }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            if site.needed.dropLast().contains(true) {
                throw site.notDifferentiable(
                    "losses have first derivatives only; for second ones write the loss with logSoftmax, log and sums")
            }
            // Linear in the loss's cotangent: what is left is the gradient for a cotangent of 1.
            let dy = site.inputs[site.inputs.count - 1]
            let one = site.graph.constant(1).broadcast(to: dy.shape)
            let unit = site.graph.append(.lossGradient(self), site.inputs.dropLast() + [one])
            return site.inputs.dropLast().map { _ in nil } + [(site.cotangent * unit).summed(to: dy.shape)]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            [
                kind.call(
                    site.inputs.dropLast(), cotangent: site.inputs.last, loss: nil, gradient: site.output)
            ]
        }
    }
}

/// One loss: what its operands must be, and its kernel call for the loss, the gradient, or both at once.
protocol LossRule {
    var name: String { get }
    var attributes: String { get }
    var reduction: Reduction { get }
    /// Operands that are int32.
    var indexOperands: Range<Int> { get }

    /// Operand 0 holds the predictions, the others targets, masks and weights.
    func check(_ inputs: [Shape]) throws(ShapeMistake)

    func call(_ inputs: [Operand], cotangent: Operand?, loss: Operand?, gradient: Operand?) -> KernelCall
}

extension LossRule {
    var indexOperands: Range<Int> { 0..<0 }
}
