/// Why predictions cannot be measured against labels.
public enum EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The labels are of another kind than the predictions.
    case kind(task: String, predicted: TaskKind)
    /// Rows, or names of classes, are not as many as the predictions need.
    case count(task: String, what: String, predicted: Int, labelled: Int)
    /// A label is neither -1 nor a class the model knows. `row` counts from 0.
    case unknownClass(task: String, row: Int, label: Int32, classes: Int)

    public var description: String {
        switch self {
        case .kind(let task, let predicted):
            "task \(task): the model predicts \(predicted.noun), the labels are of another kind"
        case .count(let task, let what, let predicted, let labelled):
            "task \(task): predictions for \(predicted) \(what), labels for \(labelled)"
        case .unknownClass(let task, let row, let label, let classes):
            "task \(task), row \(row): label \(label) is not one of the \(classes) classes of the model"
        }
    }
}

extension TaskKind {
    fileprivate var noun: String {
        switch self {
        case .classification(let classes): "one of \(classes) classes"
        case .multiLabel(let labels): "a subset of \(labels) labels"
        case .regression: "a number"
        }
    }
}
