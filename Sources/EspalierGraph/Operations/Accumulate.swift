import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// The sum of the operand over all runs since `Program.clearAccumulators`: it keeps its memory from run to run.
    public struct Accumulate: OperationRule {
        var name: String { "accumulate" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }
        func foldsLanes(at site: KernelSite) -> Bool { true }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            throw site.notDifferentiable("a sum over runs has no derivative in one of them")
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let (x, y) = (site.inputs[0], site.output)
            return [
                .binary(
                    .init(
                        .add, rows: y.rows, columns: y.columns, a: y.broadcast(to: y.shape),
                        b: x.broadcast(to: y.shape),
                        y: y.matrix))
            ]
        }
    }
}

extension Value {
    /// The sum of this value over the runs since the accumulators were cleared.
    package func accumulated() -> Value { graph.append(.accumulate(.init()), [self]) }
}
