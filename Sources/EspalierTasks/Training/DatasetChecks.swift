import EspalierTensor

extension Dataset {
    /// The column for a model's input, if it is what the model wants.
    ///
    /// - Throws: `TrainingError.input` if it is missing, of another kind, width or vocabulary, of another number of rows,
    ///   holds ids outside its vocabulary, offsets that do not fit its ids, or numbers that are not finite.
    func column(for input: ModelInput) throws(TrainingError) -> InputColumn {
        guard let column = inputs[input.name] else {
            throw .input(
                name: input.name, problem: "not in the data, which has \(inputs.keys.sorted().joined(separator: ", "))")
        }
        if let problem = column.fault { throw .input(name: input.name, problem: problem) }
        guard column.kind == input.kind else {
            throw .input(name: input.name, problem: "the model wants \(input.kind), the data has \(column.kind)")
        }
        guard column.rows == count else {
            throw .input(name: input.name, problem: "\(column.rows) rows in a data set of \(count)")
        }
        return column
    }

    /// The labels for a head, if they are what it predicts.
    ///
    /// - Throws: `TrainingError.labels` if they are missing, of another kind, number of classes or number of rows, or out
    ///   of range.
    func labels(for head: Head) throws(TrainingError) -> LabelColumn {
        guard let column = labels[head.name] else {
            throw .labels(
                task: head.name,
                problem: "no labels in the data, which has \(labels.keys.sorted().joined(separator: ", "))")
        }
        if let problem = column.fault(for: head.kind) { throw .labels(task: head.name, problem: problem) }
        guard column.rows == count else {
            throw .labels(task: head.name, problem: "\(column.rows) rows in a data set of \(count)")
        }
        return column
    }

    /// The most ids that any `rows` rows of each bag input have together.
    func bagCapacity(rows: Int) -> [String: Int] {
        inputs.compactMapValues { column in
            guard case .bags(let bags) = column else { return nil }
            let lengths = zip(bags.offsets.dropFirst(), bags.offsets).map { Int($0) - Int($1) }
            return max(0, lengths.sorted(by: >).prefix(rows).reduce(0, +))
        }
    }
}

extension InputColumn {
    /// What a model that reads the column has to be drawn for.
    public var kind: ModelInput.Kind {
        switch self {
        case .dense(let tensor): .dense(width: tensor.shape.dimensions.last ?? 1)
        case .bags(let bags): .bags(vocabulary: bags.vocabulary)
        case .tokens(let tokens): .tokens(vocabulary: tokens.vocabulary, length: tokens.length)
        }
    }

    var rows: Int {
        switch self {
        case .dense(let tensor): tensor.shape.dimensions.first ?? 0
        case .bags(let bags): bags.rows
        case .tokens(let tokens): tokens.rows
        }
    }

    /// What is wrong with the column in itself; nil if nothing is.
    fileprivate var fault: String? {
        switch self {
        case .dense(let tensor):
            if tensor.shape.rank != 2 { return "numbers of shape \(tensor.shape); [rows, width] is wanted" }
            let numbers = tensor.scalars
            return numbers.firstIndex { !$0.isFinite }.map { place in
                "row \(place / tensor.shape[1]), column \(place % tensor.shape[1]) is \(numbers[place])"
            }
        case .bags(let bags):
            let isAscending = zip(bags.offsets, bags.offsets.dropFirst()).allSatisfy { $0 <= $1 }
            guard bags.offsets.first == 0, isAscending, bags.offsets.last.map(Int.init) == bags.ids.count else {
                return "the offsets do not fit \(bags.ids.count) ids"
            }
            if bags.weights.count != bags.ids.count {
                return "\(bags.weights.count) weights for \(bags.ids.count) ids"
            }
            if let weight = bags.weights.first(where: { !$0.isFinite }) { return "a weight is \(weight)" }
            return Self.fault(of: bags.ids, vocabulary: bags.vocabulary)
        case .tokens(let tokens):
            if tokens.length < 1 || tokens.ids.count % tokens.length != 0 {
                return "\(tokens.ids.count) ids are no rows of \(tokens.length)"
            }
            return Self.fault(of: tokens.ids, vocabulary: tokens.vocabulary)
        }
    }

    private static func fault(of ids: [Int32], vocabulary: Int) -> String? {
        ids.first { $0 < 0 || $0 >= vocabulary }.map { "the id \($0) is not in a vocabulary of \(vocabulary)" }
    }
}

extension LabelColumn {
    var rows: Int {
        switch self {
        case .classes(let classes, _): classes.count
        case .numbers(let numbers): numbers.count
        case .sets(let marks, _): marks.shape.dimensions.first ?? 0
        }
    }

    /// Why a head of this kind cannot learn from the labels; nil if it can.
    fileprivate func fault(for kind: TaskKind) -> String? {
        switch (kind, self) {
        case (.classification(let count), .classes(let classes, let names)):
            if names.count != count { return "\(names.count) class names for a head of \(count) classes" }
            return classes.firstIndex { $0 < -1 || $0 >= count }.map { row in
                "label \(classes[row]) in row \(row) is not one of \(count) classes"
            }
        case (.multiLabel(let count), .sets(let marks, let names)):
            guard marks.shape.rank == 2, marks.shape[1] == count, names.count == count else {
                return "marks of shape \(marks.shape) and \(names.count) names for a head of \(count) labels"
            }
            let scalars = marks.scalars
            return scalars.firstIndex { !$0.isNaN && $0 != 0 && $0 != 1 }.map { place in
                "the mark in row \(place / count) is \(scalars[place]), neither 0 nor 1"
            }
        case (.regression, .numbers(let numbers)):
            return numbers.firstIndex(where: \.isInfinite).map { "label \(numbers[$0]) in row \($0)" }
        default:
            return "the labels are of another kind than the head predicts"
        }
    }
}
