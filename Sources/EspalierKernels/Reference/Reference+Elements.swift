import Foundation

extension KernelCall.Binary {
    /// y = a ∘ b; IEEE arithmetic leaves no choice of result.
    func evaluate() -> [Bounded] {
        (0..<rows).flatMap { row in
            (0..<columns).map { column in
                kind.value(a[row, column], b[row, column]).correctlyRounded
            }
        }
    }
}

extension KernelCall.Broadcast {
    fileprivate subscript(row: Int, column: Int) -> Bounded {
        Bounded(pointer[row * rowStride + column * columnStride])
    }
}

extension BinaryKind {
    func value(_ a: Bounded, _ b: Bounded) -> Bounded {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: .maximum(a, b)
        case .minimum: -(.maximum(-a, -b))
        }
    }
}

extension KernelCall.Unary {
    /// y = f(x); only exp and log leave a choice.
    func evaluate() -> [Bounded] {
        x.values(count).map { x in
            let y = kind.value(at: x)
            return kind == .exp || kind == .log ? y : y.correctlyRounded
        }
    }
}

extension UnaryKind {
    /// f(x). Where it jumps, an error of x may reach the other side.
    func value(at x: Bounded) -> Bounded {
        switch self {
        case .negate: -x
        case .exp: .exp(x)
        case .log: .log(x)
        case .square: x * x
        case .squareRoot: .squareRoot(x)
        case .reciprocal: 1 / x
        case .absoluteValue: .absolute(x)
        case .sign: .step(x, below: -1, at: x.value, above: 1)
        case .greaterThanZero: .step(x, below: 0, at: 0, above: 1)
        }
    }
}

extension KernelCall.Affine {
    /// y = scale · x + offset, rounded once.
    func evaluate() -> [Bounded] { x.values(count).map { .affine(scale, $0, offset) } }
}

extension KernelCall.ColumnSums {
    /// y[c] = scale · Σ_r x[r,c]
    func evaluate() -> [Bounded] {
        (0..<columns).map { column in Bounded(scale) * .sum((0..<rows).map { x[$0, column] }) }
    }
}

extension KernelCall.RowSums {
    /// y[r] = scale · Σ_c x[r,c]
    func evaluate() -> [Bounded] {
        (0..<rows).map { Bounded(scale) * .sum(x.row($0, columns)) }
    }
}

extension KernelCall.SquaredNorm {
    /// y = Σ x², in double: the roundoff of Float does not enter.
    func evaluate() -> [Bounded] {
        var sum = Bounded((0..<count).reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) })
        if sum.value.isFinite { sum.error = 2 * Double(count) * 0x1p-53 * sum.value }
        return [sum]
    }
}
