import EspalierTasks
import Testing

@Suite struct SpreadTests {
    @Test func theStandardDeviationDividesByOneLess() {
        let spread = Spread([2, 4, 4, 4, 5, 5, 7, 9])
        #expect(spread.mean == 5)
        #expect(abs(spread.standardDeviation * spread.standardDeviation - 32.0 / 7) < 1e-14)
    }

    @Test func fewValues() {
        #expect(Spread([]).mean.isNaN)
        #expect(Spread([3]).mean == 3 && Spread([3]).standardDeviation.isNaN)
        #expect(Spread([0.1, 0.1, 0.1]).standardDeviation == 0)
    }
}
