import EspalierGraph
import EspalierKernels
import Testing

@testable import EspalierTasks

@Suite struct CompareTasksTests {
    private let train = SmallProblem.dataset(48).limitingLabels(of: "kind", keep: 10, seed: 1)
    private let test = SmallProblem.dataset(30, seed: 2)
    private let options = TrainingOptions(epochs: 2, batchSize: 16)

    private func run(_ options: TrainingOptions, test: Dataset) throws -> Comparison {
        try TaskComparisonRun(SmallProblem.model(), options: options, backend: ReferenceBackend())
            .run(train: train, dev: SmallProblem.dataset(20, seed: 3), test: test, seeds: [4, 5])
    }

    /// A task with ten labels gets as many steps alone as all tasks together: 3 an epoch, not 1.
    @Test func everyRunHasTheSameBudget() throws {
        let comparison = try run(options, test: test)
        #expect(comparison.tasks.map(\.task) == ["kind", "marks", "amount"] && comparison.seeds == [4, 5])
        func accuracies(heads: [String]?) throws -> [Double] {
            try [4, 5].map { (seed: UInt64) in
                var options = options
                (options.seed, options.heads, options.stepsPerEpoch) = (seed, heads, 3)
                let result = try Trainer(SmallProblem.model(), options: options, backend: ReferenceBackend())
                    .train(on: train)
                return try result.model.evaluate(test)[0][.macroF1]
            }
        }
        let kind = try #require(comparison.tasks[0].metrics.first { $0.metric == .macroF1 })
        #expect(kind.singleTask.values == (try accuracies(heads: ["kind"])))
        #expect(kind.multiTask.values == (try accuracies(heads: nil)))
    }

    @Test func someTasksCanBeCompared() throws {
        var options = options
        options.heads = ["amount", "kind"]
        options.weighting = .fixed(["marks": 2, "kind": 2])
        options.earlyStopping = EarlyStopping(target: .task("kind", metric: nil), patience: 1)
        #expect(try run(options, test: test).tasks.map(\.task) == ["kind", "amount"])
    }

    @Test func testRowsNeedLabels() {
        var unlabelled = test
        unlabelled.labels["marks"] = nil
        #expect(throws: TrainingError.self) { _ = try run(options, test: unlabelled) }
    }
}
