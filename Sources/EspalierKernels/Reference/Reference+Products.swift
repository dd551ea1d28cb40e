import Foundation

extension KernelCall.GEMM {
    /// C = activation(alpha · op(A) · op(B) + beta · C + bias) + residual, the product within
    /// γ(k + 2) · (|alpha| |A| |B| + |beta| |C|).
    func evaluate() -> [Bounded] {
        var result: [Bounded] = []
        result.reserveCapacity(m * n)
        for row in 0..<m {
            for column in 0..<n {
                var element = product(row, column)
                if let bias { element = element + Bounded(bias[column]) }
                element = activation.value(at: element)
                if let residual { element = element + residual[row, column] }
                result.append(element)
            }
        }
        return result
    }

    private func product(_ row: Int, _ column: Int) -> Bounded {
        let (sum, roundings) = (sum(row, column), k + 2)
        var element = Bounded(sum.value)
        if sum.value.isFinite {
            element.error = Bounded.gamma(roundings) * sum.magnitude + Double(roundings) * Bounded.subnormal
        }
        return element
    }

    /// An element of alpha · op(A) · op(B) + beta · C, and the sum of the magnitudes.
    private func sum(_ row: Int, _ column: Int) -> (value: Double, magnitude: Double) {
        let (lda, ldb) = (a.leadingDimension, b.leadingDimension)
        var (value, magnitude) = (0.0, 0.0)
        if alpha != 0 {
            for index in 0..<k {
                let left = transposeA ? a.pointer[index * lda + row] : a.pointer[row * lda + index]
                let right = transposeB ? b.pointer[column * ldb + index] : b.pointer[index * ldb + column]
                let term = Double(alpha) * Double(left) * Double(right)
                value += term
                magnitude += abs(term)
            }
        }
        if beta != 0 {
            let term = Double(beta) * Double(c.pointer[row * c.leadingDimension + column])
            value += term
            magnitude += abs(term)
        }
        return (value, magnitude)
    }
}

extension KernelCall.GEMMGradient {
    /// C = (alpha · op(A) · op(B) + beta · C + residual) · activation'(value), and its column sums.
    func evaluate() -> [[Bounded]] {
        let (m, n) = (product.m, product.n)
        var c = product.evaluate()
        if activation != .identity, let value {
            let slopes = value.values(m, n).map(activation.slope)
            c = zip(c, slopes).map { $0 * $1 }
        }
        if columnSums == nil { return [c] }
        return [c, (0..<n).map { column in Bounded.sum((0..<m).map { c[$0 * n + column] }) }]
    }
}

extension KernelCall.SYRK {
    /// C = alpha · X Xᵀ + beta · C from the lower triangle, as the product of X with itself.
    func evaluate() -> [Bounded] {
        var product = KernelCall.GEMM(m: n, n: n, k: k, a: x, b: x, c: c)
        (product.transposeA, product.transposeB) = (transpose, !transpose)
        (product.alpha, product.beta) = (alpha, beta)
        let whole = product.evaluate()
        return (0..<n * n).map { index in
            let (row, column) = (index / n, index % n)
            return whole[max(row, column) * n + min(row, column)]
        }
    }
}

extension KernelCall.Activation {
    /// y = f(x)
    func evaluate() -> [Bounded] { x.values(count).map(kind.value) }
}

extension KernelCall.ActivationBackward {
    /// dx = dy · f'(x), the slope from the output y where the kind reads that.
    func evaluate() -> [Bounded] {
        let argument: Floats? =
            switch kind {
            case .identity: nil
            case .relu, .tanh, .sigmoid: y
            case .gelu, .silu: x
            }
        return (0..<count).map { index in
            guard let argument else { return Bounded(dy[index]) }
            return Bounded(dy[index]) * kind.slope(at: Bounded(argument[index]))
        }
    }
}

extension ActivationKind {
    /// f(x). An error of x reaches Φ, tanh and σ times their steepest slope.
    func value(at x: Bounded) -> Bounded {
        switch self {
        case .gelu where x.value == -.infinity, .silu where x.value == -.infinity: return 0
        case .identity: return x
        case .relu: return Bounded.maximum(x, 0)
        case .gelu: return x * Bounded(normalDistribution(x.value), inherited: 0.4 * x.error, ulps: 4)
        case .silu: return x * ActivationKind.sigmoid.value(at: x)
        case .tanh: return Bounded(Foundation.tanh(x.value), inherited: x.error, ulps: 4)
        case .sigmoid: return Bounded(logistic(x.value), inherited: 0.25 * x.error, ulps: 4)
        }
    }

    /// f'(x); for ReLU, tanh and sigmoid of the output y instead.
    func slope(at argument: Bounded) -> Bounded {
        let x = argument.value
        switch self {
        case .identity: return 1
        case .relu: return .step(argument, below: 0, at: x.isNaN ? x : 0, above: 1)
        case .gelu where x.isInfinite, .silu where x.isInfinite: return x > 0 ? 1 : 0
        case .tanh: return 1 - argument * argument
        case .sigmoid: return argument * (1 - argument)
        case .gelu:
            let density = Bounded(
                exp(-x * x / 2) / (2 * Double.pi).squareRoot(), inherited: 0.25 * argument.error, ulps: 4)
            return Bounded(normalDistribution(x), inherited: 0.4 * argument.error, ulps: 4) + argument * density
        case .silu:
            let gate = ActivationKind.sigmoid.value(at: argument)
            return gate * (1 + argument * ActivationKind.sigmoid.value(at: -argument))
        }
    }

    /// Φ(x)
    private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

    /// σ(x)
    private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
