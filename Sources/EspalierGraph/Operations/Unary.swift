import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Elementary functions, element by element.
    public struct Unary: ElementwiseRule {
        let kind: UnaryKind

        var name: String { "\(kind)" }
        /// Sign and step are flat wherever they have a derivative.
        var passesGradient: Bool { kind != .sign && kind != .greaterThanZero }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (x, y, dy) = (site.inputs[0], site.output, site.cotangent)
            switch kind {
            case .negate: return [-dy]
            case .exp: return [dy * y]
            case .log: return [dy / x]
            case .square: return [dy * (2 * x)]
            case .squareRoot: return [dy / (2 * y)]
            case .reciprocal: return [-(dy * y.square())]
            case .absoluteValue: return [dy * x.sign()]
            case .sign, .greaterThanZero: return [nil]
            }
        }

        func foldsLanes(at site: KernelSite) -> Bool { true }
        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation { .unary(kind) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            [.unary(.init(kind, count: site.output.count, x: site.inputs[0].floats, y: site.output.floats))]
        }
    }

    /// scale · x + offset with fixed numbers.
    public struct Affine: ElementwiseRule {
        let scale, offset: Float

        var name: String { "affine" }
        var attributes: String { "\(scale)·x" + (offset == 0 ? "" : " + \(offset)") }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [scale == 1 ? site.cotangent : scale * site.cotangent]
        }

        func foldsLanes(at site: KernelSite) -> Bool { true }

        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation {
            .affine(scale: scale, offset: offset)
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            [
                .affine(
                    .init(
                        count: site.output.count, scale: scale, offset: offset, x: site.inputs[0].floats,
                        y: site.output.floats))
            ]
        }
    }
}

extension Value {
    private func unary(_ kind: UnaryKind) -> Value { graph.append(.unary(.init(kind: kind)), [self]) }

    /// -x.
    public static prefix func - (x: Value) -> Value { x.unary(.negate) }
    /// The exponential function.
    public func exp() -> Value { unary(.exp) }
    /// The natural logarithm; -infinity at 0, NaN below.
    public func log() -> Value { unary(.log) }
    /// x².
    public func square() -> Value { unary(.square) }
    /// √x; NaN below 0.
    public func squareRoot() -> Value { unary(.squareRoot) }
    /// 1 / x.
    public func reciprocal() -> Value { unary(.reciprocal) }
    /// |x|; derivative 0 at 0.
    public func absoluteValue() -> Value { unary(.absoluteValue) }
    /// -1, 0 or 1.
    public func sign() -> Value { unary(.sign) }
    /// 1 where positive, else 0.
    public func greaterThanZero() -> Value { unary(.greaterThanZero) }

    func affine(_ scale: Float, _ offset: Float) -> Value {
        graph.append(.affine(.init(scale: scale, offset: offset)), [self])
    }

    /// scale · x.
    public static func * (scale: Float, x: Value) -> Value { x.affine(scale, 0) }
    /// scale · x.
    public static func * (x: Value, scale: Float) -> Value { x.affine(scale, 0) }
    /// x times the reciprocal of the divisor.
    public static func / (x: Value, divisor: Float) -> Value { x.affine(1 / divisor, 0) }
    /// x + offset.
    public static func + (x: Value, offset: Float) -> Value { x.affine(1, offset) }
    /// x + offset.
    public static func + (offset: Float, x: Value) -> Value { x.affine(1, offset) }
    /// x - offset.
    public static func - (x: Value, offset: Float) -> Value { x.affine(1, -offset) }
    /// offset - x.
    public static func - (offset: Float, x: Value) -> Value { x.affine(-1, offset) }
}
