import Espalier
import Foundation

/// Ratios on a logarithmic axis, as SVG: for each family and peer a dot at the geometric mean, a bar over the middle half
/// of the cases, a line from the least to the most. Right of 1 ours is faster.
struct RatioChart {
    let summaries: [FamilySummary]
    var width = 760.0

    init(_ summaries: [FamilySummary]) { self.summaries = summaries }

    private static let (rowHeight, groupGap) = (17.0, 16.0)
    /// For the column of geometric means.
    private static let meanWidth = 60.0

    private var peers: [String] { summaries.flatMap { $0.comparisons.map(\.peer) }.uniqued }

    func svg() -> String {
        let title = "Matrix products: how many times as fast as each peer"
        let legend = SVG.legend(peers, width: width)
        let top = legend.bottom + 16
        let left = 12 + (summaries.map { SVG.width(of: groupTitle($0)) }.max() ?? 0)
        let axis = RatioAxis(
            summaries.flatMap { $0.comparisons.flatMap { [$0.least, $0.most] } }, pixels: (left, width - Self.meanWidth)
        )

        var rows: [String] = []
        var y = top
        for summary in summaries {
            y += Self.groupGap / 2
            let middle = y + Double(summary.comparisons.count) * Self.rowHeight / 2
            rows.append(SVG.text(groupTitle(summary), x: left - 10, y: middle + 4, anchor: "end", style: "value"))
            for comparison in summary.comparisons {
                rows += row(comparison, y: y + Self.rowHeight / 2, axis)
                y += Self.rowHeight
            }
            y += Self.groupGap / 2
        }

        var elements = [SVG.text(title, x: 0, y: 14, style: "name")] + legend.elements
        for tick in axis.ticks {
            let x = axis.position(tick)
            elements.append(SVG.line(tick == 1 ? "base" : "grid", from: (x, top), to: (x, y)))
            elements.append(SVG.text(RatioAxis.label(tick), x: x, y: y + 16, anchor: "middle"))
        }
        elements += rows
        let words = "a peer's time over ours; dot and figure: geometric mean, bar: middle half of the cases, line: all"
        elements.append(SVG.text(words, x: (left + width - Self.meanWidth) / 2, y: y + 36, anchor: "middle"))
        return SVG.document(width: width, height: y + 46, title: title, elements)
    }

    private func groupTitle(_ summary: FamilySummary) -> String {
        "\(summary.family), \(threadsText(summary.threads)) (\(summary.cases))"
    }

    private func row(_ summary: RatioSummary, y: Double, _ axis: RatioAxis) -> [String] {
        let colour = SVG.colour(peers.firstIndex(of: summary.peer) ?? 0)
        let (low, high) = (axis.position(summary.lowerQuartile), axis.position(summary.upperQuartile))
        let mean = axis.position(summary.geometricMean)
        let (least, most) = (axis.position(summary.least), axis.position(summary.most))
        return [
            SVG.line("s\(colour)", from: (least, y), to: (most, y)),
            SVG.rectangle("f\(colour)", x: low, y: y - 4, width: max(high - low, 1), height: 8),
            SVG.dot("f\(colour)", x: mean, y: y, radius: 5),
            SVG.text(number(summary.geometricMean), x: width, y: y + 4, anchor: "end", style: "value"),
        ]
    }
}

/// Powers of two around the values and 1.
struct RatioAxis {
    let ticks: [Double]
    private let pixels: (first: Double, last: Double)

    init(_ values: [Double], pixels: (first: Double, last: Double)) {
        let exponents = (values + [1]).map(log2)
        let (low, high) = (exponents.min()!.rounded(.down), max(exponents.max()!.rounded(.up), 1))
        ticks = stride(from: low, through: high, by: 1).map(exp2)
        self.pixels = pixels
    }

    func position(_ value: Double) -> Double {
        let (low, high) = (log2(ticks[0]), log2(ticks[ticks.count - 1]))
        return pixels.first + (log2(value) - low) / (high - low) * (pixels.last - pixels.first)
    }

    /// "1/4", "1", "8".
    static func label(_ tick: Double) -> String { tick < 1 ? "1/\(Int(1 / tick))" : "\(Int(tick))" }
}
