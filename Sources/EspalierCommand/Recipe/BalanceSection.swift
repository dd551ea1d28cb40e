import Espalier
import Yams

/// `balance`: how much each task's gradient counts, chosen anew in every step.
struct BalanceSection: Equatable {
    enum Method: String, CaseIterable { case equal, mgda, pcgrad, cagrad, upgrad, gradnorm, modo }
    enum LevelName: String, CaseIterable { case gram, sketch, representation, rows }
    enum ScopeName: String, CaseIterable {
        case all
        case lastLayer = "last_layer"
    }

    var method: Method
    var level: LevelName
    /// Which shared layers' gradients the weights are chosen by; not asked at the level of representations.
    var scope: ScopeName
    /// Of a sketch: columns that each layer's gradients are projected to.
    var columns = 64
    /// Of CAGrad: the radius around the mean gradient, as a share of its norm.
    var c = 0.5
    /// Of GradNorm: how much faster the tasks that lag behind are pulled.
    var alpha = 1.5
    /// Of GradNorm and MoDo: of their weights.
    var learningRate: Double
    /// Of MoDo: how strongly the weights are held together.
    var decay = 0.1
    /// A task without a label in a batch stands with a running mean of this decay; nil: it is left out.
    var runningMean: Double?
    /// A batch is computed in at most so many parts, in a part's memory, and balanced as one.
    var parts = 1
    /// Weights are chosen every so many steps.
    var every = 1
    /// Steps from one note on the gradients in the report to the next.
    var logEvery = 50

    init(method: Method) {
        self.method = method
        level = method == .modo ? .rows : .gram
        scope = method == .gradnorm ? .lastLayer : .all
        learningRate = method == .modo ? 1e-3 : 0.025
    }

    /// A word is the method; `none` gives nil.
    ///
    /// - Parameter batchSize: what has no more parts than rows.
    static func read(_ value: RecipeValue, batchSize: Int) throws(RecipeError) -> BalanceSection? {
        if value.isScalar {
            return value.node.scalar?.string == "none" ? nil : BalanceSection(method: try value.choice(of: Method.self))
        }
        let section = try value.section(
            known: [
                "method", "level", "columns", "scope", "c", "alpha", "learning_rate", "decay", "absent", "parts",
                "every", "log_every",
            ])
        var balance = BalanceSection(method: try section.required("method").choice(of: Method.self))
        if let level = section["level"] {
            balance.level = try level.choice(of: LevelName.self)
            guard balance.method != .modo || balance.level == .rows else {
                throw level.error("modo needs the rows of the tasks' gradients")
            }
        }
        if let columns = section["columns"] {
            guard balance.level == .sketch else { throw columns.error("only the level sketch has columns") }
            balance.columns = try columns.integer(in: 1...65_536)
        }
        if let scope = section["scope"] {
            guard balance.level != .representation else {
                throw scope.error("the level representation measures no layers, and so has no scope")
            }
            balance.scope = try scope.choice(of: ScopeName.self)
        }
        if let c = section["c"] {
            guard balance.method == .cagrad else { throw c.error("only cagrad has a c") }
            balance.c = try c.number(.notNegative)
        }
        if let alpha = section["alpha"], balance.method != .gradnorm { throw alpha.error("only gradnorm has an alpha") }
        if let rate = section["learning_rate"], ![.gradnorm, .modo].contains(balance.method) {
            throw rate.error("only gradnorm and modo have a learning_rate")
        }
        if let decay = section["decay"], balance.method != .modo { throw decay.error("only modo has a decay") }
        balance.alpha = try section["alpha"]?.number(.notNegative) ?? balance.alpha
        balance.learningRate = try section["learning_rate"]?.number(.positive) ?? balance.learningRate
        balance.decay = try section["decay"]?.number(.notNegative) ?? balance.decay
        if let absent = section["absent"], absent.node.scalar?.string != "skip" {
            balance.runningMean = try absent.section(known: ["running_mean"]).required("running_mean")
                .number(.fraction)
        }
        if let parts = section["parts"] {
            balance.parts = try parts.integer(in: 1...65_536)
            guard balance.parts <= batchSize else {
                throw parts.error("\(parts.name) is \(balance.parts); a batch has \(batchSize) rows (batch_size)")
            }
        }
        if let every = section["every"] {
            balance.every = try every.integer(in: 1...1_000_000_000)
            guard balance.every == 1 || balance.level != .rows else {
                throw every.error("at the level rows every step is measured")
            }
        }
        balance.logEvery = try section["log_every"]?.integer(in: 1...1_000_000_000) ?? balance.logEvery
        return balance
    }

    /// - Parameter seed: of the methods that draw at random.
    func balancing(seed: UInt64) -> Balancing {
        let balancer: any Balancer =
            switch method {
            case .equal: EqualWeights()
            case .mgda: MGDA()
            case .pcgrad: PCGrad(seed: seed)
            case .cagrad: CAGrad(c: c)
            case .upgrad: UPGrad()
            case .gradnorm: GradNorm(alpha: alpha, learningRate: learningRate)
            case .modo: MoDo(learningRate: learningRate, decay: decay)
            }
        let gradientLevel: GradientLevel =
            switch level {
            case .gram: .gram
            case .sketch: .sketch(columns: columns)
            case .representation: .representation
            case .rows: .rows
            }
        return Balancing(
            balancer, level: gradientLevel, scope: scope == .all ? .all : .lastLayer,
            absentTasks: runningMean.map { .runningMean(decay: $0) } ?? .skip, batchParts: parts, interval: every,
            loggingInterval: logEvery)
    }

    var node: Node {
        .section([
            ("method", .text(method.rawValue)), ("level", .text(level.rawValue)),
            ("columns", level == .sketch ? .plain(columns) : nil),
            ("scope", level == .representation ? nil : .text(scope.rawValue)),
            ("c", method == .cagrad ? .plain(c) : nil),
            ("alpha", method == .gradnorm ? .plain(alpha) : nil),
            ("learning_rate", [.gradnorm, .modo].contains(method) ? .plain(learningRate) : nil),
            ("decay", method == .modo ? .plain(decay) : nil),
            ("absent", runningMean.map { .section([("running_mean", .plain($0))]) } ?? .text("skip")),
            ("parts", .plain(parts)), ("every", .plain(every)), ("log_every", .plain(logEvery)),
        ])
    }
}
