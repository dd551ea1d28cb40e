import Espalier

extension Recipe {
    /// The network that the recipe describes: every text input's embedding, all inputs side by side, the hidden layers
    /// of the trunk, a head for each task.
    ///
    /// - Parameters:
    ///   - encoder: knows the classes.
    ///   - rows: encoded by it; say how many words and numbers there are, and how balanced classes are.
    /// - Throws: for classes named in the recipe that the data lacks, and for a model beyond `largestModel`.
    func model(encoder: DatasetEncoder, rows: Dataset) throws(CommandError) -> Model {
        let modelInputs = inputs.fields.compactMap { field in
            rows.inputs[field.name].map { ModelInput(field.name, $0.kind) }
        }
        try checkSize(modelInputs)
        var heads: [Head] = []
        for (section, task) in zip(tasks, encoder.tasks) {
            heads.append(try section.head(task, labels: rows.labels[task.field.name], activation: trunk.activation))
        }
        let (trunk, names) = (trunk, heads.map(\.name))
        return Model(inputs: modelInputs, heads: heads) { drawing in
            var columns: [Value] = []
            for input in modelInputs {
                columns.append(trunk.drawColumns(of: input, drawing))
            }
            let joined = columns.dropFirst().reduce(columns[0]) { $0.concatenated($1) }
            let representation = drawing("trunk", trunk.layers, joined)
            for name in names { drawing.head(name, representation) }
        }
    }

    /// Training takes about five times the memory of the parameters.
    private static let largestModel = 500_000_000

    private func checkSize(_ inputs: [ModelInput]) throws(CommandError) {
        var parameters = 0
        var width = 0
        for input in inputs {
            switch input.kind {
            case .dense(let columns): width += columns
            case .bags(let vocabulary):
                parameters += vocabulary * trunk.embedding
                width += trunk.embedding
            case .tokens(let vocabulary, let length):
                parameters += vocabulary * trunk.embedding
                width += length * trunk.embedding
            }
        }
        let representation = trunk.hidden.last ?? width
        for widths in [[width] + trunk.hidden] + tasks.map({ [representation] + $0.hidden }) {
            parameters += zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        }
        if parameters > Self.largestModel {
            throw CommandError(
                "the model would have \(parameters) parameters, more than the \(Self.largestModel) that are trained here; "
                    + "lower bucket_bits, embedding or hidden")
        }
    }
}

extension TrunkSection {
    /// An input as numbers: texts through an embedding of their own.
    fileprivate func drawColumns(of input: ModelInput, _ drawing: Drawing) -> Value {
        let (name, signal) = ("embedding.\(input.name)", drawing.input(input.name))
        let embedded: Value
        switch (input.kind, signal) {
        case (.dense, .value(let numbers)): return numbers
        case (.tokens(let vocabulary, _), _):
            embedded = drawing(name, Embedding(vocabulary: vocabulary, width: embedding), signal)
        default:
            embedded = drawing(name, EmbeddingBag(embedding, activation.kind), signal)
        }
        return embeddingDropout > 0 ? drawing(name, Dropout(Float(embeddingDropout)), embedded) : embedded
    }

    fileprivate var layers: Sequential {
        let layers = Sequential {
            for width in hidden {
                if layerNorm {
                    Dense(width)
                    LayerNorm()
                    Activation(activation.kind)
                } else {
                    Dense(width, activation.kind)
                }
                if dropout > 0 { Dropout(Float(dropout)) }
            }
        }
        return checkpoint ? layers.checkpointed() : layers
    }
}

extension TaskSection {
    fileprivate func head(
        _ task: FittedTask, labels: LabelColumn?, activation: TrunkSection.ActivationName
    ) throws(CommandError) -> Head {
        @LayerBuilder func layers() -> [any Layer] {
            for width in hidden { Dense(width, activation.kind) }
        }
        switch task.labels {
        case .classes(let names):
            var smoothing: Float = 0
            var weights: [Float]?
            if case .crossEntropy(let labelSmoothing, let classWeights) = loss {
                smoothing = Float(labelSmoothing)
                weights = try classWeights.weights(of: names, labels: labels, task: field.name)
            }
            return .classification(
                field.name, classes: names.count, labelSmoothing: smoothing, classWeights: weights, hidden: layers)
        case .sets(let names):
            return .multiLabel(field.name, labels: names.count, hidden: layers)
        case .number:
            guard case .regression(let kind, let delta) = loss else { return .regression(field.name, hidden: layers) }
            return .regression(field.name, loss: kind.kind, delta: Float(delta), hidden: layers)
        }
    }
}

extension TaskSection.ClassWeights {
    /// - Parameter labels: of the training rows; nil where the model will not be trained.
    fileprivate func weights(of names: [String], labels: LabelColumn?, task: String) throws(CommandError) -> [Float]? {
        switch self {
        case .equal: return nil
        case .named(let weights):
            if let unknownName = weights.keys.sorted().first(where: { !names.contains($0) }) {
                throw CommandError("tasks.\(task).class_weights: " + unknown("class", unknownName, known: names))
            }
            return names.map { Float(weights[$0] ?? 1) }
        case .balanced:
            guard case .classes(let classes, _) = labels else { return nil }
            let counts = names.indices.map { index in classes.count { $0 == Int32(index) } }
            let present = counts.count { $0 > 0 }
            let labelled = counts.reduce(0, +)
            return counts.map { $0 == 0 ? 1 : Float(labelled) / Float(present * $0) }
        }
    }
}
