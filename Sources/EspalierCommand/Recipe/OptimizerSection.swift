import Espalier
import Yams

/// `optimizer`: how the parameters follow the gradients.
struct OptimizerSection: Equatable {
    enum Name: String, CaseIterable { case adam, adamw, sgd }
    enum ScheduleName: String, CaseIterable { case constant, cosine, step }

    var name = Name.adam
    var learningRate = 0.003
    var weightDecay = 0.0
    /// Of SGD only.
    var momentum = 0.0
    var schedule = ScheduleName.constant
    /// Of cosine: what is left of the rate in the last step, as a fraction.
    var finalFraction = 0.0
    /// Of step: what the rate is multiplied by after every so many steps.
    var factor = 0.1
    var every = 1000
    /// Steps in which the rate rises from near 0.
    var warmUp = 0
    /// The largest norm of the gradient; nil for any.
    var clip: Double?

    init() {}

    init(_ value: RecipeValue) throws(RecipeError) {
        if value.isScalar {
            name = try value.choice(of: Name.self)
            if name == .adamw { weightDecay = Self.adamWDecay }
            return
        }
        let section = try value.section(
            known: ["name", "learning_rate", "weight_decay", "momentum", "schedule", "clip"])
        name = try section["name"]?.choice(of: Name.self) ?? name
        learningRate = try section["learning_rate"]?.number(.positive) ?? learningRate
        weightDecay = try section["weight_decay"]?.number(.notNegative) ?? (name == .adamw ? Self.adamWDecay : 0)
        if let momentum = section["momentum"] {
            guard name == .sgd else { throw momentum.error("only sgd has a momentum") }
            self.momentum = try momentum.number(.fraction)
        }
        if let schedule = section["schedule"] { try read(schedule: schedule) }
        if let clip = section["clip"], clip.node.scalar?.string != "none" { self.clip = try clip.number(.positive) }
    }

    private static let adamWDecay = 0.01

    private mutating func read(schedule value: RecipeValue) throws(RecipeError) {
        if value.isScalar {
            schedule = try value.choice(of: ScheduleName.self)
            return
        }
        let section = try value.section(known: ["name", "final_fraction", "factor", "every", "warm_up"])
        schedule = try section["name"]?.choice(of: ScheduleName.self) ?? .constant
        if let value = section["final_fraction"] {
            guard schedule == .cosine else { throw value.error("only the cosine schedule has a final_fraction") }
            finalFraction = try value.number(.fraction)
        }
        if let value = section["factor"] ?? section["every"], schedule != .step {
            throw value.error("only the step schedule has a factor and an every")
        }
        factor = try section["factor"]?.number(.fraction) ?? factor
        every = try section["every"]?.integer(in: 1...1_000_000_000) ?? every
        warmUp = try section["warm_up"]?.integer(in: 0...1_000_000_000) ?? 0
    }

    var optimizer: Optimizer {
        let decay = Float(weightDecay)
        let rule: OptimizerRule =
            switch name {
            case .adam: .adam(weightDecay: decay)
            case .adamw: .adamW(weightDecay: decay)
            case .sgd: .sgd(momentum: Float(momentum), weightDecay: decay)
            }
        let base: LearningRateSchedule =
            switch schedule {
            case .constant: .constant
            case .cosine: .cosine(finalFraction: finalFraction)
            case .step: .stepDecay(factor: factor, every: every)
            }
        return Optimizer(
            rule, learningRate: learningRate, schedule: warmUp > 0 ? .warmUp(steps: warmUp, then: base) : base,
            clippingNorm: clip.map(Float.init))
    }

    var node: Node {
        .section([
            ("name", .text(name.rawValue)), ("learning_rate", .plain(learningRate)),
            ("weight_decay", .plain(weightDecay)), ("momentum", name == .sgd ? .plain(momentum) : nil),
            (
                "schedule",
                .section([
                    ("name", .text(schedule.rawValue)),
                    ("final_fraction", schedule == .cosine ? .plain(finalFraction) : nil),
                    ("factor", schedule == .step ? .plain(factor) : nil),
                    ("every", schedule == .step ? .plain(every) : nil), ("warm_up", .plain(warmUp)),
                ])
            ),
            ("clip", clip.map { .plain($0) } ?? .text("none")),
        ])
    }
}
