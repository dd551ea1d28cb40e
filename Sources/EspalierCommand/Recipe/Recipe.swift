import Espalier
import Foundation
import Yams

/// Everything that determines a model: data, network, losses, optimizer, seed. What `train` reads and writes as YAML.
struct Recipe: Equatable {
    var data: DataSection
    var inputs: InputSection
    var tasks: [TaskSection]
    var trunk: TrunkSection
    var weights: TaskWeighting
    /// Nil: no balancing by gradients.
    var balance: BalanceSection?
    var optimizer: OptimizerSection
    var epochs: Int
    var batchSize: Int
    /// Nil: train all epochs.
    var earlyStopping: EarlyStoppingSection?
    var seed: UInt64
    var backend: String
    /// Nil for one on every physical core.
    var threads: Int?

    private static let keys = [
        "data", "inputs", "tasks", "trunk", "weights", "balance", "optimizer", "epochs", "batch_size",
        "early_stopping", "seed", "backend", "threads",
    ]

    /// - Parameter folder: what a relative path in the recipe is relative to.
    init(_ node: Node, source: RecipeSource, folder: URL) throws(RecipeError) {
        let section = try RecipeValue(node, name: "", source: source).section(known: Self.keys)
        data = try DataSection(section.required("data"), folder: folder)
        let isPackaged = data.origin == .snippets
        if isPackaged, section["inputs"] == nil {
            inputs = InputSection(fields: Snippets.schema.inputs)
        } else {
            inputs = try InputSection(section.required("inputs"))
        }
        if isPackaged, section["tasks"] == nil {
            tasks = Snippets.schema.tasks.map(TaskSection.init)
        } else {
            tasks = try TaskSection.all(section.required("tasks"))
        }
        trunk = try section["trunk"].map(TrunkSection.init) ?? TrunkSection()
        let names = tasks.map(\.field.name)
        weights = try section["weights"]?.weighting(tasks: names) ?? .equal
        epochs = try section["epochs"]?.integer(in: 1...1_000_000) ?? 20
        batchSize = try section["batch_size"]?.integer(in: 1...65_536) ?? 32
        balance = nil
        if let value = section["balance"] { balance = try BalanceSection.read(value, batchSize: batchSize) }
        if balance != nil, weights == .uncertainty, let value = section["balance"] {
            throw value.error("weights are learned by uncertainty already; leave out weights or balance")
        }
        optimizer = try section["optimizer"].map(OptimizerSection.init) ?? OptimizerSection()
        let hasDev = if case .column(_, _, nil, _) = data.split { false } else { true }
        if let value = section["early_stopping"] {
            earlyStopping = try EarlyStoppingSection.read(value, tasks: names)
            if earlyStopping != nil, !hasDev { throw value.error("early stopping needs dev rows; the split has none") }
        } else {
            earlyStopping = hasDev ? EarlyStoppingSection() : nil
        }
        seed = try section["seed"]?.seed() ?? 0
        backend = try section["backend"]?.text() ?? "native"
        threads = nil
        if let value = section["threads"], value.node.scalar?.string != "auto" {
            threads = try value.integer(in: 1...256)
        }
        try checkNames(section)
    }

    /// Reads a recipe's file; relative paths in it are relative to its folder.
    init(path: String) throws(RecipeError) {
        try self.init(
            RecipeFile.read(path: path), source: RecipeSource(file: path),
            folder: URL(fileURLWithPath: path).deletingLastPathComponent())
    }

    /// The graph calls a bag's parts NAME.ids, NAME.offsets and NAME.weights, a label label.TASK.
    private func checkNames(_ section: RecipeSection) throws(RecipeError) {
        guard tasks.contains(where: { ["ids", "offsets", "weights"].contains($0.field.name) }),
            let input = inputs.fields.first(where: { ["label", "mask", "weight"].contains($0.name) }),
            let tasks = section["tasks"]
        else { return }
        throw tasks.error("a task called ids, offsets or weights does not go with an input called \(input.name)")
    }

    /// Every value, defaults too.
    var node: Node {
        .section([
            ("data", data.node), ("inputs", inputs.node),
            ("tasks", .section(tasks.map { ($0.field.name, $0.node) })),
            ("trunk", trunk.node), ("weights", weights.node),
            ("balance", balance?.node ?? .text("none")), ("optimizer", optimizer.node),
            ("epochs", .plain(epochs)), ("batch_size", .plain(batchSize)),
            ("early_stopping", earlyStopping?.node ?? .text("none")), ("seed", .plain(seed)),
            ("backend", .text(backend)), ("threads", threads.map { .plain($0) } ?? .text("auto")),
        ])
    }

    func yaml() throws(RecipeError) -> String { try RecipeFile.write(node) }
}

/// `early_stopping`: how long to wait for a gain on the dev rows, and in what.
struct EarlyStoppingSection: Equatable {
    /// Epochs without a gain.
    var patience = 3
    /// Nil: all tasks together.
    var task: String?

    /// A number is the patience; `none` gives nil.
    static func read(_ value: RecipeValue, tasks: [String]) throws(RecipeError) -> EarlyStoppingSection? {
        if value.isScalar {
            if value.node.scalar?.string == "none" { return nil }
            return EarlyStoppingSection(patience: try value.integer(in: 1...1_000_000))
        }
        let section = try value.section(known: ["patience", "on"])
        var stopping = EarlyStoppingSection()
        stopping.patience = try section["patience"]?.integer(in: 1...1_000_000) ?? stopping.patience
        if let on = section["on"], on.node.scalar?.string != "joint" {
            let task = try on.text()
            guard tasks.contains(task) else {
                throw on.error("\(on.name): " + unknown("task", task, known: ["joint"] + tasks))
            }
            stopping.task = task
        }
        return stopping
    }

    var earlyStopping: EarlyStopping {
        EarlyStopping(target: task.map { .task($0, metric: nil) } ?? .joint, patience: patience)
    }

    var node: Node { .section([("patience", .plain(patience)), ("on", .text(task ?? "joint"))]) }
}

extension RecipeValue {
    /// `equal`, `uncertainty`, or a weight for each task by name.
    fileprivate func weighting(tasks: [String]) throws(RecipeError) -> TaskWeighting {
        if isScalar {
            switch try text() {
            case "equal": return .equal
            case "uncertainty": return .uncertainty
            default: throw error("\(name) must be equal, uncertainty, or a section with a weight for each task")
            }
        }
        var weights: [String: Float] = [:]
        for (key, value) in try members() {
            let task = try key.text()
            guard tasks.contains(task) else { throw key.error(unknown("task", task, known: tasks)) }
            weights[task] = Float(try value.number(.positive))
        }
        return .fixed(weights)
    }
}

extension TaskWeighting {
    fileprivate var node: Node {
        switch self {
        case .equal: .text("equal")
        case .uncertainty: .text("uncertainty")
        case .fixed(let weights): .section(weights.sorted { $0.key < $1.key }.map { ($0.key, .plain($0.value)) })
        }
    }
}
