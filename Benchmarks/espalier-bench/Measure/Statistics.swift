import Foundation

extension [Double] {
    /// Of at least one number.
    var median: Double { quantile(0.5) }

    /// The value below which this share of the numbers lies, between neighbours in proportion.
    func quantile(_ share: Double) -> Double {
        let ordered = sorted()
        let position = share * Double(count - 1)
        let (lower, upper) = (ordered[Int(position)], ordered[Int(position.rounded(.up))])
        return lower + (upper - lower) * (position - position.rounded(.down))
    }

    /// The range that half of the numbers lie in, over the median.
    var spread: Double { (quantile(0.75) - quantile(0.25)) / median }

    /// Of positive numbers: what becomes of ratios a and 1/a is 1.
    var geometricMean: Double { exp(reduce(0) { $0 + log($1) } / Double(count)) }

    /// The median of the quotients, round by round: what disturbs both in a round cancels out.
    func medianRatio(to divisors: [Double]) -> Double { zip(self, divisors).map { $0 / $1 }.median }
}
