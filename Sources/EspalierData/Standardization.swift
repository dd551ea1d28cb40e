/// The mean and the standard deviation of some numbers: subtracting the one and dividing by the other gives numbers
/// with mean 0 and standard deviation 1.
struct Standardization: Codable, Sendable {
    let mean: Float
    /// Of the population; 1 where the numbers are all equal.
    let standardDeviation: Float

    /// - Parameter numbers: those that are NaN are left out.
    init(_ numbers: [Float]) {
        let known = numbers.filter { !$0.isNaN }
        let count = Double(max(known.count, 1))
        let mean = known.reduce(0) { $0 + Double($1) } / count
        let variance = known.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        self.mean = Float(mean)
        standardDeviation = variance > 0 ? Float(variance.squareRoot()) : 1
    }

    var isConsistent: Bool { mean.isFinite && standardDeviation.isFinite && standardDeviation > 0 }

    func standardized(_ number: Float) -> Float { (number - mean) / standardDeviation }
}
