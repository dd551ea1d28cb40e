import EspalierTasks
import Testing

/// Expected numbers come from `sklearn.metrics` and `scipy.stats.pearsonr`.
@Suite struct RegressionMetricsTests {
    let labels = [1.5, -2, 0.25, 3, -1.25, 0.5, 0.5, 2]
    let predictions = [1, -1.5, 0.5, 2, 0.5, 0.5, -0.25, 2.5]

    @Test func metricsAgreeWithScikitLearn() {
        #expect(RegressionMetrics.meanAbsoluteError(predictions: predictions, labels: labels) == 0.65625)
        let error = RegressionMetrics.rootMeanSquaredError(predictions: predictions, labels: labels)
        #expect(abs(error - 0.8244316223920575) < 1e-15)
        #expect(abs(RegressionMetrics.r2(predictions: predictions, labels: labels) - 0.7114427860696517) < 1e-15)
        #expect(abs(RegressionMetrics.pearson(predictions: predictions, labels: labels) - 0.850580136772384) < 1e-15)
    }

    @Test func constantPredictionsAreWorthNothing() {
        let constant = [Double](repeating: 0.1, count: labels.count)
        #expect(RegressionMetrics.pearson(predictions: constant, labels: labels) == 0)
        let mean = [Double](repeating: labels.reduce(0, +) / 8, count: 8)
        #expect(RegressionMetrics.r2(predictions: mean, labels: labels) == 0)
    }

    @Test func constantLabelsLeaveCorrelationAndR2Undefined() {
        let constant = [0.1, 0.1, 0.1]
        #expect(RegressionMetrics.pearson(predictions: [1, 2, 3], labels: constant).isNaN)
        #expect(RegressionMetrics.r2(predictions: [1, 2, 3], labels: constant).isNaN)
        #expect(RegressionMetrics.meanAbsoluteError(predictions: constant, labels: constant) == 0)
    }

    @Test func emptyAndNaNGiveNaN() {
        #expect(RegressionMetrics.meanAbsoluteError(predictions: [], labels: []).isNaN)
        #expect(RegressionMetrics.rootMeanSquaredError(predictions: [], labels: []).isNaN)
        #expect(RegressionMetrics.r2(predictions: [], labels: []).isNaN)
        #expect(RegressionMetrics.pearson(predictions: [], labels: []).isNaN)
        #expect(RegressionMetrics.pearson(predictions: [1, .nan, 2], labels: [1, 2, 3]).isNaN)
        #expect(RegressionMetrics.r2(predictions: [1, .nan, 2], labels: [1, 2, 3]).isNaN)
    }

    @Test func correlationStaysWithinItsBounds() {
        let labels = (0..<100).map { Double($0) * 0.1 + 1e6 }
        let scaled = labels.map { $0 * 3 - 7 }
        let correlation = RegressionMetrics.pearson(predictions: scaled, labels: labels)
        #expect(correlation <= 1 && correlation > 1 - 1e-12)
    }
}
