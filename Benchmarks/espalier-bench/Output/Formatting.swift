import Espalier
import Foundation

/// Three digits that count, or all before the point.
func number(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
}

/// A share of 1.
func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

/// "12.3 µs", "4.56 ms": three digits and a unit.
func time(microseconds: Double) -> String {
    microseconds < 1000 ? "\(number(microseconds)) µs" : "\(number(microseconds / 1000)) ms"
}

func threadsText(_ threads: Int) -> String { threads == 1 ? "1 thread" : "\(threads) threads" }

/// A backend or a peer as a table calls it: of a library, the file without its folder.
func displayName(_ contestant: String) -> String {
    let known = ["native": "Espalier", "torch": "PyTorch", "torch_compile": "torch.compile"]
    return known[contestant] ?? contestant.split(separator: "/").last.map(String.init) ?? contestant
}

/// A Markdown table; the first `left` columns hold text, the others figures.
func markdownTable(_ header: [String], left: Int = 1, _ rows: [[String]]) -> String {
    let rule = header.indices.map { $0 < left ? "---" : "---:" }
    return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
}

func writeFile(_ text: String, to file: String) throws {
    try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
}

extension Array where Element: Equatable {
    /// Each once, where it stood first.
    var uniqued: [Element] { reduce(into: []) { kept, element in if !kept.contains(element) { kept.append(element) } } }
}
