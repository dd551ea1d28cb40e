import EspalierTasks
import Testing

@Suite struct GradNormTests {
    /// The equation by hand: norms 1 and 3, mean of the weighted norms 2, equal rates.
    @Test func theFirstStepMovesTheWeightsTowardsTheMean() {
        var balancer = GradNorm(alpha: 1.5, learningRate: 0.1)
        balancer.update(norms: [1, 3], losses: [2, 5])
        let raw = [1 + 0.1 * 1, 1 - 0.1 * 3.0]
        let expected = raw.map { $0 * 2 / (raw[0] + raw[1]) }
        #expect(areClose(balancer.weights, expected, within: 1e-12))
    }

    @Test func weightsEvenTheNormsOut() {
        var balancer = GradNorm(alpha: 0, learningRate: 0.001)
        for _ in 0..<5000 { balancer.update(norms: [1, 4, 0.5], losses: [1, 1, 1]) }
        let weighted = zip(balancer.weights, [1, 4, 0.5]).map(*)
        #expect(abs(balancer.weights.reduce(0, +) - 3) < 1e-9)
        #expect(weighted.max()! / weighted.min()! < 1.05)
    }

    /// The task that lags behind gets the larger weight.
    @Test func alphaFavoursTheSlowTask() {
        var balancer = GradNorm(alpha: 1.5, learningRate: 0.01)
        balancer.update(norms: [1, 1], losses: [1, 1])
        for _ in 0..<200 { balancer.update(norms: [1, 1], losses: [0.9, 0.1]) }
        #expect(balancer.weights[0] > 1.2 && balancer.weights[1] > 0)
    }
}
