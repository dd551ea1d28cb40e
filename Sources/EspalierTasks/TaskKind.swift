/// What a task predicts for one row.
public enum TaskKind: Sendable, Codable, Equatable {
    /// One of `classes` classes.
    case classification(classes: Int)
    /// Any subset of `labels` labels.
    case multiLabel(labels: Int)
    /// One number.
    case regression

    /// Every metric that fits the kind, in the order of `Metric.allCases`.
    public var metrics: [Metric] { Metric.allCases.filter { $0.fits(self) } }

    /// The two metrics a table shows and Δm is taken over, the primary one first.
    public var headlineMetrics: [Metric] {
        switch self {
        case .classification: [.macroF1, .accuracy]
        case .multiLabel: [.microF1, .macroF1]
        case .regression: [.pearson, .meanAbsoluteError]
        }
    }

    /// The metric that decides when nobody chose one. Higher is better for each kind.
    public var primaryMetric: Metric { headlineMetrics[0] }
}
