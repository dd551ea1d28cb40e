import Foundation

/// A number in Double, with a bound on how far the same computation in Float may stray from it.
///
/// Running error analysis (Wilkinson 1963; Higham 2002, "Accuracy and Stability of Numerical Algorithms", 3.3): every
/// operation adds to the errors it inherits its own rounding, u · |result|. So a formula written with these numbers
/// gives its value and its tolerance at once.
public struct Bounded: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public var value: Double
    public var error: Double

    /// The unit roundoff of Float.
    static let roundoff = 0x1p-24
    /// The spacing of subnormal floats: what rounding costs where results underflow.
    static let subnormal = 0x1p-149

    /// An exact number.
    init(_ value: Double) { (self.value, error) = (value, 0) }
    init(_ value: Float) { self.init(Double(value)) }
    public init(floatLiteral value: Double) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(Double(value)) }

    /// A result whose rounding costs `ulps` units in the last place, half of one if it is correctly rounded.
    init(_ value: Double, inherited: Double, ulps: Double = 0.5) {
        self.value = value
        // What is infinite or no number has no distance to anything; it has to be met exactly.
        error = value.isFinite ? inherited + 2 * ulps * Self.roundoff * (abs(value) + inherited) + Self.subnormal : 0
    }

    /// The largest amount the computed number may have.
    var magnitude: Double { abs(value) + error }

    static func + (a: Bounded, b: Bounded) -> Bounded { Bounded(a.value + b.value, inherited: a.error + b.error) }
    static func - (a: Bounded, b: Bounded) -> Bounded { Bounded(a.value - b.value, inherited: a.error + b.error) }
    static prefix func - (a: Bounded) -> Bounded { var a = a; a.value.negate(); return a }

    static func * (a: Bounded, b: Bounded) -> Bounded {
        Bounded(a.value * b.value, inherited: a.magnitude * b.error + abs(b.value) * a.error)
    }

    /// A multiplication by the reciprocal counts as a division: one rounding more.
    static func / (a: Bounded, b: Bounded) -> Bounded {
        let value = a.value / b.value
        let divisor = abs(b.value) - b.error
        if divisor <= 0 { return Bounded(value, inherited: b.error > 0 ? .infinity : 0, ulps: 1) }
        return Bounded(value, inherited: (a.error + abs(value) * b.error) / divisor, ulps: 1)
    }

    /// In whatever order the terms are added: n - 1 roundings, each of at most the sum of the magnitudes.
    static func sum(_ terms: [Bounded]) -> Bounded {
        var (value, inherited, magnitude) = (0.0, 0.0, 0.0)
        for term in terms {
            value += term.value
            inherited += term.error
            magnitude += term.magnitude
        }
        var sum = Bounded(value)
        if value.isFinite { sum.error = inherited + gamma(terms.count) * magnitude }
        return sum
    }

    /// γ(n) = n·u / (1 - n·u), what n roundings in a row may cost.
    static func gamma(_ count: Int) -> Double {
        let roundings = Double(count) * roundoff
        return roundings / (1 - roundings)
    }

    /// What is stored in Float rounded to the nearest, with nothing left to the implementation.
    var correctlyRounded: Bounded { Bounded(Float(value)) }
}

// The error of an elementary function: the argument's, times the slope, plus the implementation's own ULP.
extension Bounded {
    static func exp(_ x: Bounded) -> Bounded {
        let value = Foundation.exp(x.value)
        return Bounded(value, inherited: value * expm1(x.error), ulps: 1)
    }

    static func log(_ x: Bounded) -> Bounded {
        Bounded(Foundation.log(x.value), inherited: x.error == 0 ? 0 : x.error / max(x.value - x.error, 0), ulps: 2)
    }

    /// log(1 + x), for x >= 0.
    static func log1p(_ x: Bounded) -> Bounded {
        Bounded(Foundation.log1p(x.value), inherited: x.error / (1 + x.value), ulps: 4)
    }

    static func squareRoot(_ x: Bounded) -> Bounded {
        let value = x.value.squareRoot()
        let least = max(x.value - x.error, 0).squareRoot()
        return Bounded(value, inherited: x.error == 0 ? 0 : x.error / (value + least))
    }

    static func absolute(_ x: Bounded) -> Bounded { x.value < 0 ? -x : x }

    /// scale · x + offset, rounded once.
    static func affine(_ scale: Float, _ x: Bounded, _ offset: Float) -> Bounded {
        Bounded(fma(Double(scale), x.value, Double(offset)), inherited: abs(Double(scale)) * x.error)
    }

    /// A function with a jump at 0, as 0 and NaN have it `at`: an error of x may reach the other side.
    static func step(_ x: Bounded, below: Double, at: Double, above: Double) -> Bounded {
        var step = Bounded(x.value > 0 ? above : x.value < 0 ? below : at)
        if x.error > 0, abs(x.value) <= x.error { step.error = above - below }
        return step
    }

    /// NaN if either is.
    static func maximum(_ a: Bounded, _ b: Bounded) -> Bounded {
        if a.value.isNaN || b.value.isNaN { return Bounded(Double.nan) }
        var larger = a.value >= b.value ? a : b
        larger.error = max(a.error, b.error)
        return larger
    }

    /// Of a row; NaN if any element is, -infinity if there is none.
    static func maximum(_ row: [Bounded]) -> Bounded { row.reduce(Bounded(-Double.infinity), maximum) }
}
