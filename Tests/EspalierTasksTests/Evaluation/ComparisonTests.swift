import EspalierTasks
import Foundation
import Testing

@Suite struct ComparisonTests {
    /// A regression whose predictions are the labels plus noise: the larger, the worse.
    static func evaluation(_ task: String, noise: Float) throws -> TaskEvaluation {
        let labels: [Float] = [1, 2, 3, 4, 5, 6]
        let predictions = zip(labels, [1, -1, 1, -1, -1, 1] as [Float]).map { $0 + noise * $1 }
        return try TaskEvaluation(task: task, predictions: .numbers(predictions), labels: .numbers(labels))
    }

    static func comparison() throws -> Comparison {
        try Comparison(
            seeds: [1, 2, 3],
            singleTask: [0.5, 0.52, 0.48].map { [try evaluation("a", noise: $0), try evaluation("b", noise: 0.5)] },
            multiTask: [0.25, 0.28, 0.26].map { [try evaluation("a", noise: $0), try evaluation("b", noise: 0.5)] })
    }

    @Test func eachTaskGetsItsOwnVerdict() throws {
        let comparison = try Self.comparison()
        #expect(comparison.tasks.map(\.task) == ["a", "b"])
        #expect(comparison.tasks.map(\.verdict) == [.better, .noClearDifference])
        let error = try #require(comparison.tasks[0].metrics.first { $0.metric == .meanAbsoluteError })
        #expect(abs(error.singleTask.mean - 0.5) < 1e-7)
        #expect(abs(error.singleTask.standardDeviation - 0.02) < 1e-7)
        #expect(error.difference.mean < 0 && error.verdict == .better)
    }

    @Test func theTwoFormsOfDeltaHaveOppositeSigns() throws {
        let comparison = try Self.comparison()
        #expect(comparison.deltaMLowerIsBetter < -5)
        #expect(abs(comparison.deltaPHigherIsBetter + comparison.deltaMLowerIsBetter) < 1e-12)
    }

    @Test func verdictsNeedEvidenceInTheRightDirection() {
        func verdict(_ metric: Metric, _ alone: [Double], _ together: [Double]) -> Verdict {
            MetricComparison(metric: metric, singleTask: alone, multiTask: together).verdict
        }
        #expect(verdict(.accuracy, [0.7, 0.72, 0.71], [0.74, 0.75, 0.73]) == .better)
        #expect(verdict(.meanAbsoluteError, [0.7, 0.72, 0.71], [0.74, 0.75, 0.73]) == .worse)
        #expect(verdict(.accuracy, [0.7, 0.72, 0.71], [0.6, 0.8, 0.75]) == .noClearDifference)
        #expect(verdict(.accuracy, [0.1], [0.9]) == .noClearDifference)
        #expect(verdict(.accuracy, [0.1, .nan], [0.9, 0.8]) == .noClearDifference)
    }

    @Test func oneSeedIsComparedWithoutATest() throws {
        let comparison = try Comparison(
            seeds: [7], singleTask: [[Self.evaluation("a", noise: 0.5)]],
            multiTask: [[Self.evaluation("a", noise: 0.25)]])
        #expect(comparison.tasks[0].metrics.allSatisfy { $0.pValue.isNaN })
        let json = String(decoding: try JSONEncoder().encode(comparison), as: UTF8.self)
        #expect(json.contains(#""pValue":null"#))
        #expect(comparison.rendered().contains("1 seed,"))
    }

    @Test func theTableStatesTheSigns() throws {
        let text = try Self.comparison().rendered()
        #expect(text.contains("lower is better") && text.contains("higher is better"))
        #expect(text.contains("0.500 ± 0.020"))
        let decoded = try JSONDecoder().decode(Comparison.self, from: JSONEncoder().encode(Self.comparison()))
        #expect(decoded.rendered() == text)
    }
}
