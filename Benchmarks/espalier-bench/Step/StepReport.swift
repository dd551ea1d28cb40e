import Espalier
import Foundation

/// The results of `step`: text, Markdown, or JSON.
struct StepReport: Codable {
    let machine: Machine
    let results: [StepResult]

    /// Whom the ratios compare with.
    private var first: String { results[0].contestant }

    var text: String {
        let columns = ["step", "threads", "contestant", "µs", "±", "GF/s", "of peak", "time / \(first)"]
        var table = TextTable(columns, alignments: [.left, .right, .left] + Array(repeating: .right, count: 5))
        for result in results {
            table.append([
                result.name, String(result.threads), result.contestant, number(result.microseconds),
                percent(result.spread / 2), number(result.gigaflopsPerSecond), result.peakShare.map(percent) ?? "",
                number(result.ratioToFirst),
            ])
        }
        return "\(machine.description)\n\n" + table.rendered()
    }

    /// A table for a README: a row for each case and number of threads, a column for each contestant.
    var markdown: String {
        let contestants = results.map(\.contestant).uniqued
        let rows = results.filter { $0.contestant == first }.map { own in
            let all = contestants.compactMap { name in
                results.first { $0.contestant == name && $0.name == own.name && $0.threads == own.threads }
            }
            return [own.shape, String(own.threads)] + all.map { time(microseconds: $0.microseconds) }
                + all.dropFirst().map { number($0.ratioToFirst) }
        }
        let ratios = contestants.count == 2 ? ["ratio"] : contestants.dropFirst().map { "ratio to \($0)" }
        return markdownTable(["trunk and heads, batch", "threads"] + contestants + ratios, rows)
    }
}
