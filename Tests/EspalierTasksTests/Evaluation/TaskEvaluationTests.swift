import EspalierTasks
import EspalierTensor
import Foundation
import Testing

/// Expected numbers come from scikit-learn: `roc_auc_score` (one against the rest, macro), `f1_score`.
@Suite struct TaskEvaluationTests {
    static let probabilities: [Float] = [
        0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.125, 0.125, 0.75, 0.5, 0.375, 0.125, 0.25, 0.25, 0.5,
        0.625, 0.25, 0.125, 0.125, 0.75, 0.125, 0.375, 0.5, 0.125, 0.25, 0.125, 0.625, 0.5, 0.25, 0.25,
        0.125, 0.5, 0.375, 0.25, 0.625, 0.125,
    ]
    static let classLabels: [Int32] = [0, 1, 2, 0, 1, 0, 1, 0, 2, 2, 1, 0]

    @Test func classificationAgreesWithScikitLearn() throws {
        let evaluation = try TaskEvaluation(
            task: "topic", predictions: .classes(probabilities: Self.probabilities, classes: 3),
            labels: .classes(Self.classLabels, names: ["a", "b", "c"]))
        #expect(evaluation.labelledRows == 12)
        #expect(evaluation.confusion?.counts == [[3, 2, 0], [0, 3, 1], [1, 0, 2]])
        #expect(abs(evaluation[.auc] - 0.8419808201058201) < 1e-15)
        #expect(abs(evaluation[.matthews] - 0.5) < 1e-15)
        #expect(evaluation.primary == evaluation[.macroF1])
        #expect(evaluation[.r2].isNaN)
        #expect(evaluation.ordered.map(\.metric) == [.accuracy, .macroF1, .microF1, .matthews, .auc])
    }

    @Test func unlabelledRowsChangeNothing() throws {
        let full = try TaskEvaluation(
            task: "t", predictions: .classes(probabilities: Self.probabilities, classes: 3),
            labels: .classes(Self.classLabels, names: ["a", "b", "c"]))
        let padded = try TaskEvaluation(
            task: "t", predictions: .classes(probabilities: [.nan, 0, 1] + Self.probabilities, classes: 3),
            labels: .classes([-1] + Self.classLabels, names: ["a", "b", "c"]))
        #expect(padded == full)
    }

    @Test func twoClassesUseTheSecondOnesScore() throws {
        let second: [Float] = [0.125, 0.5, 0.5, 0.25, 0.75, 0.875, 0.5, 0.375]
        let evaluation = try TaskEvaluation(
            task: "t", predictions: .classes(probabilities: second.flatMap { [1 - $0, $0] }, classes: 2),
            labels: .classes([0, 1, 0, 0, 1, 1, 0, 1], names: ["no", "yes"]))
        #expect(evaluation[.auc] == 0.8125)
    }

    @Test func multiLabelAgreesWithScikitLearn() throws {
        let evaluation = try Self.multiLabel([1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1])
        #expect(evaluation.labelledRows == 5 && evaluation.confusion == nil)
        #expect(abs(evaluation[.accuracy] - 0.4) < 1e-15)
        #expect(abs(evaluation[.macroF1] - 0.7) < 1e-15)
        #expect(abs(evaluation[.microF1] - 0.7142857142857143) < 1e-15)
        #expect(abs(evaluation[.auc] - 0.888888888888889) < 1e-15)
        #expect(evaluation.primary == evaluation[.microF1])
    }

    @Test func unknownLabelsOfARowAreLeftOutOneByOne() throws {
        let evaluation = try Self.multiLabel([1, 0, .nan, .nan, .nan, .nan, 1, 0, 0, 0, 1, 1, 0, 0, 1])
        #expect(evaluation.labelledRows == 4)
        #expect(evaluation[.accuracy] == 0.25)
        // Known: TP 3 (two of the first label, one of the third), FP 2, FN 2.
        #expect(abs(evaluation[.microF1] - 6.0 / 10) < 1e-15)
    }

    static func multiLabel(_ labels: [Float]) throws -> TaskEvaluation {
        let probabilities: [Float] = [
            0.75, 0.25, 0.5, 0.25, 0.625, 0.125, 0.5, 0.5, 0.25, 0.125, 0.375, 0.875, 0.625, 0.125, 0.375,
        ]
        return try TaskEvaluation(
            task: "facets", predictions: .sets(probabilities: probabilities, labels: 3),
            labels: .sets(Tensor(labels, shape: [5, 3]), names: ["x", "y", "z"]))
    }

    @Test func regressionSkipsMissingNumbers() throws {
        let evaluation = try TaskEvaluation(
            task: "intensity", predictions: .numbers([1, 99, 3, 5]), labels: .numbers([2, .nan, 3, 3]))
        #expect(evaluation.labelledRows == 3)
        #expect(evaluation[.meanAbsoluteError] == 1)
        #expect(evaluation.primary == evaluation[.pearson])
    }

    @Test func aDivergedModelHasNoMetrics() throws {
        let classes = try TaskEvaluation(
            task: "t", predictions: .classes(probabilities: [.nan, .nan, 0.5, 0.5], classes: 2),
            labels: .classes([0, 1], names: ["a", "b"]))
        #expect(classes.ordered.allSatisfy { $0.value.isNaN } && classes.confusion == nil)
        let numbers = try TaskEvaluation(
            task: "t", predictions: .numbers([.nan, 1, 2]), labels: .numbers([1, 2, 3]))
        #expect(numbers.ordered.allSatisfy { $0.value.isNaN })
    }

    @Test func withoutLabelledRowsNothingIsDefined() throws {
        let none = try TaskEvaluation(
            task: "t", predictions: .classes(probabilities: [0.5, 0.5], classes: 2),
            labels: .classes([-1], names: ["a", "b"]))
        #expect(none.labelledRows == 0 && none.ordered.allSatisfy { $0.value.isNaN })
        let empty = try TaskEvaluation(task: "t", predictions: .numbers([]), labels: .numbers([]))
        #expect(empty.ordered.allSatisfy { $0.value.isNaN })
    }

    @Test func jsonHoldsNullForNaNAndComesBack() throws {
        let evaluation = try TaskEvaluation(
            task: "t", predictions: .numbers([1, 2]), labels: .numbers([3, 3]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(evaluation)
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.contains(#""values":{"mae":1.5,"pearson":null,"r2":null,"#))
        let decoded = try JSONDecoder().decode(TaskEvaluation.self, from: json)
        #expect(decoded[.meanAbsoluteError] == 1.5 && decoded[.pearson].isNaN)
        #expect(try encoder.encode(decoded) == json)
    }

    @Test func whatDoesNotFitIsRefused() {
        #expect(throws: EvaluationError.kind(task: "t", predicted: .regression)) {
            try TaskEvaluation(task: "t", predictions: .numbers([1]), labels: .classes([0], names: ["a"]))
        }
        #expect(throws: EvaluationError.count(task: "t", what: "rows", predicted: 1, labelled: 2)) {
            try TaskEvaluation(task: "t", predictions: .numbers([1]), labels: .numbers([1, 2]))
        }
        #expect(throws: EvaluationError.unknownClass(task: "t", row: 1, label: 2, classes: 2)) {
            try TaskEvaluation(
                task: "t", predictions: .classes(probabilities: [0.5, 0.5, 0.5, 0.5], classes: 2),
                labels: .classes([0, 2], names: ["a", "b"]))
        }
        #expect(
            EvaluationError.unknownClass(task: "topic", row: 1, label: 2, classes: 2).description
                == "task topic, row 1: label 2 is not one of the 2 classes of the model")
    }
}
