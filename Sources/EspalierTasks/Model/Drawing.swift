import EspalierGraph
import EspalierTensor

/// A model being drawn into a graph, for one batch shape: what a `Model`'s body draws with.
public final class Drawing {
    public let graph = Graph()
    /// False for evaluation and prediction: no dropout.
    public let isTraining: Bool

    let model: Model
    private let shape: BatchShape
    /// Logits of the heads drawn so far.
    private(set) var logits: [String: Value] = [:]
    private(set) var penalties: [Value] = []

    init(_ model: Model, shape: BatchShape, isTraining: Bool) {
        self.model = model
        self.shape = shape
        self.isTraining = isTraining
        model.body(self)
        for head in model.heads where logits[head.name] == nil {
            preconditionFailure("[Model] the head \(head.name) was never drawn")
        }
    }

    /// An input of the model.
    public func input(_ name: String) -> Signal {
        guard let input = model.inputs.first(where: { $0.name == name }) else {
            preconditionFailure("[Model] no input is called \(name); there are \(model.inputs.map(\.name))")
        }
        switch input.kind {
        case .dense(let width): return .value(graph.input(name, [shape.rows, width]))
        case .tokens(_, let length): return .value(graph.input(name, [shape.rows, length], type: .int32))
        case .bags(let vocabulary):
            let capacity = shape.bagCapacity[name] ?? 0
            return .bags(
                BagSignal(
                    vocabulary: vocabulary, ids: graph.input("\(name).ids", [capacity], type: .int32),
                    offsets: graph.input("\(name).offsets", [shape.rows + 1], type: .int32),
                    weights: graph.input("\(name).weights", [capacity])))
        }
    }

    /// Draws a layer under a name. Drawing under one name again shares the parameters.
    public func callAsFunction(_ name: String, _ layer: some Layer, _ input: Signal) -> Value {
        scope(name) { layer.draw(input, self) }
    }

    /// Draws a layer under a name. Drawing under one name again shares the parameters.
    public func callAsFunction(_ name: String, _ layer: some Layer, _ input: Value) -> Value {
        self(name, layer, .value(input))
    }

    /// Draws a head on a representation `[batch, features]`.
    ///
    /// - Returns: the head's logits, `[batch, classes]`, `[batch, labels]` or `[batch, 1]`: a later task may take them
    ///   as its input.
    @discardableResult
    public func head(_ name: String, _ representation: Value) -> Value {
        guard let head = model.heads.first(where: { $0.name == name }) else {
            preconditionFailure("[Model] no head is called \(name); there are \(model.heads.map(\.name))")
        }
        precondition(logits[name] == nil, "[Model] the head \(name) is drawn twice")
        let drawn = scope("head.\(name)") { head.draw(representation, self) }
        logits[name] = drawn
        return drawn
    }

    /// Adds a scalar to the loss, beside the tasks': a regulariser. Unused outside training. Of a batch in parts it is the
    /// mean over the rows: each part's counts by its share of them.
    public func penalty(_ value: Value) {
        precondition(value.shape.count == 1, "[Model] a penalty of shape \(value.shape); a scalar is wanted")
        penalties.append(value.reshaped([]))
    }

    /// A parameter drawn before, by its full name (`trunk.0.weight`).
    public func parameter(_ name: String) -> Value {
        guard let value = graph.parameter(named: name) else {
            preconditionFailure("[Model] no parameter is called \(name) yet")
        }
        return value
    }

    func scope<Result>(_ name: String, _ body: () -> Result) -> Result { graph.scope(name, body) }
}

/// How many rows a program takes at once, and how many ids of each bag input they may have in all.
struct BatchShape: Sendable {
    let rows: Int
    let bagCapacity: [String: Int]
}
