import EspalierGraph
import EspalierTensor

/// Copies rows of a data set into a program's inputs. Everything is looked up once; a load allocates nothing.
struct BatchLoader {
    private var inputs: [InputLoader] = []
    private var labels: [LabelLoader] = []
    private let rows: Int

    /// - Parameters:
    ///   - heads: whose labels the program wants; none for prediction.
    ///   - scales: of the regression heads' labels.
    ///   - factors: of the heads' losses.
    init(
        program: Program, model: Model, dataset: Dataset, rows: Int, heads: [Head] = [],
        scales: [String: LabelScale] = [:], factors: [String: Float] = [:]
    ) throws(TrainingError) {
        self.rows = rows
        for input in model.inputs {
            if let loader = InputLoader(program, input, try dataset.column(for: input)) { inputs.append(loader) }
        }
        for head in heads {
            labels.append(
                LabelLoader(
                    program, head, try dataset.labels(for: head), scale: scales[head.name] ?? .identity,
                    factor: factors[head.name] ?? 1))
        }
    }

    /// Loads the rows; the rest of the batch is filled so that it counts nowhere.
    func load(_ batch: ArraySlice<Int>) {
        for input in inputs { input.load(batch, batchRows: rows) }
        for label in labels { label.load(batch, batchRows: rows) }
    }
}

extension Dataset {
    /// The column for a model's input.
    func column(for input: ModelInput) throws(TrainingError) -> InputColumn {
        guard let column = inputs[input.name] else {
            throw .input(
                name: input.name, problem: "not in the data, which has \(inputs.keys.sorted().joined(separator: ", "))")
        }
        let (found, rows): (ModelInput.Kind, Int) =
            switch column {
            case .dense(let tensor):
                (.dense(width: tensor.shape.rank == 2 ? tensor.shape[1] : 0), tensor.shape.dimensions.first ?? 0)
            case .bags(let bags): (.bags(vocabulary: bags.vocabulary), bags.rows)
            case .tokens(let tokens): (.tokens(vocabulary: tokens.vocabulary, length: tokens.length), tokens.rows)
            }
        guard found == input.kind else {
            throw .input(name: input.name, problem: "the model wants \(input.kind), the data has \(found)")
        }
        guard rows == count else { throw .input(name: input.name, problem: "\(rows) rows in a data set of \(count)") }
        return column
    }

    /// The labels for a head.
    func labels(for head: Head) throws(TrainingError) -> LabelColumn {
        guard let column = labels[head.name] else {
            throw .labels(
                task: head.name,
                problem: "no labels in the data, which has \(labels.keys.sorted().joined(separator: ", "))")
        }
        let rows: Int
        switch (head.kind, column) {
        case (.classification(let classes), .classes(let labels, _)):
            if let row = labels.firstIndex(where: { $0 < -1 || $0 >= classes }) {
                throw .labels(
                    task: head.name, problem: "label \(labels[row]) in row \(row) is not one of \(classes) classes")
            }
            rows = labels.count
        case (.multiLabel(let count), .sets(let labels, _)):
            guard labels.shape.rank == 2, labels.shape[1] == count else {
                throw .labels(task: head.name, problem: "labels of shape \(labels.shape) for \(count) labels")
            }
            rows = labels.shape[0]
        case (.regression, .numbers(let labels)): rows = labels.count
        default: throw .labels(task: head.name, problem: "the labels are of another kind than the head predicts")
        }
        guard rows == count else { throw .labels(task: head.name, problem: "\(rows) rows in a data set of \(count)") }
        return column
    }

    /// The most ids that any `rows` rows of each bag input have together.
    func bagCapacity(rows: Int) -> [String: Int] {
        inputs.compactMapValues { column in
            guard case .bags(let bags) = column else { return nil }
            let lengths = zip(bags.offsets.dropFirst(), bags.offsets).map { Int($0 - $1) }
            return lengths.sorted(by: >).prefix(rows).reduce(0, +)
        }
    }
}

/// The mean and deviation of a regression head's training labels: the head learns (y - mean) / deviation.
public struct LabelScale: Sendable, Equatable, Codable {
    public let mean: Float
    public let deviation: Float

    static let identity = LabelScale(mean: 0, deviation: 1)

    init(mean: Float, deviation: Float) { (self.mean, self.deviation) = (mean, deviation) }

    /// Of the numbers that are not NaN. Labels that are all alike have deviation 1.
    init(of labels: [Float]) {
        let known = labels.filter { !$0.isNaN }.map(Double.init)
        guard !known.isEmpty else {
            self = .identity
            return
        }
        let mean = known.reduce(0, +) / Double(known.count)
        let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)
        self.init(mean: Float(mean), deviation: variance > 0 ? Float(variance.squareRoot()) : 1)
    }
}

/// One input column with the program's memory for it.
private enum InputLoader {
    case dense(Tensor, ProgramInput)
    case tokens(Tokens, ProgramInput)
    case bags(Bags, ids: ProgramInput, offsets: ProgramInput, weights: ProgramInput)

    /// Nil if the program does not use the input.
    init?(_ program: Program, _ input: ModelInput, _ column: InputColumn) {
        switch column {
        case .dense(let tensor):
            guard let memory = program.input(named: input.name) else { return nil }
            self = .dense(tensor, memory)
        case .tokens(let tokens):
            guard let memory = program.input(named: input.name) else { return nil }
            self = .tokens(tokens, memory)
        case .bags(let bags):
            guard let ids = program.input(named: input.name + ".ids"),
                let offsets = program.input(named: input.name + ".offsets"),
                let weights = program.input(named: input.name + ".weights")
            else { return nil }
            self = .bags(bags, ids: ids, offsets: offsets, weights: weights)
        }
    }

    func load(_ batch: ArraySlice<Int>, batchRows: Int) {
        switch self {
        case .dense(let tensor, let memory):
            memory.setRows(of: tensor, batch)
        case .tokens(let tokens, let memory):
            memory.withIndices { span in
                for (place, row) in batch.enumerated() {
                    for column in 0..<tokens.length {
                        span[place * tokens.length + column] = tokens.ids[row * tokens.length + column]
                    }
                }
                for position in batch.count * tokens.length..<batchRows * tokens.length { span[position] = 0 }
            }
        case .bags(let bags, let ids, let offsets, let weights):
            Self.loadBags(bags, batch, batchRows: batchRows, ids: ids, offsets: offsets, weights: weights)
        }
    }

    private static func loadBags(
        _ bags: Bags, _ batch: ArraySlice<Int>, batchRows: Int, ids: ProgramInput, offsets: ProgramInput,
        weights: ProgramInput
    ) {
        ids.withIndices { idSpan in
            weights.withFloats { weightSpan in
                offsets.withIndices { offsetSpan in
                    var end = 0
                    for (place, row) in batch.enumerated() {
                        offsetSpan[place] = Int32(end)
                        for source in Int(bags.offsets[row])..<Int(bags.offsets[row + 1]) {
                            idSpan[end] = bags.ids[source]
                            weightSpan[end] = bags.weights[source]
                            end += 1
                        }
                    }
                    // The rows beyond the batch are empty bags.
                    for place in batch.count...batchRows { offsetSpan[place] = Int32(end) }
                }
            }
        }
    }
}

/// One head's labels with the program's memory for them.
private struct LabelLoader {
    let column: LabelColumn
    let scale: LabelScale
    let target: ProgramInput
    let mask: ProgramInput?
    /// What scales the head's loss: its weight, or 0 in a batch without a label of it.
    let factorInput: ProgramInput
    let factor: Float

    init(_ program: Program, _ head: Head, _ column: LabelColumn, scale: LabelScale, factor: Float) {
        guard let target = program.input(named: "label.\(head.name)"),
            let factorInput = program.input(named: "weight.\(head.name)")
        else { preconditionFailure("[Trainer] the program has no loss for \(head.name)") }
        (self.column, self.scale, self.factor) = (column, scale, factor)
        (self.target, self.factorInput) = (target, factorInput)
        mask = program.input(named: "mask.\(head.name)")
    }

    func load(_ batch: ArraySlice<Int>, batchRows: Int) {
        var isLabelled = false
        switch column {
        case .classes(let labels, _):
            target.withIndices { span in
                for (place, row) in batch.enumerated() {
                    span[place] = labels[row]
                    if labels[row] >= 0 { isLabelled = true }
                }
                for place in batch.count..<batchRows { span[place] = -1 }
            }
        case .numbers(let labels):
            isLabelled = loadMasked(batch, batchRows: batchRows, width: 1) { row, _ in labels[row] }
        case .sets(let labels, _):
            let width = labels.shape[1]
            isLabelled = loadMasked(batch, batchRows: batchRows, width: width) { row, column in labels[row, column] }
        }
        factorInput.set(isLabelled ? factor : 0)
    }

    /// Sets targets and masks from labels that are NaN where unknown; true if any is known.
    private func loadMasked(
        _ batch: ArraySlice<Int>, batchRows: Int, width: Int, _ label: (_ row: Int, _ column: Int) -> Float
    ) -> Bool {
        guard let mask else { return false }
        var isLabelled = false
        target.withFloats { targets in
            mask.withFloats { masks in
                for (place, row) in batch.enumerated() {
                    for column in 0..<width {
                        let value = label(row, column)
                        targets[place * width + column] = value.isNaN ? 0 : (value - scale.mean) / scale.deviation
                        masks[place * width + column] = value.isNaN ? 0 : 1
                        if !value.isNaN { isLabelled = true }
                    }
                }
                for position in batch.count * width..<batchRows * width {
                    targets[position] = 0
                    masks[position] = 0
                }
            }
        }
        return isLabelled
    }
}
