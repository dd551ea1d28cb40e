/// The mean and the standard deviation of some numbers: subtracting the one and dividing by the other gives numbers
/// with mean 0 and standard deviation 1. So inputs are read, and so regression heads see their labels.
public struct Standardization: Sendable, Equatable, Codable {
    /// In the unit of the numbers.
    public let mean: Float
    /// In the unit of the numbers; positive. Of the population, not of a sample.
    public let standardDeviation: Float

    static let identity = Standardization(mean: 0, standardDeviation: 1)

    init(mean: Float, standardDeviation: Float) { (self.mean, self.standardDeviation) = (mean, standardDeviation) }

    /// Of numbers that are all equal, or of none, the standard deviation is taken to be 1.
    ///
    /// - Parameter numbers: those that are NaN are left out.
    package init(of numbers: [Float]) {
        let known = numbers.filter { !$0.isNaN }.map(Double.init)
        let count = Double(max(known.count, 1))
        let mean = known.reduce(0, +) / count
        let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let deviation = Float(variance.squareRoot())
        self.init(mean: Float(mean), standardDeviation: deviation > 0 ? deviation : 1)
    }

    /// False for numbers that no data have; a file may claim anything.
    package var isConsistent: Bool { mean.isFinite && standardDeviation.isFinite && standardDeviation > 0 }

    package func standardized(_ number: Float) -> Float { (number - mean) / standardDeviation }

    /// The inverse of `standardized`.
    func restored(_ number: Float) -> Float { number * standardDeviation + mean }
}
