import Espalier
import Yams

/// `balance`: how much each task's gradient counts, chosen anew in every step.
struct BalanceSection: Equatable {
    enum Method: String, CaseIterable { case equal, mgda, pcgrad, cagrad, upgrad, gradnorm }
    enum LevelName: String, CaseIterable { case gram, sketch, representation, rows }
    enum ScopeName: String, CaseIterable {
        case all
        case lastLayer = "last_layer"
    }

    var method: Method
    var level = LevelName.gram
    /// Which shared layers' gradients the weights are chosen by; not asked at the level of representations.
    var scope: ScopeName
    /// Of a sketch: columns that each layer's gradients are projected to.
    var columns = 64
    /// Of CAGrad: the radius around the mean gradient, as a share of its norm.
    var c = 0.5
    /// Of GradNorm: how much faster the tasks that lag behind are pulled.
    var alpha = 1.5
    /// Of GradNorm: of its weights.
    var learningRate = 0.025
    /// A task without a label in a batch stands with a running mean of this decay; nil: it is left out.
    var runningMean: Double?
    /// A batch is computed in at most so many parts, in a part's memory, and balanced as one.
    var parts = 1
    /// Steps from one note on the gradients in the report to the next.
    var logEvery = 50

    init(method: Method) {
        self.method = method
        scope = method == .gradnorm ? .lastLayer : .all
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
                "method", "level", "columns", "scope", "c", "alpha", "learning_rate", "absent", "parts", "log_every",
            ])
        var balance = BalanceSection(method: try section.required("method").choice(of: Method.self))
        balance.level = try section["level"]?.choice(of: LevelName.self) ?? balance.level
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
        if let value = section["alpha"] ?? section["learning_rate"], balance.method != .gradnorm {
            throw value.error("only gradnorm has an alpha and a learning_rate")
        }
        balance.alpha = try section["alpha"]?.number(.notNegative) ?? balance.alpha
        balance.learningRate = try section["learning_rate"]?.number(.positive) ?? balance.learningRate
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
            absentTasks: runningMean.map { .runningMean(decay: $0) } ?? .skip, batchParts: parts,
            loggingInterval: logEvery)
    }

    var node: Node {
        .section([
            ("method", .text(method.rawValue)), ("level", .text(level.rawValue)),
            ("columns", level == .sketch ? .plain(columns) : nil),
            ("scope", level == .representation ? nil : .text(scope.rawValue)),
            ("c", method == .cagrad ? .plain(c) : nil),
            ("alpha", method == .gradnorm ? .plain(alpha) : nil),
            ("learning_rate", method == .gradnorm ? .plain(learningRate) : nil),
            ("absent", runningMean.map { .section([("running_mean", .plain($0))]) } ?? .text("skip")),
            ("parts", .plain(parts)), ("log_every", .plain(logEvery)),
        ])
    }
}
