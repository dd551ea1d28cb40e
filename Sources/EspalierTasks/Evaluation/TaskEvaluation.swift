/// How well a model does one task on one set of rows.
public struct TaskEvaluation: Sendable, Codable, Equatable {
    public let task: String
    public let kind: TaskKind
    /// Rows with a label (multi-label: with at least one known label). The others are left out.
    public let labelledRows: Int
    /// Every metric that fits the kind. NaN where it is not defined, `null` in JSON.
    @JSONNumbers public private(set) var values: [Metric: Double]
    /// Classification only; nil if a prediction is NaN.
    public let confusion: ConfusionMatrix?

    /// The metrics in a fixed order, that of `Metric.allCases`.
    public var ordered: [(metric: Metric, value: Double)] { kind.metrics.map { ($0, self[$0]) } }

    /// One metric; NaN if it does not fit the kind.
    public subscript(metric: Metric) -> Double { values[metric] ?? .nan }

    /// The kind's own main metric; higher is better.
    public var primary: Double { self[kind.primaryMetric] }

    /// Measures predictions against labels. If a prediction of a labelled row is NaN (training has
    /// diverged), every metric is.
    public init(task: String, predictions: TaskPredictions, labels: LabelColumn) throws(EvaluationError) {
        self.task = task
        kind = predictions.kind
        let values: [Metric: Double]
        switch (predictions, labels) {
        case (.classes(let probabilities, let classes), .classes(let labels, let names)):
            try Self.match(task, "classes", classes, names.count)
            try Self.match(task, "rows", predictions.rows, labels.count)
            if let row = labels.firstIndex(where: { $0 < -1 || $0 >= classes }) {
                throw .unknownClass(task: task, row: row, label: labels[row], classes: classes)
            }
            let labelled = LabelledClasses(probabilities: probabilities, labels: labels, names: names)
            labelledRows = labelled.labels.count
            confusion = labelled.confusion
            values = labelled.values
        case (.sets(let probabilities, let width), .sets(let labels, let names)):
            try Self.match(task, "labels", width, names.count)
            try Self.match(task, "rows", probabilities.count / max(1, width), labels.count / max(1, width))
            let labelled = LabelledSets(probabilities: probabilities, labels: labels.scalars, width: width)
            labelledRows = labelled.rows
            confusion = nil
            values = labelled.values
        case (.numbers(let numbers), .numbers(let labels)):
            try Self.match(task, "rows", numbers.count, labels.count)
            let labelled = LabelledNumbers(predictions: numbers, labels: labels)
            labelledRows = labelled.labels.count
            confusion = nil
            values = labelled.values
        default:
            throw .kind(task: task, predicted: predictions.kind)
        }
        _values = JSONNumbers(wrappedValue: values)
    }

    private static func match(
        _ task: String, _ what: String, _ predicted: Int, _ labelled: Int
    ) throws(EvaluationError) {
        if predicted != labelled { throw .count(task: task, what: what, predicted: predicted, labelled: labelled) }
    }
}

extension Array where Element == TaskEvaluation {
    /// The mean of the tasks' primary metrics: one number for all tasks, higher is better.
    ///
    /// Tasks whose labels leave the metric undefined are left out; NaN if that is every task.
    public var jointScore: Double { meanOfDefined(map(\.primary)) }
}
