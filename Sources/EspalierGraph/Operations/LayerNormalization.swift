import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// y = gain · (x - mean) / sqrt(variance + epsilon) + bias over every row (Ba, Kiros, Hinton 2016).
    public struct LayerNormalization: OperationRule {
        let epsilon: Float

        var name: String { "layerNormalization" }

        /// Operands: x, gain, bias.
        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[1].count == inputs[0].columns, inputs[2].count == inputs[0].columns else {
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

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            if site.needed[0] || site.needed[1] {
                throw site.notDifferentiable("layer normalization has first derivatives only")
            }
            // Without the gain the Jacobian is symmetric: (J(g·dy))ᵀ applied to the cotangent is g · J(cotangent).
            let ones = site.graph.constant(Tensor([1], shape: [])).broadcast(to: site.inputs[1].shape)
            let inner = site.graph.append(.layerNormalizationGradient(self), [site.inputs[0], ones, site.cotangent])
            return [nil, nil, inner * site.inputs[1]]
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
            throw site.notDifferentiable("layer normalization has first derivatives only")
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

extension Value {
    /// Layer normalization of every row. `gain` and `bias` have an element for every column.
    public func layerNormalized(gain: Value, bias: Value, epsilon: Float = 1e-5) -> Value {
        precondition(epsilon > 0, "[layerNormalization] epsilon is \(epsilon); it must be positive")
        return graph.append(.layerNormalization(.init(epsilon: epsilon)), [self, gain, bias])
    }
}
