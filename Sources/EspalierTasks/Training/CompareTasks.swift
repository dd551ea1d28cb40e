import EspalierGraph
import EspalierKernels

/// Trains every task alone and then all together, on the same rows, with the same seeds and as many steps, and measures
/// both on rows that neither has seen.
public struct TaskComparisonRun {
    public let model: Model
    public let options: TrainingOptions
    public let backend: any Backend

    public init(_ model: Model, options: TrainingOptions, backend: any Backend) {
        (self.model, self.options, self.backend) = (model, options, backend)
    }

    /// - Parameters:
    ///   - seeds: one run of everything for each.
    ///   - progress: told in words what has been finished.
    public func run(
        train: Dataset, dev: Dataset?, test: Dataset, seeds: [UInt64], progress: (String) -> Void = { _ in }
    ) throws -> Comparison {
        var single: [[TaskEvaluation]] = []
        var multi: [[TaskEvaluation]] = []
        for seed in seeds {
            let together = try evaluations(heads: nil, train: train, dev: dev, test: test, seed: seed)
            multi.append(together)
            progress("seed \(seed): all tasks together")
            single.append(
                try model.heads.map { head in
                    let alone = try evaluations(heads: [head.name], train: train, dev: dev, test: test, seed: seed)
                    progress("seed \(seed): \(head.name) alone")
                    return alone[0]
                })
        }
        return Comparison(seeds: seeds, singleTask: single, multiTask: multi)
    }

    /// The same budget for one task as for all: as many steps of as many rows, however few of them it has labels for.
    private func evaluations(
        heads: [String]?, train: Dataset, dev: Dataset?, test: Dataset, seed: UInt64
    ) throws -> [TaskEvaluation] {
        var options = options
        options.seed = seed
        options.heads = heads
        options.stepsPerEpoch = options.stepsPerEpoch ?? (train.count + options.batchSize - 1) / options.batchSize
        if heads != nil, case .task(let task, _)? = options.earlyStopping?.target, !heads!.contains(task) {
            options.earlyStopping = options.earlyStopping.map { EarlyStopping(patience: $0.patience) }
        }
        let result = try Trainer(model, options: options, backend: backend).train(on: train, dev: dev)
        return try result.model.evaluate(test, backend: backend).filter { heads?.contains($0.task) ?? true }
    }
}
