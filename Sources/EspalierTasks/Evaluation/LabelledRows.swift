/// The labelled rows of a classification.
struct LabelledClasses {
    let labels: [Int32]
    /// Of the labelled rows, `[classes][rows]`.
    private let scores: [[Double]]
    /// Nil if a score is NaN.
    let confusion: ConfusionMatrix?

    init(probabilities: [Float], labels: [Int32], names: [String]) {
        let classes = names.count
        let rows = labels.indices.filter { labels[$0] >= 0 }
        self.labels = rows.map { labels[$0] }
        scores = (0..<classes).map { index in rows.map { Double(probabilities[$0 * classes + index]) } }
        let undefined = scores.contains { $0.contains(where: \.isNaN) }
        confusion =
            undefined
            ? nil
            : ConfusionMatrix(
                labels: self.labels,
                predictions: rows.map { Int32(probabilities.indexOfLargest(in: $0 * classes..<($0 + 1) * classes)) },
                classNames: names)
    }

    var values: [Metric: Double] {
        [
            .accuracy: confusion?.accuracy ?? .nan,
            .macroF1: confusion?.macroF1 ?? .nan,
            .microF1: confusion?.microF1 ?? .nan,
            .matthews: confusion?.matthews ?? .nan,
            .auc: areaUnderCurve,
        ]
    }

    /// Of the second class where there are two; else the mean of each class against the rest, over
    /// the classes that have rows on both sides.
    private var areaUnderCurve: Double {
        let classes = scores.count == 2 ? 1..<2 : scores.indices
        return meanOfDefined(
            classes.map { index in
                RankMetrics.areaUnderCurve(scores: scores[index], positives: labels.map { $0 == index })
            })
    }
}

/// The known labels of a multi-label task.
struct LabelledSets {
    /// Rows with at least one known label.
    private(set) var rows = 0
    private var exactRows = 0
    private var counts: [BinaryCounts]
    /// Scores and labels of the rows where a label is known, for each label.
    private var scores: [[Double]]
    private var positives: [[Bool]]

    init(probabilities: [Float], labels: [Float], width: Int) {
        counts = Array(repeating: BinaryCounts(), count: width)
        scores = Array(repeating: [], count: width)
        positives = Array(repeating: [], count: width)
        for start in stride(from: 0, to: labels.count, by: max(1, width)) {
            let known = (0..<width).filter { !labels[start + $0].isNaN }
            var exact = true
            for index in known {
                let probability = probabilities[start + index]
                let label = labels[start + index] >= 0.5
                counts[index].add(label: label, prediction: probability >= 0.5)
                scores[index].append(Double(probability))
                positives[index].append(label)
                if (probability >= 0.5) != label { exact = false }
            }
            if known.isEmpty { continue }
            rows += 1
            if exact { exactRows += 1 }
        }
    }

    var values: [Metric: Double] {
        if scores.contains(where: { $0.contains(where: \.isNaN) }) {
            return [.accuracy: .nan, .macroF1: .nan, .microF1: .nan, .auc: .nan]
        }
        return [
            .accuracy: Double(exactRows) / Double(rows),
            .macroF1: counts.macroF1,
            .microF1: counts.microF1,
            .auc: meanOfDefined(zip(scores, positives).map(RankMetrics.areaUnderCurve)),
        ]
    }
}

/// The labelled rows of a regression.
struct LabelledNumbers {
    let labels: [Double]
    private let predictions: [Double]

    init(predictions: [Float], labels: [Float]) {
        let rows = labels.indices.filter { !labels[$0].isNaN }
        self.labels = rows.map { Double(labels[$0]) }
        self.predictions = rows.map { Double(predictions[$0]) }
    }

    var values: [Metric: Double] {
        [
            .meanAbsoluteError: RegressionMetrics.meanAbsoluteError(predictions: predictions, labels: labels),
            .rootMeanSquaredError: RegressionMetrics.rootMeanSquaredError(predictions: predictions, labels: labels),
            .r2: RegressionMetrics.r2(predictions: predictions, labels: labels),
            .pearson: RegressionMetrics.pearson(predictions: predictions, labels: labels),
            .spearman: RankMetrics.spearman(predictions: predictions, labels: labels),
        ]
    }
}

/// The mean of the values that are not NaN; NaN if there is none.
func meanOfDefined(_ values: [Double]) -> Double {
    let defined = values.filter { !$0.isNaN }
    return defined.reduce(0, +) / Double(defined.count)
}
