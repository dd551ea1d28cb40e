/// Ends training once the dev rows stop gaining, and remembers the best epoch.
public struct EarlyStopping: Sendable, Codable, Equatable {
    /// What has to gain.
    public enum Target: Sendable, Codable, Equatable {
        /// The mean of the tasks' primary metrics (`jointScore`), all of which are better when higher.
        case joint
        /// One metric of one task; nil is its primary one. Errors gain by falling.
        case task(String, metric: Metric?)
    }

    /// What to do after an epoch.
    public enum Decision: Sendable, Equatable {
        /// The best epoch so far: keep its parameters.
        case improved
        case wait
        case stop
    }

    public let target: Target
    /// Epochs in a row without a gain until training stops; fewer than 1 counts as 1.
    public let patience: Int
    /// Nil until an epoch had a defined value.
    public private(set) var bestEpoch: Int?
    /// The target's value in the best epoch.
    public private(set) var bestValue: Double?
    public private(set) var epochsWithoutGain = 0

    public init(target: Target = .joint, patience: Int) {
        self.target = target
        self.patience = patience
    }

    /// Takes in one epoch. A NaN, or a task that is not among the evaluations, is no gain.
    ///
    /// - Parameter evaluations: every task on the dev rows.
    public mutating func record(epoch: Int, evaluations: [TaskEvaluation]) -> Decision {
        if let value = value(of: evaluations), gains(value) {
            bestEpoch = epoch
            bestValue = value
            epochsWithoutGain = 0
            return .improved
        }
        epochsWithoutGain += 1
        return epochsWithoutGain >= patience ? .stop : .wait
    }

    /// The target's value; nil if it is not defined.
    private func value(of evaluations: [TaskEvaluation]) -> Double? {
        let value: Double? =
            switch target {
            case .joint: evaluations.jointScore
            case .task(let name, let metric):
                evaluations.first { $0.task == name }.map { $0[metric ?? $0.kind.primaryMetric] }
            }
        return value.flatMap { $0.isNaN ? nil : $0 }
    }

    private func gains(_ value: Double) -> Bool {
        guard let bestValue else { return true }
        if case .task(_, let metric?) = target, !metric.higherIsBetter { return value < bestValue }
        return value > bestValue
    }
}
