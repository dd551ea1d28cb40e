import EspalierGraph
import EspalierKernels

/// Trains every task alone and then all together, on the same rows, with the same seeds and as many steps, and measures
/// both on rows that neither has seen.
public struct TaskComparisonRun {
    public let model: Model
    /// `seed` is not used; `heads` names the tasks to compare, nil for all.
    public let options: TrainingOptions
    public let backend: any Backend

    public init(_ model: Model, options: TrainingOptions, backend: any Backend) {
        (self.model, self.options, self.backend) = (model, options, backend)
    }

    /// - Parameters:
    ///   - dev: for early stopping.
    ///   - seeds: one run of everything for each.
    ///   - progress: told in words what has been finished.
    /// - Throws: `TrainingError`, also if the test rows lack a task's labels.
    public func run(
        train: Dataset, dev: Dataset?, test: Dataset, seeds: [UInt64], progress: (String) -> Void = { _ in }
    ) throws -> Comparison {
        let heads = try options.trainedHeads(of: model)
        for head in heads { _ = try test.labels(for: head) }
        var single: [[TaskEvaluation]] = []
        var multi: [[TaskEvaluation]] = []
        for seed in seeds {
            multi.append(try evaluations(heads, train: train, dev: dev, test: test, seed: seed))
            progress("seed \(seed): all tasks together")
            single.append(
                try heads.flatMap { head in
                    let alone = try evaluations([head], train: train, dev: dev, test: test, seed: seed)
                    progress("seed \(seed): \(head.name) alone")
                    return alone
                })
        }
        return Comparison(seeds: seeds, singleTask: single, multiTask: multi)
    }

    /// The same budget for one task as for all: as many steps of as many rows, however few of them it has labels for.
    private func evaluations(
        _ heads: [Head], train: Dataset, dev: Dataset?, test: Dataset, seed: UInt64
    ) throws -> [TaskEvaluation] {
        let names = heads.map(\.name)
        var options = options
        options.seed = seed
        options.heads = names
        options.stepsPerEpoch =
            options.stepsPerEpoch ?? max(1, (train.count + options.batchSize - 1) / max(1, options.batchSize))
        if let stopping = options.earlyStopping, case .task(let task, _) = stopping.target, !names.contains(task) {
            options.earlyStopping = EarlyStopping(patience: stopping.patience)
        }
        let result = try Trainer(model, options: options, backend: backend).train(on: train, dev: dev)
        return try result.model.evaluate(test).filter { names.contains($0.task) }
    }
}
