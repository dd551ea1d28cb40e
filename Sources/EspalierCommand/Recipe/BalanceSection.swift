import Espalier
import Yams

/// `balance`: how much each task's gradient counts, chosen in every step, or every so many.
struct BalanceSection: Equatable {
    enum Method: String, CaseIterable { case equal, mgda, pcgrad, cagrad, upgrad, gradnorm, modo }
    enum LevelName: String, CaseIterable { case gram, sketch, representation, rows }
    enum Scope: Equatable {
        case all, lastLayer
        case layers([String])
    }
    enum GroupingName: String, CaseIterable { case tasks, layers, whole }

    var method: Method
    var level: LevelName
    /// Which shared layers' gradients the weights are chosen by; not asked at the level of representations.
    var scope: Scope
    /// Which shared layers have weights of their own: those of the same tasks, each one, or none.
    var grouping: GroupingName
    /// Whether the weights count for what one task alone depends on, too.
    var weightsHeads: Bool
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
        weightsHeads = method == .gradnorm
        grouping = method == .gradnorm || method == .modo ? .whole : .tasks
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
                "method", "level", "columns", "scope", "grouping", "weights_heads", "c", "alpha", "learning_rate",
                "decay", "absent", "parts", "every", "log_every",
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
            guard balance.method != .modo else {
                throw scope.error("modo goes by all shared layers, and so has no scope")
            }
            balance.scope = try readScope(scope)
        }
        balance.weightsHeads = try section["weights_heads"]?.flag() ?? balance.weightsHeads
        balance.grouping = balance.isOneGroup ? .whole : .tasks
        if let grouping = section["grouping"] {
            balance.grouping = try grouping.choice(of: GroupingName.self)
            guard !balance.isOneGroup || balance.grouping == .whole else {
                throw grouping.error(
                    "\(balance.method == .modo ? "modo has" : "where heads are weighted (weights_heads) there is") one group: whole"
                )
            }
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
        if let absent = section["absent"], balance.runningMean != nil, balance.method == .modo {
            throw absent.error("modo goes without running means: it leaves out absent tasks")
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
            guard balance.every == 1 || balance.parts == 1 else {
                throw every.error("a batch in parts is measured in every step")
            }
        }
        balance.logEvery = try section["log_every"]?.integer(in: 1...1_000_000_000) ?? balance.logEvery
        return balance
    }

    /// Weights of heads, and measurements of several batches, are for one group.
    private var isOneGroup: Bool { weightsHeads || method == .modo }

    private static func readScope(_ value: RecipeValue) throws(RecipeError) -> Scope {
        enum Word: String, CaseIterable {
            case all
            case lastLayer = "last_layer"
        }
        if value.isScalar { return try value.choice(of: Word.self) == .all ? .all : .lastLayer }
        let layers = try value.list()
        if layers.isEmpty { throw value.error("\(value.name) names no layer") }
        var names: [String] = []
        for layer in layers { names.append(try layer.text()) }
        return .layers(names)
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
        let gradientScope: GradientScope =
            switch scope {
            case .all: .all
            case .lastLayer: .lastLayer
            case .layers(let names): .layers(names)
            }
        let gradientGrouping: GradientGrouping =
            switch grouping {
            case .tasks: .byTasks
            case .layers: .byLayers
            case .whole: .whole
            }
        return Balancing(
            balancer, level: gradientLevel, scope: gradientScope, grouping: gradientGrouping,
            absentTasks: runningMean.map { .runningMean(decay: $0) } ?? .skip, weightsHeads: weightsHeads,
            batchParts: parts, interval: every, loggingInterval: logEvery)
    }

    var node: Node {
        .section([
            ("method", .text(method.rawValue)), ("level", .text(level.rawValue)),
            ("columns", level == .sketch ? .plain(columns) : nil),
            ("scope", level == .representation || method == .modo ? nil : scope.node),
            ("grouping", .text(grouping.rawValue)),
            ("weights_heads", .plain(weightsHeads)),
            ("c", method == .cagrad ? .plain(c) : nil),
            ("alpha", method == .gradnorm ? .plain(alpha) : nil),
            ("learning_rate", [.gradnorm, .modo].contains(method) ? .plain(learningRate) : nil),
            ("decay", method == .modo ? .plain(decay) : nil),
            ("absent", runningMean.map { .section([("running_mean", .plain($0))]) } ?? .text("skip")),
            ("parts", .plain(parts)), ("every", .plain(every)), ("log_every", .plain(logEvery)),
        ])
    }
}

extension BalanceSection.Scope {
    fileprivate var node: Node {
        switch self {
        case .all: .text("all")
        case .lastLayer: .text("last_layer")
        case .layers(let names): .texts(names)
        }
    }
}
