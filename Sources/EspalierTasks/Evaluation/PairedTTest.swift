/// Student's t-test on paired differences: could they be chance, if each pair differed by 0 on average?
/// Student, The Probable Error of a Mean, 1908.
public enum PairedTTest {
    /// The two-sided p value of t = d̄ / (s / √n) with n - 1 degrees of freedom, in 0...1.
    ///
    /// NaN for fewer than two differences. Equal differences give 0, or 1 where they are all 0.
    public static func pValue(differences: [Double]) -> Double {
        if differences.count < 2 { return .nan }
        let spread = Spread(differences)
        if spread.standardDeviation == 0 { return spread.mean == 0 ? 1 : 0 }
        let t = spread.mean / (spread.standardDeviation / Double(differences.count).squareRoot())
        return pValue(t: t, degreesOfFreedom: differences.count - 1)
    }

    /// The probability of a value at least as far from 0 as `t`: I(ν/(ν + t²); ν/2, 1/2), with I the
    /// regularised incomplete beta function.
    ///
    /// - Parameter degreesOfFreedom: ν, at least 1.
    public static func pValue(t: Double, degreesOfFreedom: Int) -> Double {
        if t.isNaN { return .nan }
        if t.isInfinite { return 0 }
        let freedom = Double(degreesOfFreedom)
        let x = freedom / (freedom + t * t)
        let rest = t * t / (freedom + t * t)
        let a = freedom / 2
        let scale = power(x, halves: degreesOfFreedom) * rest.squareRoot() / betaWithHalf(halves: degreesOfFreedom)
        // The fraction converges fast below the mean of the beta distribution; above it, its mirror does.
        return x < (a + 1) / (a + 2.5)
            ? scale * betaFraction(a, 0.5, x) / a
            : 1 - scale * betaFraction(0.5, a, rest) / 0.5
    }

    /// x^(halves/2).
    private static func power(_ x: Double, halves: Int) -> Double {
        (0..<(halves / 2)).reduce(halves % 2 == 1 ? x.squareRoot() : 1) { product, _ in product * x }
    }

    /// B(halves/2, 1/2), from B(1/2, 1/2) = π, B(1, 1/2) = 2 and B(a + 1, 1/2) = B(a, 1/2) a/(a + 1/2).
    private static func betaWithHalf(halves: Int) -> Double {
        let odd = halves % 2 == 1
        return stride(from: odd ? 0.5 : 1, to: Double(halves) / 2, by: 1)
            .reduce(odd ? .pi : 2) { $0 * $1 / ($1 + 0.5) }
    }

    /// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), summed
    /// from the front by Lentz's method.
    private static func betaFraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
        var numerator = 1.0
        var denominator = 1 / (1 - (a + b) * x / (a + 1))
        var fraction = denominator
        for m in stride(from: 1.0, through: 300, by: 1) {
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            var change = 1.0
            for term in [even, odd] {
                denominator = 1 / (1 + term * denominator)
                numerator = 1 + term / numerator
                change = numerator * denominator
                fraction *= change
            }
            if abs(change - 1) < 1e-15 { break }
        }
        return fraction
    }
}
