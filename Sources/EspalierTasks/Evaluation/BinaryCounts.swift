/// The counts of one yes-or-no question over some rows.
public struct BinaryCounts: Sendable, Equatable {
    public var truePositives = 0
    public var falsePositives = 0
    public var falseNegatives = 0

    public init(truePositives: Int = 0, falsePositives: Int = 0, falseNegatives: Int = 0) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.falseNegatives = falseNegatives
    }

    /// 2 TP / (2 TP + FP + FN), in 0...1. NaN where the answer yes neither occurs nor is predicted.
    public var f1: Double {
        Double(2 * truePositives) / Double(2 * truePositives + falsePositives + falseNegatives)
    }

    mutating func add(label: Bool, prediction: Bool) {
        switch (label, prediction) {
        case (true, true): truePositives += 1
        case (false, true): falsePositives += 1
        case (true, false): falseNegatives += 1
        case (false, false): break
        }
    }
}

extension Array where Element == BinaryCounts {
    /// Mean F1 over the questions where it is defined, in 0...1; NaN where there is none.
    public var macroF1: Double {
        let scores = map(\.f1).filter { !$0.isNaN }
        return scores.reduce(0, +) / Double(scores.count)
    }

    /// F1 of the summed counts, in 0...1; NaN where nothing is labelled or predicted yes.
    public var microF1: Double {
        reduce(into: BinaryCounts()) { sum, counts in
            sum.truePositives += counts.truePositives
            sum.falsePositives += counts.falsePositives
            sum.falseNegatives += counts.falseNegatives
        }.f1
    }
}
