import EspalierGraph
import EspalierKernels
import EspalierTensor

/// A model with its parameters: predicts, measures itself, and is kept in a file.
public struct TrainedModel {
    public let model: Model
    public let parameters: ParameterSlab
    /// By regression head: the scale its number is learned on.
    public let scales: [String: Standardization]
    /// Carries out the predictions, unless another is given.
    public let backend: any Backend

    init(model: Model, parameters: ParameterSlab, scales: [String: Standardization], backend: any Backend) {
        (self.model, self.parameters, self.scales, self.backend) = (model, parameters, scales, backend)
    }

    /// What the model says about every row, by head.
    ///
    /// - Parameters:
    ///   - dataset: labels are not needed.
    ///   - backend: another than the model's own.
    ///   - batchSize: rows at a time; it changes speed and memory only, no result.
    /// - Throws: `TrainingError.input` if the data does not fit the model; `KernelError` if the backend fails.
    public func predict(
        _ dataset: Dataset, backend: (any Backend)? = nil, batchSize: Int = 256
    ) throws -> [String: TaskPredictions] {
        let rows = max(1, min(batchSize, dataset.count))
        let shape = BatchShape(rows: rows, bagCapacity: dataset.bagCapacity(rows: rows))
        let drawing = Drawing(model, shape: shape, isTraining: false)
        let predicted = model.heads.map { $0.drawPrediction(drawing.logits[$0.name]!) }
        let program = try drawing.graph.compile(
            outputs: predicted, parameters: parameters, backend: backend ?? self.backend)
        let outputs = predicted.map { program.output($0) }
        let loader = try BatchLoader(program: program, model: model, dataset: dataset)

        var values = [[Float]](repeating: [], count: outputs.count)
        let all = Array(0..<dataset.count)
        for start in stride(from: 0, to: dataset.count, by: rows) {
            let batch = all[start..<min(start + rows, dataset.count)]
            loader.load(batch)
            try program.run()
            for (index, output) in outputs.enumerated() {
                output.append(first: batch.count * model.heads[index].width, to: &values[index])
            }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(model.heads, values).map { ($0.name, predictions(of: $0, $1)) })
    }

    /// Every head that the data set has labels for, measured.
    ///
    /// - Throws: what `predict` throws; `TrainingError.labels` if labels do not fit the model.
    public func evaluate(_ dataset: Dataset, backend: (any Backend)? = nil) throws -> [TaskEvaluation] {
        let predictions = try predict(dataset, backend: backend)
        return try model.heads.compactMap { head in
            guard dataset.labels[head.name] != nil, let predicted = predictions[head.name] else { return nil }
            return try TaskEvaluation(
                task: head.name, predictions: predicted, labels: try dataset.labels(for: head))
        }
    }

    private func predictions(of head: Head, _ values: [Float]) -> TaskPredictions {
        switch head.kind {
        case .classification(let classes): return .classes(probabilities: values, classes: classes)
        case .multiLabel(let labels): return .sets(probabilities: values, labels: labels)
        case .regression:
            let scale = scales[head.name] ?? .identity
            return .numbers(values.map(scale.restored))
        }
    }

    // MARK: Files

    /// Writes all parameters, and each regression head's scale as `scale.NAME` (mean, deviation), in the safetensors
    /// format. The bytes depend on the model alone: not on threads, machine or time.
    public func save(to path: String, metadata: [String: String] = [:]) throws(SafetensorsError) {
        let file = Safetensors(
            tensors: model.layout().entries.map { ($0.name, parameters[$0.name]!) }
                + model.regressionHeads.map { head in
                    let scale = scales[head.name] ?? .identity
                    return ("scale.\(head.name)", Tensor([scale.mean, scale.standardDeviation]))
                },
            metadata: metadata)
        try file.write(to: path)
    }

    /// Takes the parameters from a file.
    ///
    /// - Parameters:
    ///   - path: for messages.
    ///   - backend: for predictions; nil for our own kernels, on every physical core.
    /// - Throws: `TrainingError.modelFile` if a tensor is missing, left over, of another shape, or not finite.
    public init(_ model: Model, from file: Safetensors, path: String, backend: (any Backend)? = nil) throws {
        func refuse(_ problem: String) -> TrainingError { .modelFile(path: path, problem: problem) }
        let layout = model.layout()
        let slab = ParameterSlab(zeros: layout)
        var scales: [String: Standardization] = [:]
        for (name, tensor) in file.tensors {
            guard tensor.scalars.allSatisfy(\.isFinite) else {
                throw refuse("\(name) holds numbers that are not finite")
            }
            if let entry = layout[name] {
                guard entry.shape == tensor.shape else {
                    throw refuse("\(name) has the shape \(tensor.shape), the model \(entry.shape)")
                }
                slab[name] = tensor
            } else if let head = model.regressionHeads.first(where: { "scale.\($0.name)" == name }) {
                guard tensor.shape == [2], tensor[1] > 0 else {
                    throw refuse("\(name) is no mean with a positive deviation")
                }
                scales[head.name] = Standardization(mean: tensor[0], standardDeviation: tensor[1])
            } else {
                throw refuse("\(name) is no parameter of the model")
            }
        }
        let wanted = layout.entries.map(\.name) + model.regressionHeads.map { "scale.\($0.name)" }
        if let missing = wanted.first(where: { file[$0] == nil }) { throw refuse("\(missing) is missing") }
        self.init(model: model, parameters: slab, scales: scales, backend: try backend ?? NativeBackend())
    }
}

extension Model {
    fileprivate var regressionHeads: [Head] { heads.filter { $0.kind == .regression } }
}
