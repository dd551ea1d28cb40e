/// A number that says how good a task's predictions are.
///
/// All are computed in `Double` over the labelled rows only. None traps. What cannot be said for
/// the *labels* (no rows, one class only, all numbers equal) is NaN; a *model* that says the same
/// for every row gets what that is worth: 0, or 0.5 for the area under the curve.
public enum Metric: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    /// Share of rows predicted right; for multi-label rows, of rows with every known label right. 0...1.
    case accuracy
    /// Mean of the F1 of each class. 0...1.
    case macroF1 = "macro_f1"
    /// F1 of the counts of all classes together; for one class a row this equals the accuracy. 0...1.
    case microF1 = "micro_f1"
    /// Matthews correlation for any number of classes (Gorodkin 2004). -1...1, 0 is chance.
    case matthews
    /// Area under the receiver operating characteristic. 0...1, 0.5 is chance.
    case auc
    /// Mean absolute error, in the unit of the labels. 0 or more.
    case meanAbsoluteError = "mae"
    /// Root of the mean squared error, in the unit of the labels. 0 or more.
    case rootMeanSquaredError = "rmse"
    /// Share of the variance explained. At most 1; 0 is the mean of the labels.
    case r2
    /// Linear correlation. -1...1.
    case pearson
    /// Correlation of the ranks. -1...1.
    case spearman

    public var higherIsBetter: Bool {
        switch self {
        case .meanAbsoluteError, .rootMeanSquaredError: false
        default: true
        }
    }

    /// A short name for tables and charts.
    public var displayName: String {
        switch self {
        case .accuracy: "accuracy"
        case .macroF1: "macro F1"
        case .microF1: "micro F1"
        case .matthews: "Matthews"
        case .auc: "AUC"
        case .meanAbsoluteError: "MAE"
        case .rootMeanSquaredError: "RMSE"
        case .r2: "R²"
        case .pearson: "Pearson r"
        case .spearman: "Spearman ρ"
        }
    }

    /// Whether the metric can be computed for a task of this kind.
    public func fits(_ kind: TaskKind) -> Bool {
        switch self {
        case .accuracy, .macroF1, .microF1, .auc: kind != .regression
        case .matthews: if case .classification = kind { true } else { false }
        case .meanAbsoluteError, .rootMeanSquaredError, .r2, .pearson, .spearman: kind == .regression
        }
    }
}
