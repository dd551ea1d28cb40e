import Espalier
import Yams

/// One of `tasks`: the column that holds its labels, and how it is learned.
struct TaskSection: Equatable {
    var field: TaskField
    var loss: Loss
    /// Widths of the head's own layers before its last one.
    var hidden: [Int] = []

    enum Loss: Equatable {
        case crossEntropy(labelSmoothing: Double, classWeights: ClassWeights)
        case regression(RegressionLoss, delta: Double)
        /// Of a set of labels; it has no options.
        case sigmoidCrossEntropy
    }

    enum ClassWeights: Equatable {
        case equal
        /// Inversely proportional to the class's share of the training rows; 1 on average over the rows.
        case balanced
        /// By class; 1 for those not named.
        case named([String: Double])
    }

    enum RegressionLoss: String, CaseIterable {
        case squared, absolute, huber

        var kind: RegressionLossKind {
            switch self {
            case .squared: .squared
            case .absolute: .absolute
            case .huber: .huber
            }
        }
    }

    private enum Kind: String, CaseIterable {
        case classes, number, labels

        var keys: [String] {
            ["kind", "column", "hidden"] + options
        }

        private var options: [String] {
            switch self {
            case .classes: ["names", "label_smoothing", "class_weights"]
            case .number: ["loss", "delta"]
            case .labels: ["names", "separator"]
            }
        }
    }

    /// The task without options.
    init(field: TaskField) {
        self.field = field
        loss =
            switch field.kind {
            case .classes: .crossEntropy(labelSmoothing: 0, classWeights: .equal)
            case .number: .regression(.squared, delta: 1)
            case .labels: .sigmoidCrossEntropy
            }
    }

    /// All tasks: a section of names, each with its kind or a section of options.
    static func all(_ value: RecipeValue) throws(RecipeError) -> [TaskSection] {
        var tasks: [TaskSection] = []
        for (key, value) in try value.members() {
            tasks.append(try TaskSection(key.nameWithoutDots(of: "a task", key.text()), value))
        }
        guard !tasks.isEmpty else { throw value.error("there is no task") }
        return tasks
    }

    private init(_ name: String, _ value: RecipeValue) throws(RecipeError) {
        if value.isScalar {
            let kind: LabelKind =
                switch try value.choice(of: Kind.self) {
                case .classes: .classes()
                case .number: .number
                case .labels: .labels()
                }
            self.init(field: TaskField(name: name, kind: kind))
            return
        }
        guard let kind = try value.member("kind")?.choice(of: Kind.self) else {
            throw value.error("\(value.name) has no kind; known are classes, number, labels")
        }
        let section = try value.section(known: kind.keys)
        let column = try section["column"]?.text()
        let names = try section["names"]?.names()
        let labels: LabelKind =
            switch kind {
            case .classes: .classes(names: names)
            case .number: .number
            case .labels: .labels(separator: try section["separator"]?.text() ?? ",", names: names)
            }
        self.init(field: TaskField(name: name, column: column, kind: labels))
        hidden = try section["hidden"]?.widths() ?? []
        switch kind {
        case .classes:
            loss = .crossEntropy(
                labelSmoothing: try section["label_smoothing"]?.number(.fraction) ?? 0,
                classWeights: try section["class_weights"].map(Self.classWeights) ?? .equal)
        case .number:
            let kind = try section["loss"]?.choice(of: RegressionLoss.self) ?? .squared
            if kind != .huber, let delta = section["delta"] { throw delta.error("only the huber loss has a delta") }
            loss = .regression(kind, delta: try section["delta"]?.number(.positive) ?? 1)
        case .labels: break
        }
    }

    private static func classWeights(_ value: RecipeValue) throws(RecipeError) -> ClassWeights {
        if value.isScalar {
            switch try value.text() {
            case "equal": return .equal
            case "balanced": return .balanced
            default:
                throw value.error("\(value.name) must be equal, balanced, or a section with a weight for each class")
            }
        }
        var weights: [String: Double] = [:]
        for (key, value) in try value.members() { weights[try key.text()] = try value.number(.positive) }
        return .named(weights)
    }

    var node: Node {
        var members: [(String, Node?)] = [("column", .text(field.column))]
        switch field.kind {
        case .classes(let names): members += [("kind", .text("classes")), ("names", names.map(Node.texts))]
        case .number: members.append(("kind", .text("number")))
        case .labels(let separator, let names):
            members += [
                ("kind", .text("labels")), ("separator", .text(separator)), ("names", names.map(Node.texts)),
            ]
        }
        switch loss {
        case .sigmoidCrossEntropy: break
        case .crossEntropy(let labelSmoothing, let classWeights):
            members += [("label_smoothing", .plain(labelSmoothing)), ("class_weights", classWeights.node)]
        case .regression(let kind, let delta):
            members += [("loss", .text(kind.rawValue)), ("delta", kind == .huber ? .plain(delta) : nil)]
        }
        return .section(members + [("hidden", .plains(hidden))])
    }
}

extension TaskSection.ClassWeights {
    fileprivate var node: Node {
        switch self {
        case .equal: .text("equal")
        case .balanced: .text("balanced")
        case .named(let weights): .section(weights.sorted { $0.key < $1.key }.map { ($0.key, .plain($0.value)) })
        }
    }
}

extension RecipeValue {
    /// A list of different texts.
    fileprivate func names() throws(RecipeError) -> [String] {
        var names: [String] = []
        for value in try list() {
            let name = try value.text()
            if names.contains(name) { throw value.error("the name \"\(name)\" stands twice") }
            names.append(name)
        }
        guard !names.isEmpty else { throw error("\(name) is empty") }
        return names
    }

    /// Widths of layers.
    func widths() throws(RecipeError) -> [Int] {
        var widths: [Int] = []
        for value in try list() { widths.append(try value.integer(in: 1...65_536)) }
        guard widths.count <= 64 else { throw error("\(name) has \(widths.count) layers; at most 64 are built") }
        return widths
    }
}
