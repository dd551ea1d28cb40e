import Espalier
import Foundation

/// The results of `step`: a table, Markdown, or JSON.
struct StepReport: Codable {
    var machine: [MachinePeak] = []
    var results: [StepResult] = []

    /// Whom the ratios compare with.
    private var first: String { results[0].contender }

    var text: String {
        let columns = ["step", "threads", "contender", "µs", "spread", "GF/s", "of peak", "time / \(first)"]
        var table = TextTable(columns, alignments: [.left, .right, .left] + Array(repeating: .right, count: 5))
        for result in results {
            table.append([
                result.name, String(result.threads), result.contender, number(result.microseconds),
                percent(result.spread), number(result.gigaflopsPerSecond), result.peakShare.map(percent) ?? "",
                String(format: "%.2f", result.ratioToFirst),
            ])
        }
        return machine.map { $0.description + "\n" }.joined() + "\n" + table.rendered()
    }

    /// A table for a README: a row for each case and number of threads, a column for each contender.
    var markdown: String {
        let contenders = results.map(\.contender).uniqued
        let header =
            ["step", "threads"] + contenders.map { "\($0), µs" } + contenders.dropFirst().map { "\($0) / \(first)" }
        let rows = results.filter { $0.contender == first }.map { own in
            let all = contenders.map { name in
                results.first { $0.contender == name && $0.name == own.name && $0.threads == own.threads }
            }
            return [own.name, String(own.threads)] + all.map { $0.map { number($0.microseconds) } ?? "" }
                + all.dropFirst().map { $0.map { String(format: "%.2f", $0.ratioToFirst) } ?? "" }
        }
        let rule = ["---"] + header.dropFirst().map { _ in "---:" }
        return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }
}

extension [String] {
    /// Each once, where it stood first.
    fileprivate var uniqued: [String] {
        reduce(into: []) { kept, name in if !kept.contains(name) { kept.append(name) } }
    }
}
