import EspalierGraph
import EspalierTensor

/// Copies rows of a data set into a program's inputs. Everything is looked up once; a load allocates nothing, not even
/// in unoptimised builds: hence the loops over indices.
struct BatchLoader {
    private var inputs: [InputLoader] = []
    private var labels: [LabelLoader] = []

    /// - Parameters:
    ///   - heads: whose labels the program wants; none for prediction.
    ///   - scales: of the regression heads' labels.
    ///   - factors: of the heads' losses.
    init(
        program: Program, model: Model, dataset: Dataset, heads: [Head] = [],
        scales: [String: Standardization] = [:], factors: [String: Float] = [:]
    ) throws(TrainingError) {
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

    /// Loads the rows; the rest of the program's rows are filled so that they count nowhere.
    func load(_ rows: ArraySlice<Int>) { load(rows, of: rows) }

    /// Loads a part of a batch: each head's loss is scaled by the share of what counts in it, so that the parts' losses
    /// and gradients add up to the batch's.
    func load(_ part: ArraySlice<Int>, of batch: ArraySlice<Int>) {
        for index in inputs.indices { inputs[index].load(part) }
        for index in labels.indices { labels[index].load(part, of: batch) }
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

    /// Rows beyond the batch become zeros, ids of 0, or empty bags.
    func load(_ batch: ArraySlice<Int>) {
        switch self {
        case .dense(let tensor, let memory):
            memory.setRows(of: tensor, batch)
            memory.clear(from: batch.count * tensor.shape[1])
        case .tokens(let tokens, let memory):
            for index in batch.indices {
                let start = batch[index] * tokens.length
                let place = index - batch.startIndex
                memory.set(tokens.ids[start..<start + tokens.length], at: place * tokens.length)
            }
            memory.fill(0, from: batch.count * tokens.length)
        case .bags(let bags, let ids, let offsets, let weights):
            var end = 0
            for index in batch.indices {
                let range = Int(bags.offsets[batch[index]])..<Int(bags.offsets[batch[index] + 1])
                offsets.set(Int32(end), at: index - batch.startIndex)
                ids.set(bags.ids[range], at: end)
                weights.set(bags.weights[range], at: end)
                end += range.count
            }
            offsets.fill(Int32(end), from: batch.count)
        }
    }
}

/// One head's labels with the program's memory for them. A class: what a call would copy of a structure is ten counts of
/// references, as long as the labels of a small batch take.
private final class LabelLoader {
    private enum Labels {
        case classes([Int32])
        /// `[rows, width]` each: the numbers on the learned scale, 0 where unknown; and 1 where known, else 0.
        case numbers(targets: Tensor, mask: Tensor, maskInput: ProgramInput)
    }

    private let labels: Labels
    private let isLabelled: [Bool]
    /// By row, what it adds to the number that the mean divides by.
    private let counts: [Float]
    private let target: ProgramInput
    /// What scales the head's loss: its weight, or 0 in a batch without a label of it.
    private let factorInput: ProgramInput
    private let factor: Float

    init(_ program: Program, _ head: Head, _ column: LabelColumn, scale: Standardization, factor: Float) {
        func input(_ role: String) -> ProgramInput {
            guard let input = program.input(named: "\(role).\(head.name)") else {
                preconditionFailure("[Trainer] the program has no \(role) for \(head.name)")
            }
            return input
        }
        func masked(_ numbers: [Float], width: Int) -> Labels {
            let shape: Shape = [numbers.count / width, width]
            let targets = numbers.map { $0.isNaN ? 0 : scale.standardized($0) }
            let mask: [Float] = numbers.map { $0.isNaN ? 0 : 1 }
            return .numbers(
                targets: Tensor(targets, shape: shape), mask: Tensor(mask, shape: shape), maskInput: input("mask"))
        }
        labels =
            switch column {
            case .classes(let classes, _): .classes(classes)
            case .numbers(let numbers): masked(numbers, width: 1)
            case .sets(let marks, _): masked(marks.scalars, width: marks.shape[1])
            }
        var isLabelled = [Bool](repeating: false, count: column.rows)
        for row in column.labelledRows { isLabelled[row] = true }
        self.isLabelled = isLabelled
        counts = head.counts(of: column, isLabelled)
        (target, factorInput) = (input("label"), input("weight"))
        self.factor = factor
    }

    func load(_ part: ArraySlice<Int>, of batch: ArraySlice<Int>) {
        switch labels {
        case .classes(let classes):
            target.setElements(of: classes, part)
            target.fill(-1, from: part.count)
        case .numbers(let targets, let mask, let maskInput):
            target.setRows(of: targets, part)
            maskInput.setRows(of: mask, part)
            maskInput.clear(from: part.count * mask.shape[1])
        }
        factorInput.set(factor * share(of: part, in: batch))
    }

    /// 0 without a label, 1 for the whole batch.
    private func share(of part: ArraySlice<Int>, in batch: ArraySlice<Int>) -> Float {
        var first = part.startIndex
        while first < part.endIndex, !isLabelled[part[first]] { first += 1 }
        let isCounted = first < part.endIndex
        if !isCounted || part.count == batch.count { return isCounted ? 1 : 0 }
        let whole = count(of: batch)
        return whole == 0 ? 0 : count(of: part) / whole
    }

    private func count(of rows: ArraySlice<Int>) -> Float {
        var sum: Float = 0
        for index in rows.indices { sum += counts[rows[index]] }
        return sum
    }
}

extension Head {
    /// What each row adds to the number that the head's mean loss divides by.
    fileprivate func counts(of column: LabelColumn, _ isLabelled: [Bool]) -> [Float] {
        switch column {
        case .classes(let classes, _):
            guard case .crossEntropy(_, let classWeights?) = loss else { return isLabelled.map { $0 ? 1 : 0 } }
            return zip(classes, isLabelled).map { $1 ? classWeights[Int($0)] : 0 }
        case .numbers: return isLabelled.map { $0 ? 1 : 0 }
        case .sets(let marks, _):
            let (width, scalars) = (marks.shape[1], marks.scalars)
            return isLabelled.indices.map { row in
                Float((0..<width).count { !scalars[row * width + $0].isNaN })
            }
        }
    }
}
