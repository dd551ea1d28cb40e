import EspalierGraph

/// An optimizer with its learning rate and what changes it. Numbers out of range are refused when training starts, by
/// `TrainingError.option`.
public struct Optimizer: Sendable, Codable, Equatable {
    public var rule: OptimizerRule
    /// The highest rate of the schedule; positive.
    public var learningRate: Double
    public var schedule: LearningRateSchedule
    /// Gradients with a larger Euclidean norm, over all parameters together, are scaled down to it; positive.
    public var clippingNorm: Float?

    public init(
        _ rule: OptimizerRule, learningRate: Double, schedule: LearningRateSchedule = .constant,
        clippingNorm: Float? = nil
    ) {
        (self.rule, self.learningRate, self.schedule) = (rule, learningRate, schedule)
        self.clippingNorm = clippingNorm
    }

    public static func adam(learningRate: Double = 1e-3, schedule: LearningRateSchedule = .constant) -> Optimizer {
        Optimizer(.adam(), learningRate: learningRate, schedule: schedule)
    }

    public static func adamW(
        learningRate: Double = 1e-3, weightDecay: Float = 0.01, schedule: LearningRateSchedule = .constant
    ) -> Optimizer {
        Optimizer(.adamW(weightDecay: weightDecay), learningRate: learningRate, schedule: schedule)
    }

    public static func sgd(
        learningRate: Double, momentum: Float = 0, schedule: LearningRateSchedule = .constant
    ) -> Optimizer {
        Optimizer(.sgd(momentum: momentum), learningRate: learningRate, schedule: schedule)
    }
}
