import EspalierKernels
import EspalierTensor

/// A computation as data: nodes in one array, each using only nodes before it, so that append order is a topological
/// order. Draw it with `input`, `parameter` and the operations on `Value`; derive it with `gradients`; print it; then
/// `compile` it to a `Program` and run.
///
/// A shape mistake is a programming error and traps while drawing, naming the operation, the layer path and the shapes.
public final class Graph {
    /// In the order drawn: a node comes after its operands.
    public private(set) var nodes: [Node] = []
    /// Parameters in the order of their first use, by id.
    public private(set) var parameters: [Value] = []
    /// Inputs by id, in the order drawn.
    public private(set) var inputs: [Value] = []

    /// Nodes whose values gradients compute again; what was drawn inside another ends no later.
    private(set) var checkpoints: [Range<Int>] = []

    private var path: [String] = []
    private var stage = 0
    private var derives = false
    private var idsByName: [String: Int] = [:]
    private var idsByLane: [Slot: Int] = [:]

    public init() { nodes.reserveCapacity(64) }

    /// One node of a graph.
    public struct Node {
        /// What it computes.
        public let operation: Operation
        /// Ids of the operands.
        public let inputs: [Int]
        /// The result's shape: of one lane, if there are several.
        public let shape: Shape
        /// How many results of that shape are held, one for each of several cotangents; 1 for all that a user draws.
        /// An operand of one lane serves all lanes of the others.
        public let lanes: Int
        /// Which part of a run computes it: 0, or what `Graph.stage` said.
        public let stage: Int
        /// The type of the result's elements.
        public let type: ScalarType
        /// The layer that drew it, such as `trunk.1`; empty outside any.
        public let path: String
        /// Whether a derivative drew it.
        let isGradient: Bool
        /// The node whose value is computed again here, for a checkpoint; that is none such itself.
        let original: Int?
    }

    /// What the elements of a value are.
    public enum ScalarType: String, Sendable { case float32, int32 }

    /// Runs `body` with `name` appended to the path that nodes and parameters drawn inside carry.
    public func scope<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        path.append(name)
        defer { path.removeLast() }
        return try body()
    }

    /// Runs `body` so that what it draws is computed by `Program.run(stage:)` of that number, or of a later one if an
    /// operand is. Between two stages the caller may read results and set inputs.
    public func stage<Result, Failure: Error>(
        _ number: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outer = stage
        stage = number
        defer { stage = outer }
        return try body()
    }

    /// Runs `body` so that gradients compute again what it draws instead of keeping it: less memory, for at most one more
    /// forward pass of the part. All results have the same bits as without; dropout drops the same elements again.
    ///
    ///     let hidden = graph.checkpoint { layers.reduce(x) { $1.draw($0) } }
    ///
    /// What flows in and what is used outside is kept. n layers alike in √n checkpoints need the least, about 2√n values
    /// at a time instead of n (Chen, Xu, Zhang, Guestrin 2016, arXiv:1604.06174). Checkpoints may be nested: what is
    /// drawn in d of them is computed up to d times more. Custom operations inside must give equal results for equal
    /// operands.
    public func checkpoint<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = nodes.count
        defer { if nodes.count > start { checkpoints.append(start..<nodes.count) } }
        return try body()
    }

    /// The present path joined with `name`: how a parameter drawn here is called.
    public func qualified(_ name: String) -> String { (path + [name]).joined(separator: ".") }

    /// Appends an operation and returns its value. Operations' own files offer the readable forms.
    @discardableResult
    func append(_ operation: Operation, _ inputs: [Value], type: ScalarType = .float32) -> Value {
        let place = path.joined(separator: ".")
        for input in inputs where input.graph !== self {
            fatalError(Self.mistake(operation, place, inputs, "an operand belongs to another graph"))
        }
        let rule = operation.rule
        let shape: Shape
        let lanes: Int
        do {
            shape = try rule.shape(of: inputs.map(\.shape))
            lanes = try rule.lanes(of: inputs.map(\.lanes))
        } catch {
            fatalError(Self.mistake(operation, place, inputs, error.text))
        }
        var type = type
        if rule.isAlias {
            type = inputs[0].node.type
        } else if let position = inputs.indices.first(where: {
            (inputs[$0].node.type == .int32) != rule.indexOperands.contains($0)
        }) {
            let isIndex = inputs[position].node.type == .int32
            let text = "operand \(position) is \(isIndex ? "int32, float32" : "float32, int32") is wanted"
            fatalError(Self.mistake(operation, place, inputs, text))
        }
        // A leaf has its memory from the start.
        let stage = inputs.isEmpty ? 0 : inputs.reduce(stage) { max($0, $1.node.stage) }
        nodes.append(
            Node(
                operation: operation, inputs: inputs.map(\.id), shape: shape, lanes: lanes, stage: stage, type: type,
                path: place, isGradient: derives, original: nil))
        return Value(graph: self, id: nodes.count - 1)
    }

    /// Appends a node that computes the same again, from operands of equal value; no earlier than the node itself, whose
    /// inputs may be set just before its stage.
    func appendAgain(_ id: Int, _ inputs: [Int]) -> Int {
        let node = nodes[id]
        let stage = inputs.reduce(max(stage, node.stage)) { max($0, nodes[$1].stage) }
        nodes.append(
            Node(
                operation: node.operation, inputs: inputs, shape: node.shape, lanes: node.lanes, stage: stage,
                type: node.type, path: node.path, isGradient: node.isGradient, original: node.original ?? id))
        return nodes.count - 1
    }

    /// A value that is set before each run.
    ///
    /// - Parameters:
    ///   - name: unique among the graph's inputs; drawing the same name again returns the same value.
    public func input(_ name: String, _ shape: Shape, type: ScalarType = .float32) -> Value {
        leaf("input " + name, shape) {
            let value = append(.input(.init(name: name, shape: shape)), [], type: type)
            inputs.append(value)
            return value
        }
    }

    /// A learned value, named by the present path and `name` (`trunk.0.weight`), initialised as told. Drawing the same
    /// name again returns the same value: that is how layers share parameters.
    public func parameter(_ name: String, _ shape: Shape, _ initializer: Initializer) -> Value {
        let name = qualified(name)
        return leaf("parameter " + name, shape) {
            let value = append(.parameter(.init(name: name, shape: shape, initializer: initializer)), [])
            parameters.append(value)
            return value
        }
    }

    /// The parameter of that full name, if it has been drawn.
    public func parameter(named name: String) -> Value? {
        idsByName["parameter " + name].map { Value(graph: self, id: $0) }
    }

    /// A value that never changes.
    public func constant(_ tensor: Tensor) -> Value { append(.constant(.init(tensor: tensor)), []) }

    /// A scalar that never changes, of shape `[]`.
    public func constant(_ scalar: Float) -> Value { constant(Tensor([scalar], shape: [])) }

    /// One lane of a value; the same node however often it is asked for.
    func lane(_ index: Int, of value: Value) -> Value {
        if value.lanes == 1, index == 0 { return value }
        let slot = Slot(node: value.id, lane: index)
        if let id = idsByLane[slot] { return Value(graph: self, id: id) }
        let lane = append(.lane(.init(index: index)), [value])
        idsByLane[slot] = lane.id
        return lane
    }

    /// Runs `body`, which draws derivatives, so that what it draws carries the path of `node`: a layer's backward belongs
    /// to the layer.
    func deriving<Result, Failure: Error>(
        _ node: Node, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outer = (path, derives)
        (path, derives) = (node.path.isEmpty ? [] : [node.path], true)
        defer { (path, derives) = outer }
        return try body()
    }

    private func leaf(_ key: String, _ shape: Shape, _ draw: () -> Value) -> Value {
        if let id = idsByName[key] {
            require(nodes[id].shape == shape, "[graph] \(key): drawn as \(nodes[id].shape) and as \(shape)")
            return Value(graph: self, id: id)
        }
        let value = draw()
        idsByName[key] = value.id
        return value
    }

    private static func mistake(_ operation: Operation, _ path: String, _ inputs: [Value], _ text: String) -> String {
        let shapes = inputs.map { $0.node.shapeText }.joined(separator: " x ")
        return "[\(operation.rule.name)] \(path.isEmpty ? "" : path + ": ")\(shapes), \(text)"
    }
}

/// A node's result, as the one who draws the graph holds it.
public struct Value: Hashable {
    /// The graph it was drawn in.
    public let graph: Graph
    /// The node's place in `graph.nodes`.
    public let id: Int

    var node: Graph.Node { graph.nodes[id] }
    /// The shape of the node's result: of one lane, if there are several.
    public var shape: Shape { node.shape }
    /// How many results of that shape the node holds.
    var lanes: Int { node.lanes }

    /// The same node of the same graph.
    public static func == (a: Value, b: Value) -> Bool { a.id == b.id && a.graph === b.graph }
    /// By the node's place.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Why an operation's operands do not fit together.
struct ShapeMistake: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

/// What a graph cannot do.
public enum GraphError: Error, Equatable, CustomStringConvertible {
    /// A gradient was asked for through an operation that has no rule for this operand.
    case notDifferentiable(operation: String, path: String, hint: String)
    /// Gradients were to be measured by layers of which one is none that several losses depend on.
    case notShared(layer: String, shared: [String])
    /// A parameter of the graph is not in the slab it is compiled against, or has another shape there.
    case parameterMismatch(name: String, detail: String)

    /// `[operation] layer: what is wrong`, one line.
    public var description: String {
        switch self {
        case .notDifferentiable(let operation, let path, let hint):
            "[\(operation)] \(path.isEmpty ? "" : path + ": ")not differentiable here; \(hint)"
        case .notShared(let layer, let shared):
            "[balance] \(layer): no layer that tasks share; they share \(shared.joined(separator: ", "))"
        case .parameterMismatch(let name, let detail): "[parameter] \(name): \(detail)"
        }
    }
}
