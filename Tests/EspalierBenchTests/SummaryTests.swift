import Testing

@testable import espalier_bench

@Suite struct SummaryTests {
    /// Ours takes a second; the peers as long as their ratio says.
    static func result(_ family: String, _ ratios: [Double], threads: Int = 1) -> CaseResult {
        let timing = CaseTiming(
            contestants: [[1]] + ratios.map { [$0] }, arithmetic: RoofTiming(name: "FMA", rates: [10], work: 5),
            stream: RoofTiming(name: "stream", rates: [10], work: 1))
        return CaseResult(
            family: family, name: "case", threads: threads,
            work: Work(flops: 5, bytes: 1, footprint: 1, written: 0), timing: timing,
            peers: Array(["A", "B"].prefix(ratios.count)))
    }

    @Test func theBestPeerIsChosenCaseByCase() throws {
        let summary = FamilySummary([Self.result("f", [0.5, 8]), Self.result("f", [8, 2])])
        #expect(summary.comparisons.map(\.peer) == ["A", "B", FamilySummary.best])
        #expect(summary.comparisons.map { ($0.geometricMean * 1e9).rounded() / 1e9 } == [2, 4, 1])
        #expect(summary.comparisons[2].least == 0.5)
        #expect(summary.behind == 1)
        #expect(summary.share == 0.5)
    }

    @Test func onePeerIsItsOwnBest() {
        #expect(FamilySummary([Self.result("f", [2])]).comparisons.map(\.peer) == ["A"])
        #expect(FamilySummary([Self.result("f", [])]).comparisons.isEmpty)
    }

    @Test func familiesAreSummedUpForEachNumberOfThreads() {
        let results = [
            Self.result("f", [1]), Self.result("g", [1]), Self.result("f", [1]), Self.result("f", [1], threads: 2),
        ]
        let summaries = FamilySummary.all(of: results)
        #expect(summaries.map(\.family) == ["f", "f", "g"])
        #expect(summaries.map(\.threads) == [1, 2, 1])
        #expect(summaries.map(\.cases) == [2, 1, 1])
    }

    @Test func aReportNamesWhoIsBehind() {
        let report = CaseReport(machine: Machine(), results: [Self.result("f", [0.5, 8]), Self.result("f", [1, 2])])
        #expect(report.text.contains("under 0.85 of the best peer's speed:\n  case, 1 thread: A 0.50, B 8.00\n"))
        #expect(report.markdown.contains("| family | threads | cases | A | B | best of them |"))
        #expect(report.markdown.contains("| f | 1 | 2 | 0.71 | 4.00 | 0.71 | 0.50 | 1 | 50 % |"))
    }

    @Test func theChartPutsOneWhereNobodyIsFaster() {
        let axis = RatioAxis([0.3, 5], pixels: (0, 500))
        #expect(axis.ticks == [0.25, 0.5, 1, 2, 4, 8])
        #expect(axis.position(1) == 200)
        #expect(axis.ticks.map(RatioAxis.label) == ["1/4", "1/2", "1", "2", "4", "8"])
    }
}
