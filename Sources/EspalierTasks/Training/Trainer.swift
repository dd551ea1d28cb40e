import EspalierGraph
import EspalierKernels
import EspalierTensor

/// Trains a model: draws batches, steps, measures after each epoch, keeps the best.
///
///     let result = try Trainer(model).train(on: rows, dev: devRows)
///     print(try result.model.evaluate(testRows))
public struct Trainer {
    public let model: Model
    public var options: TrainingOptions
    public let backend: any Backend

    /// - Parameter backend: carries out the kernel calls; predictions of the trained model too.
    public init(_ model: Model, options: TrainingOptions = TrainingOptions(), backend: any Backend) {
        (self.model, self.options, self.backend) = (model, options, backend)
    }

    /// With our own kernels, on every physical core.
    ///
    /// - Throws: `KernelError.unavailable` if the system refuses the threads.
    public init(_ model: Model, options: TrainingOptions = TrainingOptions()) throws(KernelError) {
        self.init(model, options: options, backend: try NativeBackend())
    }

    /// How far training has come.
    public enum Progress: Sendable {
        /// After every step.
        case step(epoch: Int, step: Int, steps: Int)
        /// After every epoch.
        case epoch(TrainingReport.Epoch, isBest: Bool)
    }

    /// - Parameters:
    ///   - dataset: a row may lack some tasks' labels; rows without any are left out.
    ///   - dev: measured after each epoch.
    ///   - progress: called on this thread.
    /// - Throws: `TrainingError` for data that does not fit, options out of range, or a loss that is not a number;
    ///   `KernelError` if the backend fails.
    public func train(
        on dataset: Dataset, dev: Dataset? = nil, progress: (Progress) -> Void = { _ in }
    ) throws -> TrainingResult {
        try options.check(for: model)
        let heads = try options.trainedHeads(of: model)
        try options.checkEarlyStopping(dev: dev, heads: heads)
        let rows = try labelledRows(of: heads, in: dataset)
        let scales = try labelScales(of: heads, in: dataset)
        let step = try TrainingStep(
            model, heads: heads, dataset: dataset, scales: scales, options: options, backend: backend)
        var batches = ShuffledBatches(rows: rows, batchSize: options.batchSize, seed: options.seed)
        let stepsPerEpoch = options.stepsPerEpoch ?? batches.batchesPerPass
        var earlyStopping = options.earlyStopping
        let trained = TrainedModel(model: model, parameters: step.parameters, scales: scales, backend: backend)
        let best = ParameterSlab(zeros: step.parameters.layout)
        var epochs: [TrainingReport.Epoch] = []
        var gradients: [TrainingReport.GradientRecord] = []
        let clock = ContinuousClock()
        for epoch in 1...options.epochs {
            let start = clock.now
            let losses = try runEpoch(
                epoch, steps: stepsPerEpoch, of: step, heads: heads, batches: &batches, gradients: &gradients,
                progress: progress)
            let evaluations = try dev.map { rows in
                try trained.evaluate(rows).filter { evaluation in
                    heads.contains { $0.name == evaluation.task }
                }
            }
            if let evaluations { step.epochEnded(evaluations) }
            let record = TrainingReport.Epoch(
                number: epoch, seconds: (clock.now - start) / .seconds(1),
                learningRate: learningRate(step: epoch * stepsPerEpoch - 1, stepsPerEpoch), trainingLoss: losses,
                taskWeights: Dictionary(
                    uniqueKeysWithValues: heads.map { ($0.name, step.weight(of: $0, options.weighting)) }),
                dev: evaluations ?? [])
            epochs.append(record)
            let decision = earlyStopping?.record(epoch: epoch, evaluations: evaluations ?? [])
            if decision == .improved { best.copy(from: step.parameters) }
            progress(.epoch(record, isBest: decision == .improved))
            if decision == .stop { break }
        }
        if earlyStopping?.bestEpoch != nil { step.parameters.copy(from: best) }
        return TrainingResult(
            model: trained, epochs: epochs, gradients: gradients, bestEpoch: earlyStopping?.bestEpoch)
    }

    /// - Returns: each head's mean loss over the batches that had a label of it.
    private func runEpoch(
        _ epoch: Int, steps: Int, of step: TrainingStep, heads: [Head], batches: inout ShuffledBatches,
        gradients: inout [TrainingReport.GradientRecord], progress: (Progress) -> Void
    ) throws -> [String: Double] {
        var sums = [Double](repeating: 0, count: heads.count)
        var counts = [Int](repeating: 0, count: heads.count)
        for index in 0..<steps {
            let stepsBefore = (epoch - 1) * steps + index
            try step.run(
                batches.next(), learningRate: Float(learningRate(step: stepsBefore, steps)), epoch: epoch,
                draw: { batches.next() })
            if let interval = options.balancing?.loggingInterval, stepsBefore % interval == 0 {
                // Where weights are kept, what was noted already may be the latest there is.
                let noted = gradients.last?.step ?? 0
                gradients += step.gradientRecords().filter { $0.step > noted }
            }
            for head in heads.indices {
                guard let loss = step.lastLoss(of: head) else { continue }
                guard loss.isFinite else {
                    throw TrainingError.diverged(task: heads[head].name, epoch: epoch, step: index + 1)
                }
                sums[head] += Double(loss)
                counts[head] += 1
            }
            progress(.step(epoch: epoch, step: index + 1, steps: steps))
        }
        return Dictionary(
            uniqueKeysWithValues: heads.indices.map {
                (heads[$0].name, counts[$0] == 0 ? .nan : sums[$0] / Double(counts[$0]))
            })
    }

    private func learningRate(step: Int, _ stepsPerEpoch: Int) -> Double {
        options.optimizer.schedule.rate(
            base: options.optimizer.learningRate, step: step, totalSteps: options.epochs * stepsPerEpoch)
    }

    private func labelScales(of heads: [Head], in dataset: Dataset) throws(TrainingError) -> [String: Standardization] {
        var scales: [String: Standardization] = [:]
        for head in heads {
            guard case .numbers(let labels) = try dataset.labels(for: head) else { continue }
            scales[head.name] = Standardization(of: labels)
        }
        return scales
    }

    /// Rows with a label of at least one of the heads; every head must have some.
    private func labelledRows(of heads: [Head], in dataset: Dataset) throws(TrainingError) -> [Int] {
        guard dataset.count > 0 else { throw .emptyDataset }
        var isLabelled = [Bool](repeating: false, count: dataset.count)
        for head in heads {
            let rows = try dataset.labels(for: head).labelledRows
            if rows.isEmpty { throw .labels(task: head.name, problem: "no row of the training data has a label") }
            for row in rows { isLabelled[row] = true }
        }
        return isLabelled.indices.filter { isLabelled[$0] }
    }
}

/// What training leaves.
public struct TrainingResult {
    /// With the parameters of the best epoch under early stopping, else of the last.
    public let model: TrainedModel
    public let epochs: [TrainingReport.Epoch]
    /// How the tasks' gradients lay to each other, every `Balancing.loggingInterval` steps, a record for each group of
    /// shared parameters.
    public let gradients: [TrainingReport.GradientRecord]
    /// Under early stopping, the number of the epoch that was kept.
    public let bestEpoch: Int?
}
