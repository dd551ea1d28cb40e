import EspalierTasks
import Testing

/// Expected numbers come from `scipy.stats.rankdata`, `spearmanr` and scikit-learn's `roc_auc_score`.
@Suite struct RankMetricsTests {
    @Test func equalValuesShareTheMeanOfTheirRanks() {
        #expect(RankMetrics.midranks(of: [3, 1, 3, 2, 1, 3]) == [5, 1.5, 5, 3, 1.5, 5])
        #expect(RankMetrics.midranks(of: []) == [])
    }

    @Test func areaUnderCurveCountsTiesHalf() {
        let scores = [0.125, 0.5, 0.5, 0.25, 0.75, 0.875, 0.5, 0.375]
        let positives = [false, true, false, false, true, true, false, true]
        #expect(RankMetrics.areaUnderCurve(scores: scores, positives: positives) == 0.8125)
        #expect(RankMetrics.areaUnderCurve(scores: scores.map { -$0 }, positives: positives) == 0.1875)
    }

    @Test func areaUnderCurveOfDegenerateInput() {
        #expect(RankMetrics.areaUnderCurve(scores: [0.5, 0.5, 0.5], positives: [true, false, true]) == 0.5)
        #expect(RankMetrics.areaUnderCurve(scores: [0.1, 0.5], positives: [true, true]).isNaN)
        #expect(RankMetrics.areaUnderCurve(scores: [], positives: []).isNaN)
        #expect(RankMetrics.areaUnderCurve(scores: [.nan, 0.5], positives: [true, false]).isNaN)
    }

    @Test func spearmanAgreesWithSciPy() {
        let labels = [1.5, -2, 0.25, 3, -1.25, 0.5, 0.5, 2]
        let predictions = [1, -1.5, 0.5, 2, 0.5, 0.5, -0.25, 2.5]
        let correlation = RankMetrics.spearman(predictions: predictions, labels: labels)
        #expect(abs(correlation - 0.8344971792454872) < 1e-14)
    }

    @Test func spearmanSeesOrderOnly() {
        let labels = [1.0, 2, 3, 4, 5]
        #expect(RankMetrics.spearman(predictions: labels.map { $0 * $0 * $0 }, labels: labels) == 1)
        #expect(RankMetrics.spearman(predictions: labels.map { 1 / $0 }, labels: labels) == -1)
        #expect(RankMetrics.spearman(predictions: [.nan, 1], labels: [1, 2]).isNaN)
    }
}
