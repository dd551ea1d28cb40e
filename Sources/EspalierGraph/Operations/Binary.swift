import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Elementwise arithmetic. An operand may be a scalar, a row (`[columns]`) or a column (`[rows, 1]`): it is then
    /// repeated, and its gradient is summed over the repeats.
    public struct Binary: ElementwiseRule {
        let kind: BinaryKind

        var name: String { "\(kind)" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<2 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            let (a, b) = (inputs[0], inputs[1])
            let pairs = a.rank >= b.rank ? [(a, b), (b, a)] : [(b, a), (a, b)]
            for (whole, part) in pairs where part.broadcasts(to: whole) { return whole }
            // A column and a row: both are repeated.
            guard a.rank <= 2, b.rank <= 2, a.rows == b.rows || a.rows == 1 || b.rows == 1,
                a.columns == b.columns || a.columns == 1 || b.columns == 1
            else { throw ShapeMistake("neither can be repeated to the other's shape") }
            return [a.rows == 1 ? b.rows : a.rows, a.columns == 1 ? b.columns : a.columns]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (a, b, dy) = (site.inputs[0], site.inputs[1], site.cotangent)
            func part(_ index: Int, _ value: @autoclosure () -> Value) -> Value? {
                site.needed[index] ? value().summed(to: site.inputs[index].shape) : nil
            }
            switch kind {
            case .add: return [part(0, dy), part(1, dy)]
            case .subtract: return [part(0, dy), part(1, -dy)]
            case .multiply: return [part(0, dy * b), part(1, dy * a)]
            case .divide: return [part(0, dy / b), part(1, -(dy * site.output / b))]
            case .maximum:  // At a tie the gradient goes to b.
                return [part(0, dy * (a - b).greaterThanZero()), part(1, dy * (1 - (a - b).greaterThanZero()))]
            case .minimum:
                return [part(0, dy * (b - a).greaterThanZero()), part(1, dy * (1 - (b - a).greaterThanZero()))]
            }
        }

        /// Where operands with lanes have the result's rows, and the others repeat along rows.
        func foldsLanes(at site: KernelSite) -> Bool {
            site.inputs.allSatisfy { $0.lanes.count > 1 ? $0.rows == site.output.rows : $0.rows == 1 }
        }

        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation { .binary(kind) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let y = site.output
            return [
                .binary(
                    .init(
                        kind, rows: y.rows, columns: y.columns, a: site.inputs[0].broadcast(to: y.shape),
                        b: site.inputs[1].broadcast(to: y.shape), y: y.matrix))
            ]
        }
    }
}

extension Shape {
    /// Can this be repeated along rows, columns or both to fill `whole`?
    func broadcasts(to whole: Shape) -> Bool {
        if self == whole { return true }
        return rank <= 2 && (rows == whole.rows || rows == 1) && (columns == whole.columns || columns == 1)
    }
}

extension Operand {
    func broadcast(to whole: Shape) -> KernelCall.Broadcast {
        .init(
            floats, rowStride: rows == 1 && whole.rows != 1 ? 0 : columns,
            columnStride: columns == 1 && whole.columns != 1 ? 0 : 1)
    }
}

extension Value {
    private func binary(_ kind: BinaryKind, _ other: Value) -> Value {
        graph.append(.binary(.init(kind: kind)), [self, other])
    }

    /// Sum, element by element; a scalar, a row `[columns]` or a column `[rows, 1]` is repeated.
    public static func + (a: Value, b: Value) -> Value { a.binary(.add, b) }
    /// Difference, element by element; operands are repeated as in a sum.
    public static func - (a: Value, b: Value) -> Value { a.binary(.subtract, b) }
    /// Product, element by element; operands are repeated as in a sum.
    public static func * (a: Value, b: Value) -> Value { a.binary(.multiply, b) }
    /// Quotient, element by element; operands are repeated as in a sum.
    public static func / (a: Value, b: Value) -> Value { a.binary(.divide, b) }

    /// The larger of the two, element by element; NaN if either is.
    public func maximum(_ other: Value) -> Value { binary(.maximum, other) }
    /// The smaller of the two, element by element; NaN if either is.
    public func minimum(_ other: Value) -> Value { binary(.minimum, other) }
}
