import EspalierTestSupport
import Testing

@testable import espalier_bench

@Suite struct StatisticsTests {
    @Test func quantilesLieBetweenNeighboursInProportion() {
        let numbers = [4.0, 1, 3, 2]
        #expect(numbers.median == 2.5)
        #expect(numbers.quantile(0) == 1)
        #expect(numbers.quantile(1) == 4)
        #expect(numbers.quantile(0.25) == 1.75)
        #expect([7.0].median == 7)
        #expect([1.0, 2, 3, 4, 5].spread == 2.0 / 3)
    }

    @Test func aRatioAndItsInverseCancelOut() {
        #expect(abs([4, 0.25].geometricMean - 1) < 1e-15)
        #expect(abs([2, 8].geometricMean - 4) < 1e-15)
    }

    /// A round in which the machine was slow for both says as much as any other.
    @Test func ratiosAreFormedRoundByRound() {
        #expect([2.0, 20, 2].medianRatio(to: [1, 10, 1]) == 2)
        #expect([3.0, 300, 2].medianRatio(to: [1, 100, 1]) == 3)
    }
}
