/// Metrics of predicted numbers beside the labelled ones, both `[rows]` and without missing rows.
/// A NaN among them gives NaN.
public enum RegressionMetrics {
    /// Σ |p - y| / n, in the labels' unit; lower is better. NaN without rows.
    public static func meanAbsoluteError(predictions: [Double], labels: [Double]) -> Double {
        zip(predictions, labels).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(labels.count)
    }

    /// √(Σ (p - y)² / n), in the labels' unit; lower is better. NaN without rows.
    public static func rootMeanSquaredError(predictions: [Double], labels: [Double]) -> Double {
        (squaredError(predictions, labels) / Double(labels.count)).squareRoot()
    }

    /// 1 - Σ (p - y)² / Σ (y - ȳ)²; at most 1, higher is better. NaN for constant labels or no rows.
    public static func r2(predictions: [Double], labels: [Double]) -> Double {
        let spread = squaredDeviation(of: labels)
        return spread == 0 ? .nan : 1 - squaredError(predictions, labels) / spread
    }

    /// Σ (p - p̄)(y - ȳ) / √(Σ (p - p̄)² Σ (y - ȳ)²); in -1...1, higher is better.
    ///
    /// 0 for constant predictions, which say nothing about the labels; NaN for constant labels or
    /// fewer than two rows.
    public static func pearson(predictions: [Double], labels: [Double]) -> Double {
        if labels.allSatisfy({ $0 == labels[0] }) { return .nan }
        if predictions.allSatisfy({ $0 == predictions[0] }) { return 0 }
        let meanPrediction = mean(of: predictions)
        let meanLabel = mean(of: labels)
        let product = zip(predictions, labels).reduce(0) {
            $0 + ($1.0 - meanPrediction) * ($1.1 - meanLabel)
        }
        let spread = (squaredDeviation(of: predictions) * squaredDeviation(of: labels)).squareRoot()
        // Rounding can carry a perfect correlation past its bound; NaN must pass through unclamped.
        let correlation = product / spread
        return correlation.isNaN ? .nan : min(1, max(-1, correlation))
    }

    static func mean(of values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func squaredError(_ predictions: [Double], _ labels: [Double]) -> Double {
        zip(predictions, labels).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// Σ (v - v̄)²: exactly 0 for equal values, whatever their mean rounds to.
    static func squaredDeviation(of values: [Double]) -> Double {
        if values.allSatisfy({ $0 == values[0] }) { return 0 }
        let mean = mean(of: values)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
}
