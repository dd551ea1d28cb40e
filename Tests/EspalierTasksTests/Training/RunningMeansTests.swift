import Testing

@testable import EspalierTasks

/// What absent tasks stand with.
@Suite struct RunningMeansTests {
    /// Of gradients with these norms and cosines of the pairs (0, 1), (0, 2), (1, 2).
    private func gram(_ norms: [Double], _ a: Double, _ b: Double, _ c: Double) -> GramMatrix {
        let cosines = [1, a, b, a, 1, c, b, c, 1]
        return GramMatrix(tasks: 3, elements: (0..<9).map { norms[$0 / 3] * norms[$0 % 3] * cosines[$0] })
    }

    private func isSemidefinite(_ gram: GramMatrix) -> Bool {
        eigenvalues(of: gram).first! >= -1e-14 * gram.scale * Double(gram.tasks)
    }

    /// Each pair alone is possible; the three are not.
    @Test func cosinesOfSeveralBatchesBecomeThoseOfGradients() {
        var means = RunningMeans(tasks: 3, decay: 0.5)
        _ = means.completed(gram([2, 1, 0], 0.9, 0, 0), present: [true, true, false])
        _ = means.completed(gram([4, 0, 1], 0, 0.8, 0), present: [true, false, true])
        let completed = means.completed(gram([0, 3, 0.1], 0, 0, -0.9), present: [false, true, true])
        #expect(isSemidefinite(completed))
        #expect(areClose(completed.norms, [(0.5 * 4 + 0.5 * 16 as Double).squareRoot(), 3, 0.1], within: 1e-12))
        let cosines = GradientConflict(completed)
        let scale = cosines.cosine(0, 1) / 0.9
        #expect(scale > 0.5 && scale < 1)
        #expect(abs(cosines.cosine(0, 2) - 0.8 * scale) < 1e-12 && abs(cosines.cosine(1, 2) + 0.9 * scale) < 1e-12)
    }

    @Test func cosinesThatGoTogetherStay() {
        var means = RunningMeans(tasks: 3, decay: 0.75)
        _ = means.completed(gram([1, 1, 1], 0.4, 0.2, 0), present: [true, true, true])
        _ = means.completed(gram([1, 1, 1], 0.8, 0.2, 0), present: [true, true, true])
        let completed = means.completed(gram([0, 2, 5], 0, 0, -0.3), present: [false, true, true])
        #expect(areClose(completed.elements, gram([1, 2, 5], 0.5, 0.2, -0.3).elements, within: 1e-12))
    }

    @Test func tasksThatNeverMetCountAsOrthogonal() {
        var means = RunningMeans(tasks: 3, decay: 0.9)
        _ = means.completed(gram([2, 0, 0], 0, 0, 0), present: [true, false, false])
        let completed = means.completed(gram([0, 3, 0], 0, 0, 0), present: [false, true, false])
        #expect(areClose(completed.elements, gram([2, 3, 0], 0, 0, 0).elements, within: 1e-12))
    }

    @Test func aGradientOfZeroTellsNoCosine() {
        var means = RunningMeans(tasks: 3, decay: 0.5)
        _ = means.completed(gram([1, 1, 1], 0.6, 0, 0), present: [true, true, true])
        _ = means.completed(gram([1, 0, 1], 0, 0, 0), present: [true, true, true])
        let completed = means.completed(gram([2, 0, 0], 0, 0, 0), present: [true, false, true])
        #expect(abs(completed[0, 1] - 0.6 * 2 * (0.5 as Double).squareRoot()) < 1e-12)
        #expect(completed[0, 2] == 0)
    }

    @Test func everyCompletedMatrixIsSemidefinite() {
        for seed in 0..<20 as Range<UInt64> {
            var means = RunningMeans(tasks: 6, decay: 0.5)
            for step in 0..<20 {
                // Few dimensions: the cosines are large and change from step to step.
                let gram = GramMatrix(ofRows: randomRows(tasks: 6, dimensions: 3, seed: 100 * seed + UInt64(step)))
                let present = (0..<6).map { ($0 * $0 + step + Int(seed)) % 3 != 0 }
                #expect(isSemidefinite(means.completed(gram, present: present)))
            }
        }
    }
}
