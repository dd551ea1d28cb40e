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
            if batch.count < batchRows {
                memory.withFloats { span in
                    for position in batch.count * (span.count / batchRows)..<span.count { span[position] = 0 }
                }
            }
        case .tokens(let tokens, let memory):
            memory.withIndices { span in
                var position = 0
                for row in batch {
                    for source in row * tokens.length..<(row + 1) * tokens.length {
                        span[position] = tokens.ids[source]
                        position += 1
                    }
                }
                for empty in position..<span.count { span[empty] = 0 }
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
                    var place = 0
                    for row in batch {
                        offsetSpan[place] = Int32(end)
                        place += 1
                        for source in Int(bags.offsets[row])..<Int(bags.offsets[row + 1]) {
                            idSpan[end] = bags.ids[source]
                            weightSpan[end] = bags.weights[source]
                            end += 1
                        }
                    }
                    // The rows beyond the batch are empty bags.
                    for empty in place...batchRows { offsetSpan[empty] = Int32(end) }
                }
            }
        }
    }
}

/// One head's labels with the program's memory for them.
private struct LabelLoader {
    private enum Labels {
        case classes([Int32])
        /// Row-major, NaN where unknown.
        case numbers([Float], width: Int, mask: ProgramInput)
    }

    private let labels: Labels
    private let target: ProgramInput
    private let scale: LabelScale
    /// What scales the head's loss: its weight, or 0 in a batch without a label of it.
    private let factorInput: ProgramInput
    private let factor: Float

    init(_ program: Program, _ head: Head, _ column: LabelColumn, scale: LabelScale, factor: Float) {
        func input(_ role: String) -> ProgramInput {
            guard let input = program.input(named: "\(role).\(head.name)") else {
                preconditionFailure("[Trainer] the program has no \(role) for \(head.name)")
            }
            return input
        }
        labels =
            switch column {
            case .classes(let classes, _): .classes(classes)
            case .numbers(let numbers): .numbers(numbers, width: 1, mask: input("mask"))
            case .sets(let marks, _): .numbers(marks.scalars, width: marks.shape[1], mask: input("mask"))
            }
        (target, factorInput) = (input("label"), input("weight"))
        (self.scale, self.factor) = (scale, factor)
    }

    func load(_ batch: ArraySlice<Int>, batchRows: Int) {
        let isLabelled =
            switch labels {
            case .classes(let classes): loadClasses(classes, batch)
            case .numbers(let numbers, let width, let mask): loadNumbers(numbers, width: width, mask: mask, batch)
            }
        factorInput.set(isLabelled ? factor : 0)
    }

    /// - Returns: whether any row is labelled.
    private func loadClasses(_ classes: [Int32], _ batch: ArraySlice<Int>) -> Bool {
        target.withIndices { span in
            var isLabelled = false
            var place = 0
            for row in batch {
                span[place] = classes[row]
                if classes[row] >= 0 { isLabelled = true }
                place += 1
            }
            for empty in place..<span.count { span[empty] = -1 }
            return isLabelled
        }
    }

    /// Sets targets and masks. Returns whether any number is known.
    private func loadNumbers(_ numbers: [Float], width: Int, mask: ProgramInput, _ batch: ArraySlice<Int>) -> Bool {
        target.withFloats { targets in
            mask.withFloats { masks in
                var isLabelled = false
                var place = 0
                for row in batch {
                    for source in row * width..<(row + 1) * width {
                        let value = numbers[source]
                        targets[place] = value.isNaN ? 0 : (value - scale.mean) / scale.deviation
                        masks[place] = value.isNaN ? 0 : 1
                        if !value.isNaN { isLabelled = true }
                        place += 1
                    }
                }
                for empty in place..<targets.count {
                    targets[empty] = 0
                    masks[empty] = 0
                }
                return isLabelled
            }
        }
    }
}
