import EspalierTasks
import Testing

@Suite struct EarlyStoppingTests {
    /// Two tasks: accuracy as given for the first (of 10 rows), constant predictions for the second.
    static func evaluations(right: Int) throws -> [TaskEvaluation] {
        let probabilities: [Float] = (0..<10).flatMap { row -> [Float] in
            (row % 2 == 0) == (row < right) ? [1, 0] : [0, 1]
        }
        let first = try TaskEvaluation(
            task: "class", predictions: .classes(probabilities: probabilities, classes: 2),
            labels: .classes((0..<10).map { Int32($0 % 2) }, names: ["even", "odd"]))
        let second = try TaskEvaluation(
            task: "number", predictions: .numbers([Float(10 - right), 0, 0]), labels: .numbers([0, 0, 0]))
        return [first, second]
    }

    @Test func stopsAfterPatienceEpochsWithoutGain() throws {
        var stopping = EarlyStopping(target: .task("class", metric: .accuracy), patience: 2)
        let decisions = try [5, 7, 6, 8, 8, 7].enumerated().map { epoch, right in
            stopping.record(epoch: epoch, evaluations: try Self.evaluations(right: right))
        }
        #expect(decisions == [.improved, .improved, .wait, .improved, .wait, .stop])
        #expect(stopping.bestEpoch == 3 && stopping.bestValue == 0.8)
    }

    @Test func errorsGainByFalling() throws {
        var stopping = EarlyStopping(target: .task("number", metric: .meanAbsoluteError), patience: 1)
        #expect(stopping.record(epoch: 0, evaluations: try Self.evaluations(right: 5)) == .improved)
        #expect(stopping.record(epoch: 1, evaluations: try Self.evaluations(right: 9)) == .improved)
        #expect(stopping.record(epoch: 2, evaluations: try Self.evaluations(right: 4)) == .stop)
        #expect(stopping.bestEpoch == 1)
    }

    @Test func theJointScoreLeavesOutWhatTheLabelsCannotSay() throws {
        let evaluations = try Self.evaluations(right: 8)
        #expect(evaluations[1].primary.isNaN)
        #expect(evaluations.jointScore == evaluations[0].primary)
        var stopping = EarlyStopping(patience: 3)
        #expect(stopping.record(epoch: 0, evaluations: evaluations) == .improved)
        #expect(stopping.bestValue == evaluations[0].primary)
    }

    @Test func undefinedValuesAreNoGain() throws {
        var stopping = EarlyStopping(target: .task("missing", metric: nil), patience: 0)
        #expect(stopping.record(epoch: 0, evaluations: try Self.evaluations(right: 5)) == .stop)
        #expect(stopping.bestEpoch == nil)
        #expect([TaskEvaluation]().jointScore.isNaN)
    }
}
