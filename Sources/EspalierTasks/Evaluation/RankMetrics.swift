/// Metrics that look at the order of the scores only.
public enum RankMetrics {
    /// Rank of each value from 1 up; equal values share the mean of their ranks.
    ///
    /// - Parameter values: without NaN.
    public static func midranks(of values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count && values[order[end]] == values[order[start]] { end += 1 }
            let shared = Double(start + 1 + end) / 2
            for position in start..<end { ranks[order[position]] = shared }
            start = end
        }
        return ranks
    }

    /// The probability that a positive row scores above a negative one, ties counting one half:
    /// (R - n₁(n₁ + 1)/2) / (n₁ n₀), R the sum of the positive rows' midranks.
    ///
    /// In 0...1, higher is better, 0.5 for constant scores. NaN if all rows are of one class, if
    /// there is none, or if a score is NaN.
    public static func areaUnderCurve(scores: [Double], positives: [Bool]) -> Double {
        if scores.contains(where: \.isNaN) { return .nan }
        let positiveCount = Double(positives.count { $0 })
        let negativeCount = Double(positives.count) - positiveCount
        let rankSum = zip(midranks(of: scores), positives).reduce(0) { $1.1 ? $0 + $1.0 : $0 }
        return (rankSum - positiveCount * (positiveCount + 1) / 2) / (positiveCount * negativeCount)
    }

    /// Pearson correlation of the midranks, in -1...1, higher is better.
    ///
    /// 0 for constant predictions; NaN for constant labels, fewer than two rows, or a NaN.
    public static func spearman(predictions: [Double], labels: [Double]) -> Double {
        if predictions.contains(where: \.isNaN) || labels.contains(where: \.isNaN) { return .nan }
        return RegressionMetrics.pearson(predictions: midranks(of: predictions), labels: midranks(of: labels))
    }
}
