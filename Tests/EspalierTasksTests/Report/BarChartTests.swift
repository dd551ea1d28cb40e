import EspalierTasks
import Foundation
import Testing

@Suite struct BarChartTests {
    static func chart(_ values: [Double]) -> BarChart {
        BarChart(
            title: "Step", valueLabel: "µs", groups: values.indices.map { "case <\($0)>" },
            series: [.init(name: "ours", values: values), .init(name: "theirs", values: values.map { $0 * 2 })])
    }

    @Test func barsAreAsLongAsTheirValues() throws {
        let svg = Self.chart([100, 200]).svg()
        let widths = svg.matches(of: #/<rect class="f0"[^>]* width="([0-9.]+)"/#).compactMap { Double($0.output.1) }
        // The legend's square comes first.
        try #require(widths.count == 3)
        #expect(abs(widths[2] - 2 * widths[1]) <= 0.15)
    }

    @Test func whatIsNoLengthHasNoBar() {
        let svg = Self.chart([.nan, -1, 5]).svg()
        #expect(svg.components(separatedBy: "<rect").count - 1 == 2 + 2)
        #expect(nestingFault(in: svg) == nil)
        #expect(nestingFault(in: Self.chart([]).svg()) == nil)
    }

    @Test func standingAloneItBringsItsStyle() {
        let svg = SVG.standalone(Self.chart([1]).svg())
        #expect(svg.hasPrefix("<svg") && svg.contains("<style>.chart"))
        #expect(nestingFault(in: svg) == nil)
    }
}
