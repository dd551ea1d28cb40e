import Espalier

/// The results of `gemm` or `kernels`: as text, Markdown, JSON or a chart.
struct CaseReport: Codable {
    let machine: Machine
    let results: [CaseResult]
    let summaries: [FamilySummary]

    init(machine: Machine, results: [CaseResult]) {
        (self.machine, self.results) = (machine, results)
        summaries = FamilySummary.all(of: results)
    }

    private var comparisons: [String] { summaries.flatMap { $0.comparisons.map(\.peer) }.uniqued }

    /// Every case: ours, each peer with its time over ours, and the share of the roof.
    static func table(_ title: String, of results: [CaseResult]) -> String {
        let peers = results.flatMap { $0.peers.map(\.name) }.uniqued
        var table = TextTable(
            [title, "µs", "±", "GF/s", "GB/s"]
                + peers.flatMap { ["\($0) µs", "ratio"] } + ["roof", "reached"])
        for result in results {
            let figures = [
                number(result.microseconds), percent(result.spread / 2), number(result.gigaflopsPerSecond),
                number(result.gigabytesPerSecond),
            ]
            let compared = peers.flatMap { name in
                result.peer(name).map { [number($0.microseconds), number($0.ratio)] } ?? ["", ""]
            }
            table.append([result.name] + figures + compared + [result.roof, percent(result.share)])
        }
        return table.rendered()
    }

    /// What the families say, and the cases that are behind.
    var text: String {
        var text = "\(machine.description)\n" + (results.roofs + machine.peers).map { $0 + "\n" }.joined()
        var table = TextTable(summaryHeader)
        for row in summaryRows { table.append(row) }
        text += "\n" + table.rendered()
        let behind = results.filter(\.isBehind)
        if !behind.isEmpty { text += "\nunder \(CaseResult.floor) of the best peer's speed:\n" }
        for result in behind {
            let ratios = result.peers.map { "\($0.name) \(number($0.ratio))" }.joined(separator: ", ")
            text += "  \(result.name), \(threadsText(result.threads)): \(ratios)\n"
        }
        return text
    }

    /// The families as a table for a README, with what it was measured on.
    var markdown: String {
        let machine = (["\(machine.description); " + results.roofs.joined(separator: "; ")] + machine.peers)
            .map { $0 + "." }.joined(separator: " ")
        return markdownTable(summaryHeader, summaryRows) + "\n\(machine)\n"
    }

    /// How near the kernels of each family come to their roofs.
    var shareChart: BarChart {
        let families = summaries.map(\.family).uniqued
        let series = summaries.map(\.threads).uniqued.map { threads in
            let shares = families.map { family in
                summaries.first { $0.family == family && $0.threads == threads }?.share ?? .nan
            }
            return BarChart.Series(name: threadsText(threads), values: shares.map { 100 * $0 })
        }
        return BarChart(
            title: "Kernels: how much of the roof they reach", valueLabel: "median of each family, % of the roof",
            groups: families, series: series)
    }

    private var summaryHeader: [String] {
        ["family", "threads", "cases"] + comparisons
            + (comparisons.isEmpty ? [] : ["least", "under \(CaseResult.floor)"]) + ["of the roof"]
    }

    /// Geometric means; the least is against the best peer.
    private var summaryRows: [[String]] {
        summaries.map { summary in
            let means = comparisons.map { peer in
                summary.comparisons.first { $0.peer == peer }.map { number($0.geometricMean) } ?? ""
            }
            let worst = summary.comparisons.last.map { [number($0.least), "\(summary.behind)"] } ?? ["", ""]
            return [summary.family, "\(summary.threads)", "\(summary.cases)"] + means
                + (comparisons.isEmpty ? [] : worst) + [percent(summary.share)]
        }
    }
}
