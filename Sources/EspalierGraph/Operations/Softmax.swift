import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Softmax, or its logarithm, of every row.
    public struct Softmax: OperationRule {
        let logarithm: Bool

        var name: String { logarithm ? "logSoftmax" : "softmax" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [site.graph.append(.softmaxGradient(.init(logarithm: logarithm)), [site.output, site.cotangent])]
        }

        func foldsLanes(at site: KernelSite) -> Bool { true }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let y = site.output
            return [
                .softmax(
                    .init(logarithm: logarithm, rows: y.rows, columns: y.columns, x: site.inputs[0].matrix, y: y.matrix)
                )
            ]
        }
    }

    /// From the output y and dy: softmax y · (dy - Σ y·dy), log-softmax dy - exp(y) · Σ dy.
    public struct SoftmaxGradient: OperationRule {
        let logarithm: Bool

        var name: String { logarithm ? "logSoftmaxGradient" : "softmaxGradient" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 1..<2 }
        var splitsRows: Bool { true }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0] == inputs[1] else { throw ShapeMistake("a value and its cotangent differ in shape") }
            return inputs[0]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (y, dy, cotangent) = (site.inputs[0], site.inputs[1], site.cotangent)
            if logarithm {
                return [
                    site.needed[0] ? -(cotangent * y.exp() * dy.rowSums()) : nil,
                    site.needed[1] ? cotangent - (cotangent * y.exp()).rowSums() : nil,
                ]
            }
            // The Jacobian diag(y) - y yᵀ is symmetric.
            return [
                site.needed[0]
                    ? cotangent * (dy - (y * dy).rowSums()) - dy * (cotangent * y).rowSums() : nil,
                site.needed[1] ? site.graph.append(.softmaxGradient(self), [y, cotangent]) : nil,
            ]
        }

        /// Not where one output serves all lanes of the cotangent.
        func foldsLanes(at site: KernelSite) -> Bool { site.inputs.allSatisfy { $0.lanes.count > 1 } }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let dx = site.output
            return [
                .softmaxBackward(
                    .init(
                        logarithm: logarithm, rows: dx.rows, columns: dx.columns, y: site.inputs[0].matrix,
                        dy: site.inputs[1].matrix, dx: dx.matrix))
            ]
        }
    }
}

extension Value {
    /// The probabilities of every row.
    public func softmax() -> Value { graph.append(.softmax(.init(logarithm: false)), [self]) }
    /// The logarithms of the probabilities of every row.
    public func logSoftmax() -> Value { graph.append(.softmax(.init(logarithm: true)), [self]) }
}
