import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Sums along an axis, or of everything, times a fixed number (a mean is a scaled sum).
    public struct Sum: OperationRule {
        enum Axis { case rows, columns }
        /// Which axis goes: `.rows` leaves `[columns]`, `.columns` leaves `[rows, 1]`.
        let axis: Axis
        let scale: Float

        var name: String { "sum" }
        var attributes: String { "over \(axis)" + (scale == 1 ? "" : ", \(scale)·") }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            axis == .rows ? [inputs[0].columns] : [inputs[0].rows, 1]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [(scale == 1 ? site.cotangent : scale * site.cotangent).broadcast(to: site.inputs[0].shape)]
        }

        func foldsLanes(at site: KernelSite) -> Bool { axis == .columns }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let x = site.inputs[0]
            switch axis {
            case .rows:
                return [
                    .columnSums(
                        .init(rows: x.rows, columns: x.columns, x: x.matrix, scale: scale, y: site.output.floats))
                ]
            case .columns:
                return [
                    .rowSums(.init(rows: x.rows, columns: x.columns, x: x.matrix, scale: scale, y: site.output.floats))
                ]
            }
        }
    }

    /// Repeats a scalar, a row or a column to a larger shape.
    public struct Broadcast: ElementwiseRule {
        let shape: Shape

        var name: String { "broadcast" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0].broadcasts(to: shape) else { throw ShapeMistake("cannot be repeated to \(shape)") }
            return shape
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [site.cotangent.summed(to: site.inputs[0].shape)]
        }

        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation { .binary(.maximum) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            // max(x, x) = x, NaN included: the broadcasting kernel used as a copy.
            let x = site.inputs[0].broadcast(to: shape)
            return [
                .binary(
                    .init(
                        .maximum, rows: shape.rows, columns: shape.columns, a: x, b: x, y: site.output.matrix))
            ]
        }
    }

    /// The same elements under another shape; shares memory.
    public struct Reshape: OperationRule {
        let shape: Shape

        var name: String { "reshape" }
        var isAlias: Bool { true }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0].count == shape.count else { throw ShapeMistake("cannot become \(shape)") }
            return shape
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [site.cotangent.reshaped(site.inputs[0].shape)]
        }

        func kernels(at site: KernelSite) -> [KernelCall] { [] }
    }

    /// The value itself, through which no gradient flows.
    public struct StopGradient: OperationRule {
        var name: String { "stopGradient" }
        var isAlias: Bool { true }
        var passesGradient: Bool { false }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }
        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] { [nil] }
        func kernels(at site: KernelSite) -> [KernelCall] { [] }
    }
}

extension Value {
    /// Sums over the rows: `[rows, columns]` to `[columns]`.
    public func columnSums(scale: Float = 1) -> Value { graph.append(.sum(.init(axis: .rows, scale: scale)), [self]) }

    /// Sums over the columns: `[rows, columns]` to `[rows, 1]`.
    public func rowSums(scale: Float = 1) -> Value { graph.append(.sum(.init(axis: .columns, scale: scale)), [self]) }

    /// The sum of all elements, of shape `[]`.
    public func sum(scale: Float = 1) -> Value { rowSums().columnSums(scale: scale).reshaped([]) }

    /// The mean of all elements, of shape `[]`.
    public func mean() -> Value { sum(scale: 1 / Float(max(shape.count, 1))) }

    /// Repeats a scalar, a row `[columns]` or a column `[rows, 1]` to a larger shape.
    public func broadcast(to shape: Shape) -> Value {
        self.shape == shape ? self : graph.append(.broadcast(.init(shape: shape)), [self])
    }

    /// The same elements in the same order under another shape with as many; nothing is copied.
    public func reshaped(_ shape: Shape) -> Value {
        self.shape == shape ? self : graph.append(.reshape(.init(shape: shape)), [self])
    }

    /// The same value; gradients do not pass.
    public func stoppingGradient() -> Value { graph.append(.stopGradient(.init()), [self]) }

    /// The adjoint of repeating: sums over whatever axes `target` was repeated along.
    func summed(to target: Shape) -> Value {
        var value = self
        if target.columns == 1 && shape.columns != 1 { value = value.rowSums() }
        if target.rows == 1 && shape.rows != 1 { value = value.columnSums() }
        return value.reshaped(target)
    }
}
