import EspalierGraph
import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierTasks

/// Whatever data or options can be wrong with is told, not trapped.
@Suite struct TrainingErrorTests {
    /// What training on the changed data or with the changed options throws.
    private func error(
        _ model: Model = SmallProblem.model(), dev: Dataset? = nil,
        _ change: (inout Dataset, inout TrainingOptions) -> Void
    ) -> TrainingError? {
        var (dataset, options) = (SmallProblem.dataset(8), TrainingOptions(epochs: 2, batchSize: 4))
        change(&dataset, &options)
        let trainer = Trainer(model, options: options, backend: ReferenceBackend())
        return #expect(throws: TrainingError.self) { _ = try trainer.train(on: dataset, dev: dev) }
    }

    private func isInput(_ error: TrainingError?, saying text: String) -> Bool {
        if case .input(name: "x", let problem)? = error { problem.contains(text) } else { false }
    }

    private func isLabels(_ error: TrainingError?, of task: String, saying text: String) -> Bool {
        if case .labels(task, let problem)? = error { problem.contains(text) } else { false }
    }

    private func isOption(_ error: TrainingError?, _ name: String) -> Bool {
        if case .option(name, _)? = error { true } else { false }
    }

    @Test func ofInputs() {
        #expect(isInput(error { data, _ in data.inputs = [:] }, saying: "not in the data"))
        func dense(_ tensor: Tensor) -> TrainingError? { error { data, _ in data.inputs["x"] = .dense(tensor) } }
        #expect(isInput(dense(Tensor(zeros: [8, 5])), saying: "wants"))
        #expect(isInput(dense(Tensor(zeros: [7, 6])), saying: "7 rows"))
        #expect(isInput(dense(Tensor(zeros: [48])), saying: "[rows, width]"))
        var numbers = [Float](repeating: 0, count: 48)
        numbers[13] = .infinity
        #expect(isInput(dense(Tensor(numbers, shape: [8, 6])), saying: "row 2, column 1"))
    }

    @Test func ofBags() {
        func bags(_ ids: [Int32], _ offsets: [Int32], _ weights: [Float], vocabulary: Int = 4) -> TrainingError? {
            let model = Model(
                input: .bags("x", vocabulary: 4), trunk: EmbeddingBag(3), heads: [.classification("kind", classes: 3)])
            return error(model) { data, _ in
                data = data.subset([0, 1])
                data.inputs["x"] = .bags(Bags(vocabulary: vocabulary, ids: ids, offsets: offsets, weights: weights))
            }
        }
        #expect(isInput(bags([0, 4], [0, 1, 2], [1, 1]), saying: "the id 4"))
        #expect(isInput(bags([0, -1], [0, 1, 2], [1, 1]), saying: "the id -1"))
        #expect(isInput(bags([0, 1], [0, 2, 1], [1, 1]), saying: "offsets"))
        #expect(isInput(bags([0, 1], [0, 1, 3], [1, 1]), saying: "offsets"))
        #expect(isInput(bags([0, 1], [0, 1, 2], [1]), saying: "1 weights"))
        #expect(isInput(bags([0, 1], [0, 1, 2], [1, .nan]), saying: "nan"))
        #expect(isInput(bags([0, 1], [0, 1, 2], [1, 1], vocabulary: 5), saying: "wants"))
    }

    @Test func ofTokens() {
        func tokens(_ ids: [Int32], vocabulary: Int = 4) -> TrainingError? {
            let model = Model(
                input: .tokens("x", vocabulary: 4, length: 2), trunk: Embedding(vocabulary: 4, width: 3),
                heads: [.classification("kind", classes: 3)])
            return error(model) { data, _ in
                data = data.subset([0, 1])
                data.inputs["x"] = .tokens(Tokens(vocabulary: vocabulary, length: 2, ids: ids))
            }
        }
        #expect(isInput(tokens([0, 1, 2]), saying: "no rows of 2"))
        #expect(isInput(tokens([0, 1, 2, 4]), saying: "the id 4"))
        #expect(isInput(tokens([0, 1, 2, 4], vocabulary: 5), saying: "wants"))
    }

    @Test func ofLabels() {
        func labels(_ task: String, _ column: LabelColumn?) -> TrainingError? {
            error { data, _ in data.labels[task] = column }
        }
        #expect(isLabels(labels("kind", nil), of: "kind", saying: "no labels"))
        let outOfRange = labels("kind", .classes([0, 3, 0, 0, 0, 0, 0, 0], count: 3))
        #expect(isLabels(outOfRange, of: "kind", saying: "label 3 in row 1"))
        let unlabelled = labels("kind", .classes([Int32](repeating: -1, count: 8), count: 3))
        #expect(isLabels(unlabelled, of: "kind", saying: "no row"))
        #expect(isLabels(labels("kind", .classes([0], count: 3)), of: "kind", saying: "1 rows"))
        #expect(isLabels(labels("kind", .classes([0], count: 4)), of: "kind", saying: "4 class names"))
        #expect(isLabels(labels("kind", .numbers([0])), of: "kind", saying: "another kind"))
        let infinite = labels("amount", .numbers([0, .infinity, 0, 0, 0, 0, 0, 0]))
        #expect(isLabels(infinite, of: "amount", saying: "row 1"))
        let half = labels(
            "marks", .sets(Tensor([Float](repeating: 0.5, count: 16), shape: [8, 2]), names: ["a", "b"]))
        #expect(isLabels(half, of: "marks", saying: "neither 0 nor 1"))
    }

    @Test func ofAnEmptyDataset() {
        #expect(error { data, _ in data = data.subset([]) } == .emptyDataset)
    }

    @Test func ofDivergence() {
        let error = error { _, options in
            options.optimizer = .sgd(learningRate: 1e30)
            options.epochs = 20
        }
        guard case .diverged(let task, let epoch, let step)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(["kind", "marks", "amount"].contains(task) && epoch >= 1 && step >= 1)
    }

    @Test func ofOptions() {
        func option(_ change: (inout TrainingOptions) -> Void) -> TrainingError? { error { change(&$1) } }
        #expect(isOption(option { $0.epochs = 0 }, "epochs"))
        #expect(isOption(option { $0.batchSize = 0 }, "batch size"))
        #expect(isOption(option { $0.stepsPerEpoch = 0 }, "steps per epoch"))
        #expect(isOption(option { $0.optimizer.learningRate = 0 }, "learning rate"))
        #expect(isOption(option { $0.optimizer.learningRate = .nan }, "learning rate"))
        #expect(isOption(option { $0.optimizer.clippingNorm = -1 }, "clipping norm"))
        #expect(isOption(option { $0.optimizer.rule = .sgd(momentum: 1) }, "momentum"))
        #expect(isOption(option { $0.optimizer.rule = .adam(beta2: 1) }, "beta2"))
        #expect(isOption(option { $0.optimizer.rule = .adam(epsilon: 0) }, "epsilon"))
        #expect(isOption(option { $0.optimizer.rule = .adamW(weightDecay: -1) }, "weight decay"))
        let schedule = LearningRateSchedule.warmUp(steps: 2, then: .cosine(finalFraction: 2))
        #expect(isOption(option { $0.optimizer.schedule = schedule }, "final fraction"))
        #expect(isOption(option { $0.weighting = .fixed(["other": 1]) }, "weights"))
        #expect(isOption(option { $0.weighting = .fixed(["kind": -1]) }, "weight of kind"))
        #expect(isOption(option { $0.heads = ["other"] }, "heads"))
        #expect(isOption(option { $0.heads = [] }, "heads"))
    }

    @Test func ofEarlyStopping() {
        let rows = SmallProblem.dataset(4)
        func stopping(_ target: EarlyStopping.Target, dev: Dataset?) -> Bool {
            isOption(
                error(dev: dev) { $1.earlyStopping = EarlyStopping(target: target, patience: 1) }, "early stopping")
        }
        #expect(stopping(.joint, dev: nil))
        #expect(stopping(.joint, dev: Dataset(inputs: rows.inputs, labels: [:])))
        #expect(stopping(.task("other", metric: nil), dev: rows))
        #expect(stopping(.task("kind", metric: .pearson), dev: rows))
        #expect(stopping(.task("kind", metric: nil), dev: rows.blanking("kind", 0..<4)))
    }
}
