import Testing

@testable import EspalierTasks

@Suite struct GradientCurvesTests {
    private let groups = GradientCurves(SampleReport.gradients).groups

    @Test func everyGroupHasItsCharts() {
        #expect(groups.map(\.layers) == [["embedding.text", "trunk.0"], ["br<anch"]])
        for group in groups {
            #expect(
                group.charts.map(\.title) == [
                    "Gradient norms", "Cosine of two tasks' gradients", "Pairs in conflict", "Magnitude similarity",
                    "Curvature bound", "Condition number (a gap: infinite)",
                ])
            for chart in group.charts {
                for line in chart.series { #expect(line.points.map(\.x) == [1, 51, 101, 151]) }
            }
        }
    }

    @Test func aLineForEachTaskAndPair() {
        let charts = groups[0].charts
        #expect(charts[0].series.map(\.name) == ["sentiment", "topic", "inten<sity>"])
        for place in [1, 3, 4] {
            #expect(
                charts[place].series.map(\.name) == [
                    "sentiment, topic", "sentiment, inten<sity>", "topic, inten<sity>",
                ])
        }
        #expect(groups[1].charts[1].series.map(\.name) == ["sentiment, topic"])
    }

    /// The first record's gradients are (3, 0, 1), (1, -1, 0), (4, 2, 0).
    @Test func pointsAreTheRecordsFigures() {
        let charts = groups[0].charts
        func first(_ chart: Int, _ line: Int) -> Double { charts[chart].series[line].points[0].y }
        #expect(abs(first(0, 0) - (10.0).squareRoot()) < 1e-12)
        let cosine = 3 / (20.0).squareRoot()
        #expect(abs(first(1, 0) - cosine) < 1e-12)
        #expect(first(2, 0) == 0)
        #expect(abs(first(3, 0) - 2 * (20.0).squareRoot() / 12) < 1e-12)
        #expect(abs(first(4, 0) - (1 - cosine * cosine) * 6 / 18) < 1e-12)
        #expect(first(5, 0) > 1)
    }

    @Test func whatIsInfiniteOrAbsentLeavesAGap() {
        let charts = groups[0].charts
        #expect(charts[5].series[0].points.map(\.y.isFinite) == [true, true, false, true])
        #expect(charts[0].series[2].points.map(\.y.isNaN) == [false, false, false, true])
        #expect(charts[1].series[1].points.map(\.y.isNaN) == [false, false, false, true])
    }

    /// Of five tasks there are ten pairs.
    @Test func theSixPairsMostInConflictAreShown() {
        let tasks = ["a", "b", "c", "d", "e"]
        let rows = tasks.indices.map { i in tasks.indices.map { $0 == i ? 1 : i == 4 ? -0.5 : 0.1 } }
        let group = GradientCurves([
            .init(epoch: 1, step: 1, layers: ["trunk"], tasks: tasks, gram: GramMatrix(ofRows: rows))
        ]).groups[0]
        let names = group.charts[1].series.map(\.name)
        #expect(names.count == 6)
        #expect(names.filter { $0.hasSuffix("e") } == ["a, e", "b, e", "c, e", "d, e"])
    }
}
