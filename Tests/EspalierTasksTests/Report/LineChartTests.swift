import EspalierTasks
import Foundation
import Testing

@Suite struct LineChartTests {
    static func svg(_ values: [Double]...) -> String {
        LineChart(
            title: "Loss <&>", xLabel: "epoch",
            series: values.enumerated().map { index, line in
                .init(
                    name: "task \(index)", points: line.enumerated().map { (x: Double($0.offset + 1), y: $0.element) })
            },
            marker: (x: 1, label: "kept")
        ).svg()
    }

    @Test func ticksAreRoundAndEncloseTheData() {
        let svg = Self.svg([0.12, 0.34, 0.97])
        for tick in ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"] { #expect(svg.contains(">\(tick)</text>")) }
        #expect(!svg.contains(">1.2</text>"))
    }

    @Test func severalLinesGetALegendAndALabelEach() {
        let svg = Self.svg([1, 2], [2, 1])
        #expect(svg.components(separatedBy: ">task 0</text>").count - 1 == 2)
        #expect(svg.contains("line s0") && svg.contains("line s1"))
        #expect(!Self.svg([1, 2]).contains(">task 0</text>"))
    }

    @Test func aPointThatIsNotFiniteBreaksTheLine() {
        #expect(Self.svg([1, 2, .nan, 3, 4]).components(separatedBy: "<polyline").count - 1 == 2)
        #expect(Self.svg([1, 2, 3, 4]).components(separatedBy: "<polyline").count - 1 == 1)
    }

    @Test(
        arguments: [
            [], [.nan, .infinity], [0.5], [3, 3, 3], [0, 0], [1e308, -1e308], [0x1p-1074, 0x1p-1063], [1e200, -1e200],
            [1, 1.0000000000000002], [-1e-9, 1e9], [1e-7, 3e-7],
        ] as [[Double]])
    func anyNumbersMakeAWellFormedChart(values: [Double]) {
        let svg = Self.svg(values)
        #expect(nestingFault(in: svg) == nil)
        #expect(!svg.contains("nan") && !svg.contains("inf") && !svg.contains("–\""))
    }

    @Test func aLongRunIsDrawnWithoutADotForEachPoint() {
        let svg = Self.svg((0..<1000).map { Double($0) })
        #expect(svg.components(separatedBy: "<circle").count - 1 == 1)
    }

    @Test func namesAreEscaped() {
        #expect(Self.svg([1, 2]).contains("Loss &lt;&amp;&gt;"))
    }
}
