/// The charts of a report's gradient records, for each group of parameters: how long the tasks' gradients are, which point
/// away from each other, and how much that matters.
struct GradientCurves {
    let groups: [Group]

    init(_ records: [TrainingReport.GradientRecord]) {
        var groups: [Group] = []
        for record in records {
            if let index = groups.firstIndex(where: { $0.layers == record.layers }) {
                groups[index].records.append(record)
            } else {
                groups.append(Group(layers: record.layers, records: [record]))
            }
        }
        self.groups = groups
    }

    func html() -> String {
        groups.map { group in
            "<h3>\(group.layers.joined(separator: ", ").escaped)</h3>\n" + ReportCurves.grid(group.charts)
        }.joined(separator: "\n")
    }

    /// One group's records.
    struct Group {
        let layers: [String]
        var records: [TrainingReport.GradientRecord]

        var charts: [LineChart] {
            [
                chart("Gradient norms", tasks.map { task in (task, { $0.value(of: task, \.norms) }) }),
                pairChart("Cosine of two tasks' gradients", \.cosines),
                chart("Pairs in conflict", [("pairs", { Double($0.conflicts) })]),
                pairChart("Magnitude similarity", \.magnitudeSimilarity),
                pairChart("Curvature bound", \.curvatureBound),
                chart("Condition number (a gap: infinite)", [("condition number", { $0.conditionNumber })]),
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
                let cosines = records.compactMap { $0.value(of: a, b, \.cosines) }.filter { !$0.isNaN }
                return cosines.isEmpty ? .infinity : cosines.reduce(0, +) / Double(cosines.count)
            }
            let worst = all.indices.sorted { (means[$0], $0) < (means[$1], $1) }.prefix(6).sorted()
            return worst.map { all[$0] }
        }

        private func pairChart(
            _ title: String, _ values: KeyPath<TrainingReport.GradientRecord, [[Double]]>
        ) -> LineChart {
            chart(title, pairs.map { a, b in ("\(a), \(b)", { $0.value(of: a, b, values) }) })
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
}

extension TrainingReport.GradientRecord {
    fileprivate func value(of task: String, _ values: KeyPath<Self, [Double]>) -> Double? {
        tasks.firstIndex(of: task).map { self[keyPath: values][$0] }
    }

    fileprivate func value(of a: String, _ b: String, _ values: KeyPath<Self, [[Double]]>) -> Double? {
        guard let i = tasks.firstIndex(of: a), let j = tasks.firstIndex(of: b) else { return nil }
        return self[keyPath: values][i][j]
    }
}
