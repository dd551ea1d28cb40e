import EspalierTasks
import Testing

/// Expected numbers come from `scipy.stats.t.sf` and `scipy.stats.ttest_rel`.
@Suite struct PairedTTestTests {
    @Test(arguments: [
        (2.0, 1, 0.2951672353008665), (2.5, 4, 0.06676654481198814), (0.3, 9, 0.7709907037415248),
        (12.0, 2, 0.00687293367715846), (6.0, 30, 1.3942768767204764e-06), (-6.0, 30, 1.3942768767204764e-06),
        (0.0, 3, 1.0),
    ])
    func pValueAgreesWithSciPy(t: Double, degreesOfFreedom: Int, expected: Double) {
        let p = PairedTTest.pValue(t: t, degreesOfFreedom: degreesOfFreedom)
        #expect(abs(p - expected) < 1e-12 * expected)
    }

    @Test func differencesAgreeWithSciPy() {
        let p = PairedTTest.pValue(differences: [0.74 - 0.7, 0.75 - 0.72, 0.73 - 0.71])
        #expect(abs(p - 0.035098718645984656) < 1e-12)
    }

    @Test func degenerateDifferences() {
        #expect(PairedTTest.pValue(differences: []).isNaN)
        #expect(PairedTTest.pValue(differences: [0.5]).isNaN)
        #expect(PairedTTest.pValue(differences: [0, 0, 0]) == 1)
        #expect(PairedTTest.pValue(differences: [0.5, 0.5]) == 0)
        #expect(PairedTTest.pValue(differences: [0.5, .nan]).isNaN)
        #expect(PairedTTest.pValue(t: .infinity, degreesOfFreedom: 2) == 0)
    }
}
