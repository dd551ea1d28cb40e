import EspalierTensor

/// Each task trained alone beside all tasks trained together, over the same seeds.
public struct Comparison: Sendable, Codable, Equatable {
    public let seeds: [UInt64]
    public let tasks: [TaskComparison]
    /// The papers' Δm over the headline metrics' means, percent: **lower is better**, negative is a gain.
    @JSONNumbers public private(set) var deltaMLowerIsBetter: Double
    /// LibMTL's Δp over the headline metrics' means, percent: **higher is better**, positive is a gain.
    @JSONNumbers public private(set) var deltaPHigherIsBetter: Double

    /// - Parameters:
    ///   - singleTask: `[seeds][tasks]`, each from a model of its own.
    ///   - multiTask: `[seeds][tasks]` in the same order, all tasks of a seed from one model.
    public init(seeds: [UInt64], singleTask: [[TaskEvaluation]], multiTask: [[TaskEvaluation]]) {
        precondition(
            singleTask.count == seeds.count && multiTask.count == seeds.count,
            "[comparison] \(seeds.count) seeds, \(singleTask.count) single-task and \(multiTask.count) multi-task runs")
        let names = multiTask.first?.map(\.task) ?? []
        precondition(
            (singleTask + multiTask).allSatisfy { $0.map(\.task) == names },
            "[comparison] every run needs the tasks \(names), in this order")
        self.seeds = seeds
        let tasks = names.indices.map { index in
            TaskComparison(singleTask: singleTask.map { $0[index] }, multiTask: multiTask.map { $0[index] })
        }
        self.tasks = tasks
        deltaMLowerIsBetter = DeltaM.papers(tasks.map(\.headlinePairs))
        deltaPHigherIsBetter = DeltaM.libMTL(tasks.map(\.headlinePairs))
    }

    /// For a terminal: a row for each task's headline metrics, and both forms of Δm with their sign.
    public func rendered() -> String {
        var table = TextTable(
            ["task", "metric", "alone", "together", "difference", "p", "together is"],
            alignments: [.left, .left, .right, .right, .right, .right, .left])
        for task in tasks {
            for (row, metric) in task.headline.enumerated() {
                table.append([
                    row == 0 ? task.task : "", metric.metric.displayName,
                    metric.singleTask.rendered, metric.multiTask.rendered,
                    NumberText.signed(metric.difference.mean, digits: 3),
                    NumberText.fixed(metric.pValue, digits: 3), metric.verdict.rawValue,
                ])
            }
        }
        return table.rendered() + """

            mean ± standard deviation over \(seeds.count == 1 ? "1 seed" : "\(seeds.count) seeds"), paired t-test
            Δm \(NumberText.signed(deltaMLowerIsBetter, digits: 2)) % (papers' form, lower is better)
            Δp \(NumberText.signed(deltaPHigherIsBetter, digits: 2)) % (LibMTL's form, higher is better)

            """
    }
}

/// One task, trained alone and trained with the others.
public struct TaskComparison: Sendable, Codable, Equatable {
    public let task: String
    public let kind: TaskKind
    /// Every metric that fits the kind, in the order of `Metric.allCases`.
    public let metrics: [MetricComparison]
    /// Whether training together is better, by the primary metric.
    public let verdict: Verdict

    /// The kind's headline metrics, the primary one first.
    public var headline: [MetricComparison] {
        kind.headlineMetrics.compactMap { metric in metrics.first { $0.metric == metric } }
    }

    init(singleTask: [TaskEvaluation], multiTask: [TaskEvaluation]) {
        let kind = multiTask[0].kind
        task = multiTask[0].task
        self.kind = kind
        metrics = kind.metrics.map { metric in
            MetricComparison(
                metric: metric, singleTask: singleTask.map { $0[metric] }, multiTask: multiTask.map { $0[metric] })
        }
        verdict = metrics.first { $0.metric == kind.primaryMetric }?.verdict ?? .noClearDifference
    }

    var headlinePairs: [DeltaM.Pair] {
        headline.map {
            DeltaM.Pair(
                singleTask: $0.singleTask.mean, multiTask: $0.multiTask.mean,
                higherIsBetter: $0.metric.higherIsBetter)
        }
    }
}

/// One metric of one task over the seeds.
public struct MetricComparison: Sendable, Codable, Equatable {
    public let metric: Metric
    public let singleTask: Spread
    public let multiTask: Spread
    /// Multi-task minus single-task, seed by seed.
    public let difference: Spread
    /// Of the paired t-test; NaN (`null` in JSON) for fewer than two seeds.
    @JSONNumbers public private(set) var pValue: Double
    public let verdict: Verdict

    /// - Parameters:
    ///   - singleTask: the metric for each seed.
    ///   - multiTask: the metric for each seed, in the same order.
    public init(metric: Metric, singleTask: [Double], multiTask: [Double]) {
        self.metric = metric
        self.singleTask = Spread(singleTask)
        self.multiTask = Spread(multiTask)
        let difference = Spread(zip(multiTask, singleTask).map { $0 - $1 })
        self.difference = difference
        let pValue = PairedTTest.pValue(differences: difference.values)
        self.pValue = pValue
        verdict = Verdict(gain: metric.higherIsBetter ? difference.mean : -difference.mean, pValue: pValue)
    }
}

/// What the seeds say about training together: better or worse where p < 0.05.
public enum Verdict: String, Sendable, Codable {
    case better
    case worse
    case noClearDifference = "no clear difference"

    init(gain: Double, pValue: Double) {
        // Written so that a NaN ends in the last case.
        if pValue < 0.05 && gain > 0 {
            self = .better
        } else if pValue < 0.05 && gain < 0 {
            self = .worse
        } else {
            self = .noClearDifference
        }
    }
}

extension Spread {
    fileprivate var rendered: String {
        values.count < 2
            ? NumberText.fixed(mean, digits: 3)
            : NumberText.fixed(mean, digits: 3) + " ± " + NumberText.fixed(standardDeviation, digits: 3)
    }
}
