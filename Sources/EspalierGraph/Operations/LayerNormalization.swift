import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// y = gain · (x - mean) / sqrt(variance + epsilon) + bias over every row (Ba, Kiros, Hinton 2016).
    public struct LayerNormalization: OperationRule {
        let epsilon: Float

        var name: String { "layerNormalization" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }
        var splitsRows: Bool { true }

        /// Operands: x, gain, bias.
        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs.dropFirst().allSatisfy({ $0.rows == 1 && $0.columns == inputs[0].columns }) else {
                throw ShapeMistake("a gain and a bias for every column are wanted")
            }
            return inputs[0]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (x, gain, bias, dy) = (site.inputs[0], site.inputs[1], site.inputs[2], site.cotangent)
            return [
                site.needed[0]
                    ? site.graph.append(.layerNormalizationGradient(.init(epsilon: epsilon)), [x, gain, dy]) : nil,
                site.needed[1]
                    ? site.graph.append(.layerNormalizationGainGradient(.init(epsilon: epsilon)), [x, dy])
                        .reshaped(gain.shape) : nil,
                site.needed[2] ? dy.columnSums().reshaped(bias.shape) : nil,
            ]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let x = site.inputs[0]
            return [
                .layerNormalization(
                    .init(
                        rows: x.rows, columns: x.columns, x: x.matrix, gain: site.inputs[1].floats,
                        bias: site.inputs[2].floats, epsilon: epsilon, y: site.output.matrix))
            ]
        }
    }

    /// dx of layer normalization, the statistics formed anew from x. Operands: x, gain, dy.
    public struct LayerNormalizationGradient: OperationRule {
        let epsilon: Float

        var name: String { "layerNormalizationGradient" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 2..<3 }
        var splitsRows: Bool { true }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (x, gain, dy) = (site.inputs[0], site.inputs[1], site.inputs[2])
            if site.needed[0] { throw site.notDifferentiable(firstDerivativesOnly) }
            // dx = J · (gain · dy) with J, the Jacobian without gain, symmetric: <c, dx> = <J · c, gain · dy>.
            let ones = site.graph.constant(1).broadcast(to: gain.shape)
            let inner = site.graph.append(.layerNormalizationGradient(self), [x, ones, site.cotangent])
            return [
                nil, site.needed[1] ? (inner * dy).summed(to: gain.shape) : nil, site.needed[2] ? inner * gain : nil,
            ]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let x = site.inputs[0]
            return [
                .layerNormalizationBackward(
                    .init(
                        rows: x.rows, columns: x.columns, x: x.matrix, gain: site.inputs[1].floats, epsilon: epsilon,
                        dy: site.inputs[2].matrix, dx: site.output.matrix))
            ]
        }
    }

    /// dgain of layer normalization. Operands: x, dy.
    public struct LayerNormalizationGainGradient: OperationRule {
        let epsilon: Float

        var name: String { "layerNormalizationGainGradient" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { [inputs[0].columns] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            if site.needed[0] { throw site.notDifferentiable(firstDerivativesOnly) }
            // dgain[c] = Σ_r dy[r,c] · x̂[r,c], so the cotangent of dy is cotangent[c] · x̂[r,c].
            let zeros = site.graph.constant(0).broadcast(to: site.cotangent.shape)
            return [
                nil,
                site.graph.append(
                    .layerNormalization(.init(epsilon: epsilon)), [site.inputs[0], site.cotangent, zeros]),
            ]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let x = site.inputs[0]
            return [
                .layerNormalizationGain(
                    .init(
                        rows: x.rows, columns: x.columns, x: x.matrix, epsilon: epsilon, dy: site.inputs[1].matrix,
                        dgain: site.output.floats))
            ]
        }
    }
}

private let firstDerivativesOnly = "layer normalization has first derivatives by its operand only"

extension Value {
    /// Layer normalization of every row. `gain` and `bias` have an element for every column.
    public func layerNormalized(gain: Value, bias: Value, epsilon: Float = 1e-5) -> Value {
        require(epsilon > 0, "[layerNormalization] epsilon is \(epsilon); it must be positive")
        return graph.append(.layerNormalization(.init(epsilon: epsilon)), [self, gain, bias])
    }
}
