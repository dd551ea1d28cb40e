/// What a model says about one task, for every row of a data set.
public enum TaskPredictions: Sendable, Equatable {
    /// Probabilities `[rows, classes]`, row-major; the predicted class is the first of the most probable.
    case classes(probabilities: [Float], classes: Int)
    /// Probabilities `[rows, labels]`, row-major, each on its own; 0.5 and more predicts the label.
    case sets(probabilities: [Float], labels: Int)
    /// A number a row.
    case numbers([Float])

    public var kind: TaskKind {
        switch self {
        case .classes(_, let classes): .classification(classes: classes)
        case .sets(_, let labels): .multiLabel(labels: labels)
        case .numbers: .regression
        }
    }

    /// Numbers in a row; 1 for regression.
    public var width: Int {
        switch self {
        case .classes(_, let width), .sets(_, let width): width
        case .numbers: 1
        }
    }

    /// Row-major `[rows, width]`.
    public var values: [Float] {
        switch self {
        case .classes(let values, _), .sets(let values, _), .numbers(let values): values
        }
    }

    public var rows: Int { width == 0 ? 0 : values.count / width }
}

extension Array where Element == Float {
    /// The place, counted from the start of the range, of its largest element: the first among equals.
    func indexOfLargest(in range: Range<Int>) -> Int {
        var best = range.lowerBound
        for index in range where self[index] > self[best] { best = index }
        return best - range.lowerBound
    }
}
