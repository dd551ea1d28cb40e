/// The curves of a training report: what all tasks share first, then each task on its own scales.
struct ReportCurves {
    private let report: TrainingReport
    private let tasks: [ReportTask]

    init(_ report: TrainingReport, tasks: [ReportTask]) {
        self.report = report
        self.tasks = tasks
    }

    func html() -> String {
        let perTask = tasks.map { task in
            "<h3>\(task.name.escaped)</h3>\n" + Self.grid([lossChart(task)] + metricCharts(task))
        }
        return Self.grid(overview) + "\n" + perTask.joined(separator: "\n")
    }

    /// What the tasks share; with one task, its own charts say it all but the learning rate.
    private var overview: [LineChart] {
        let learningRate = chart("Learning rate", [("learning rate", { $0.learningRate })])
        if tasks.count == 1 { return [learningRate] }
        let scores: [(String, Value)] = tasks.compactMap { task in
            task.kind.map { kind in (task.name, { $0.dev[task.name]?[kind.primaryMetric] }) }
        }
        let weights: [(String, Value)] = tasks.map { task in (task.name, { $0.taskWeights[task.name] }) }
        let shared = [learningRate, chart("Task weights", weights)]
        return hasDev ? [chart("Dev, each task's main metric", scores)] + shared : shared
    }

    private var hasDev: Bool { report.epochs.contains { !$0.dev.isEmpty } }

    private func lossChart(_ task: ReportTask) -> LineChart {
        chart("Training loss", [("loss", { $0.trainingLoss[task.name] })])
    }

    private func metricCharts(_ task: ReportTask) -> [LineChart] {
        guard let kind = task.kind, hasDev else { return [] }
        return kind.headlineMetrics.map { metric in
            chart("Dev \(metric.displayName)", [(metric.displayName, { $0.dev[task.name]?[metric] })])
        }
    }

    private typealias Value = (TrainingReport.Epoch) -> Double?

    private func chart(_ title: String, _ lines: [(name: String, value: Value)]) -> LineChart {
        LineChart(
            title: title, xLabel: "epoch",
            series: lines.map { line in
                LineChart.Series(
                    name: line.name,
                    points: report.epochs.map { (x: Double($0.number), y: line.value($0) ?? .nan) })
            },
            marker: report.bestEpoch.map { (x: Double($0), label: "kept") })
    }

    static func grid(_ charts: [LineChart]) -> String {
        let cards = charts.map { #"<div class="card">\#($0.svg())</div>"# }
        return #"<div class="grid">\#(cards.joined(separator: "\n"))</div>"#
    }
}
