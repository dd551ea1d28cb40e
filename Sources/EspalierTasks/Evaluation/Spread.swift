/// One number measured several times, once a seed.
public struct Spread: Sendable, Codable, Equatable {
    @JSONNumbers public private(set) var values: [Double]
    /// NaN without values.
    @JSONNumbers public private(set) var mean: Double
    /// √(Σ (v - v̄)² / (n - 1)); NaN for fewer than two values.
    @JSONNumbers public private(set) var standardDeviation: Double

    public init(_ values: [Double]) {
        self.values = values
        let mean = RegressionMetrics.mean(of: values)
        self.mean = mean
        let squares = RegressionMetrics.squaredDeviation(of: values)
        standardDeviation = values.count < 2 ? .nan : (squares / Double(values.count - 1)).squareRoot()
    }
}
