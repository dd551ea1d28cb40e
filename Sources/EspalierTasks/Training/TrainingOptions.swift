import EspalierGraph

/// How to train.
public struct TrainingOptions: Sendable {
    public var epochs: Int
    /// Rows in a step.
    public var batchSize: Int
    /// Optimizer steps in an epoch; nil for one pass over the labelled rows.
    public var stepsPerEpoch: Int?
    public var optimizer: Optimizer
    /// Fixed or learned weights of the losses.
    public var weighting: TaskWeighting
    /// Weights chosen anew in every step, from the losses and gradients; they multiply fixed ones. Nil for none.
    public var balancing: Balancing?
    /// Ends training early and keeps the best epoch's parameters; needs dev rows. Nil keeps the last epoch's.
    public var earlyStopping: EarlyStopping?
    /// Of initial parameters, the order of rows, and dropout.
    public var seed: UInt64
    /// The heads to train; nil for all. The others have no loss: no gradient reaches what they alone use.
    public var heads: [String]?

    public init(
        epochs: Int = 10, batchSize: Int = 32, stepsPerEpoch: Int? = nil, optimizer: Optimizer = .adam(),
        weighting: TaskWeighting = .equal, balancing: Balancing? = nil, earlyStopping: EarlyStopping? = nil,
        seed: UInt64 = 0, heads: [String]? = nil
    ) {
        (self.epochs, self.batchSize, self.stepsPerEpoch) = (epochs, batchSize, stepsPerEpoch)
        (self.optimizer, self.weighting, self.balancing) = (optimizer, weighting, balancing)
        (self.earlyStopping, self.seed, self.heads) = (earlyStopping, seed, heads)
    }
}

extension TrainingOptions {
    /// The heads to train, in the model's order.
    ///
    /// - Throws: `TrainingError.option` for a name that is no head of the model, or for no names.
    func trainedHeads(of model: Model) throws(TrainingError) -> [Head] {
        guard let heads else { return model.heads }
        if heads.isEmpty { throw .option(name: "heads", problem: "none to train") }
        for name in heads { try model.requireHead(name, option: "heads") }
        return model.heads.filter { heads.contains($0.name) }
    }

    /// - Throws: `TrainingError.option` naming the first option out of range.
    func check(for model: Model) throws(TrainingError) {
        try requireAtLeastOne(epochs, "epochs")
        try requireAtLeastOne(batchSize, "batch size")
        if let stepsPerEpoch { try requireAtLeastOne(stepsPerEpoch, "steps per epoch") }
        try optimizer.check()
        if let balancing {
            try requireAtLeastOne(balancing.batchParts, "batch parts")
            try requireAtLeastOne(balancing.loggingInterval, "logging interval")
            try requireAtLeastOne(balancing.interval, "balancing interval")
            if balancing.interval > 1, balancing.batchParts > 1 {
                throw .option(name: "balancing interval", problem: "a batch in parts is measured in every step")
            }
            if case .runningMean = balancing.absentTasks, balancing.balancer is any MeasuringBalancer {
                throw .option(name: "balancing", problem: "the balancer goes without running means of absent tasks")
            }
            if balancing.interval > 1, (balancing.level ?? balancing.balancer.level) == .rows {
                throw .option(name: "balancing interval", problem: "at the level of rows every step is measured")
            }
            if balancing.level == .losses, balancing.balancer.level != .losses {
                throw .option(name: "balancing", problem: "the balancer needs more than the losses")
            }
            if let level = balancing.level, level != .rows, balancing.balancer.level == .rows {
                throw .option(name: "balancing", problem: "the balancer needs the rows of the tasks' gradients")
            }
        }
        if balancing != nil, weighting == .uncertainty {
            throw .option(name: "balancing", problem: "weights are learned by uncertainty already")
        }
        if case .fixed(let weights) = weighting {
            for (task, weight) in weights.sorted(by: { $0.key < $1.key }) {
                try model.requireHead(task, option: "weights")
                // A task of weight 0 would be measured and never learned; `heads` leaves it out.
                try require(
                    weight > 0 && weight.isFinite, "weight of \(task)", "\(weight); a positive number is wanted")
            }
        }
    }

    /// - Throws: `TrainingError.option` if early stopping is asked for and its target cannot be measured on dev rows.
    func checkEarlyStopping(dev: Dataset?, heads: [Head]) throws(TrainingError) {
        guard let earlyStopping else { return }
        func requireTarget(_ isMeasurable: Bool, _ problem: @autoclosure () -> String) throws(TrainingError) {
            try require(isMeasurable, "early stopping", problem())
        }
        guard let dev, dev.count > 0 else {
            throw .option(name: "early stopping", problem: "there are no dev rows to measure")
        }
        switch earlyStopping.target {
        case .joint:
            try requireTarget(heads.contains { dev.hasLabels(of: $0.name) }, "the dev rows have no labels")
        case .task(let name, let metric):
            guard let head = heads.first(where: { $0.name == name }) else {
                throw .option(name: "early stopping", problem: "no trained task is called \(name)")
            }
            try requireTarget(dev.hasLabels(of: name), "the dev rows have no labels of \(name)")
            if let metric {
                try requireTarget(metric.fits(head.kind), "\(metric.displayName) does not measure \(name)")
            }
        }
    }
}

extension Optimizer {
    /// - Throws: `TrainingError.option` naming the first number out of range.
    func check() throws(TrainingError) {
        try require(
            learningRate > 0 && learningRate.isFinite, "learning rate", "\(learningRate); a positive number is wanted")
        if let clippingNorm {
            try require(
                clippingNorm > 0 && clippingNorm.isFinite, "clipping norm",
                "\(clippingNorm); a positive number is wanted")
        }
        switch rule {
        case .sgd(let momentum, _, let weightDecay):
            try requireFraction(momentum, "momentum")
            try requireDecay(weightDecay)
        case .adam(let beta1, let beta2, let epsilon, let weightDecay),
            .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            try requireFraction(beta1, "beta1")
            try requireFraction(beta2, "beta2")
            try require(epsilon > 0 && epsilon.isFinite, "epsilon", "\(epsilon); a positive number is wanted")
            try requireDecay(weightDecay)
        }
        try schedule.check()
    }

    private func requireFraction(_ value: Float, _ name: String) throws(TrainingError) {
        try require(value >= 0 && value < 1, name, "\(value); at least 0 and below 1 is wanted")
    }

    private func requireDecay(_ value: Float) throws(TrainingError) {
        try require(value >= 0 && value.isFinite, "weight decay", "\(value); at least 0 is wanted")
    }
}

extension LearningRateSchedule {
    fileprivate func check() throws(TrainingError) {
        switch self {
        case .constant: break
        case .cosine(let finalFraction):
            try require(0...1 ~= finalFraction, "final fraction", "\(finalFraction); 0 to 1 is wanted")
        case .stepDecay(let factor, let every):
            try require(factor > 0 && factor.isFinite, "decay factor", "\(factor); a positive number is wanted")
            try requireAtLeastOne(every, "decay steps")
        case .warmUp(let steps, let next):
            try require(steps >= 0, "warm-up steps", "\(steps); at least 0 is wanted")
            try next.check()
        }
    }
}

extension Dataset {
    fileprivate func hasLabels(of task: String) -> Bool { labels[task].map { !$0.labelledRows.isEmpty } ?? false }
}

extension Model {
    fileprivate func requireHead(_ name: String, option: String) throws(TrainingError) {
        try require(
            heads.contains { $0.name == name }, option,
            "the model has no head \(name); there are \(heads.map(\.name).joined(separator: ", "))")
    }
}

private func requireAtLeastOne(_ value: Int, _ name: String) throws(TrainingError) {
    try require(value >= 1, name, "\(value); at least 1 is wanted")
}

private func require(
    _ isInRange: Bool, _ name: String, _ problem: @autoclosure () -> String
) throws(TrainingError) {
    if !isInRange { throw .option(name: name, problem: problem()) }
}
