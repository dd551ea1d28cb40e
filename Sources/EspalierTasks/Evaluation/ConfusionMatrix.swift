/// How often each class was taken for each: the source of every metric that looks at the
/// predicted class only.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
    public let classNames: [String]
    /// `[labelled class, predicted class]`.
    public private(set) var counts: [[Int]]

    /// All counts zero.
    public init(classNames: [String]) {
        self.classNames = classNames
        counts = Array(repeating: Array(repeating: 0, count: classNames.count), count: classNames.count)
    }

    /// Counts the rows whose label and prediction are both in `0..<classNames.count`; a label of -1
    /// is a missing one.
    public init(labels: [Int32], predictions: [Int32], classNames: [String]) {
        self.init(classNames: classNames)
        let classes = classNames.indices
        for (label, prediction) in zip(labels, predictions)
        where classes.contains(Int(label)) && classes.contains(Int(prediction)) {
            counts[Int(label)][Int(prediction)] += 1
        }
    }

    /// Refuses counts that are negative or not a square of one row and column a class.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        classNames = try container.decode([String].self, forKey: .classNames)
        counts = try container.decode([[UInt32]].self, forKey: .counts).map { $0.map(Int.init) }
        let classes = classNames.count
        if counts.count != classes || counts.contains(where: { $0.count != classes }) {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container, debugDescription: "not a square for \(classes) classes")
        }
    }

    /// Rows counted.
    public var total: Int { labelled.reduce(0, +) }

    /// Rows of each labelled class, `[classes]`.
    public var labelled: [Int] { counts.map { $0.reduce(0, +) } }

    /// Rows of each predicted class, `[classes]`.
    public var predicted: [Int] {
        counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } }
    }

    /// Rows predicted right.
    public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }

    /// correct / total. NaN without rows.
    public var accuracy: Double { Double(correct) / Double(total) }

    /// True and false positives and false negatives of each class, `[classes]`.
    public var binaryCounts: [BinaryCounts] {
        zip(labelled, predicted).enumerated().map { index, sums in
            let hits = counts[index][index]
            return BinaryCounts(
                truePositives: hits, falsePositives: sums.1 - hits, falseNegatives: sums.0 - hits)
        }
    }

    /// Mean F1 of the classes that occur among labels or predictions. NaN without rows.
    public var macroF1: Double { binaryCounts.macroF1 }

    /// F1 of the summed counts; one class a row makes it equal to the accuracy. NaN without rows.
    public var microF1: Double { binaryCounts.microF1 }

    /// Matthews correlation for K classes:
    /// (c s - Σ tₖ pₖ) / √((s² - Σ pₖ²)(s² - Σ tₖ²)),
    /// c rows right of s, class k labelled tₖ times and predicted pₖ times.
    /// 0 where labels or predictions hold one class only, NaN without rows.
    /// J. Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004.
    public var matthews: Double {
        let rows = Double(total)
        if rows == 0 { return .nan }
        let labelled = labelled.map(Double.init)
        let predicted = predicted.map(Double.init)
        let agreement = Double(correct) * rows - zip(labelled, predicted).reduce(0) { $0 + $1.0 * $1.1 }
        let spreadOfLabels = rows * rows - labelled.reduce(0) { $0 + $1 * $1 }
        let spreadOfPredictions = rows * rows - predicted.reduce(0) { $0 + $1 * $1 }
        if spreadOfLabels == 0 || spreadOfPredictions == 0 { return 0 }
        return agreement / (spreadOfLabels * spreadOfPredictions).squareRoot()
    }
}
