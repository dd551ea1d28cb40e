/// The charts of a report's gradient records: how long the tasks' gradients are, and which point away from each other.
struct GradientCurves {
    private let records: [TrainingReport.GradientRecord]

    init(_ records: [TrainingReport.GradientRecord]) { self.records = records }

    var charts: [LineChart] {
        [
            chart("Gradient norms", tasks.map { task in (task, { $0.value(of: task, \.norms) }) }),
            chart("Cosine of two tasks' gradients", pairs.map { a, b in ("\(a), \(b)", { $0.cosine(a, b) }) }),
            chart("Pairs in conflict", [("pairs", { Double($0.conflicts) })]),
        ]
    }

    private var tasks: [String] {
        var seen: [String] = []
        for task in records.flatMap(\.tasks) where !seen.contains(task) { seen.append(task) }
        return seen
    }

    /// At most six, those of the lowest mean cosine: a chart holds no more lines.
    private var pairs: [(String, String)] {
        let all = tasks.indices.flatMap { i in tasks[(i + 1)...].map { (tasks[i], $0) } }
        let means = all.map { a, b in
            let cosines = records.compactMap { $0.cosine(a, b) }.filter { !$0.isNaN }
            return cosines.isEmpty ? .infinity : cosines.reduce(0, +) / Double(cosines.count)
        }
        let worst = all.indices.sorted { (means[$0], $0) < (means[$1], $1) }.prefix(6).sorted()
        return worst.map { all[$0] }
    }

    private func chart(
        _ title: String, _ lines: [(name: String, value: (TrainingReport.GradientRecord) -> Double?)]
    ) -> LineChart {
        LineChart(
            title: title, xLabel: "step",
            series: lines.map { line in
                LineChart.Series(
                    name: line.name, points: records.map { (x: Double($0.step), y: line.value($0) ?? .nan) })
            },
            marker: nil)
    }
}

extension TrainingReport.GradientRecord {
    fileprivate func value(of task: String, _ values: KeyPath<Self, [Double]>) -> Double? {
        tasks.firstIndex(of: task).map { self[keyPath: values][$0] }
    }

    fileprivate func cosine(_ a: String, _ b: String) -> Double? {
        guard let i = tasks.firstIndex(of: a), let j = tasks.firstIndex(of: b) else { return nil }
        return cosines[i][j]
    }
}
