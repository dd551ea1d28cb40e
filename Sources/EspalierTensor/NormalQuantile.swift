// Normal numbers from uniform ones with the same bits everywhere. The C library's `log` and `cos` differ in their last
// bits from one system to the next; sums, products, quotients and square roots do not.

/// x with Φ(x) = `probability`, to 1e-7 of its size. Rational approximations of Wichura 1988 ("Algorithm AS 241: The
/// percentage points of the normal distribution", PPND7).
/// - Parameter probability: in (0, 1).
package func normalQuantile(_ probability: Double) -> Double {
    let centred = probability - 0.5
    if abs(centred) <= 0.425 {
        let r = 0.180625 - centred * centred
        let numerator = polynomial(r, 3.3871327179, 50.434271938, 159.29113202, 59.109374720)
        return centred * numerator / polynomial(r, 1, 17.895169469, 78.757757664, 67.187563600)
    }
    let tail = min(probability, 1 - probability)
    let distance = (-naturalLogarithm(tail)).squareRoot()
    let value: Double
    if distance <= 5 {
        let r = distance - 1.6
        let numerator = polynomial(r, 1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103)
        value = numerator / polynomial(r, 1, 0.73700164250, 0.12021132975)
    } else {
        let r = distance - 5
        let numerator = polynomial(r, 6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997)
        value = numerator / polynomial(r, 1, 0.24197894225, 0.012258202635)
    }
    return centred < 0 ? -value : value
}

/// ln x for a positive normal number, to a few units in the last place: with x = 2^e m, m near 1 and
/// s = (m - 1) / (m + 1), ln x = e ln 2 + 2 (s + s^3/3 + s^5/5 + ...), where |s| < 0.172.
package func naturalLogarithm(_ x: Double) -> Double {
    var (exponent, mantissa) = (Double(x.exponent), x.significand)
    if mantissa > 1.4142135623730951 {
        mantissa /= 2
        exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let series = polynomial(
        s * s, 1, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19)
    return exponent * 0.6931471805599453 + 2 * s * series
}

/// Coefficients from the constant up.
private func polynomial(_ x: Double, _ coefficients: Double...) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
}
