import EspalierTasks
import Testing

@Suite struct MetricTests {
    static let kinds: [TaskKind] = [.classification(classes: 3), .multiLabel(labels: 2), .regression]

    @Test func onlyErrorsAreBetterWhenLower() {
        #expect(Metric.allCases.filter { !$0.higherIsBetter } == [.meanAbsoluteError, .rootMeanSquaredError])
    }

    @Test(arguments: kinds) func thePrimaryMetricFitsAndIsBetterWhenHigher(kind: TaskKind) {
        #expect(kind.primaryMetric.fits(kind) && kind.primaryMetric.higherIsBetter)
        #expect(kind.headlineMetrics.allSatisfy { $0.fits(kind) })
    }

    @Test func primaryMetrics() {
        #expect(Self.kinds.map(\.primaryMetric) == [.macroF1, .microF1, .pearson])
    }

    @Test func recipesKnowMetricsByTheseNames() {
        #expect(Metric(rawValue: "macro_f1") == .macroF1)
        #expect(Metric(rawValue: "r2") == .r2)
        #expect(Metric(rawValue: "mae") == .meanAbsoluteError)
    }
}
