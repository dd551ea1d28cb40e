import EspalierTasks
import Testing

@Suite struct GradNormTests {
    private func batch(norms: [Double], losses: [Double], tasks: [Int]? = nil, of count: Int? = nil) -> BalancedBatch {
        let gram = GramMatrix(
            tasks: norms.count,
            elements: norms.indices.flatMap { i in norms.indices.map { i == $0 ? norms[i] * norms[i] : 0 } })
        return BalancedBatch(
            tasks: tasks ?? Array(norms.indices), taskCount: count ?? norms.count, losses: losses, gram: gram, step: 0)
    }

    /// The equation by hand: norms 1 and 3, mean of the weighted norms 2, equal rates.
    @Test func theFirstStepMovesTheWeightsTowardsTheMean() {
        var balancer = GradNorm(alpha: 1.5, learningRate: 0.1)
        let weights = balancer.weights(for: batch(norms: [1, 3], losses: [2, 5]))
        let raw = [1 + 0.1 * 1, 1 - 0.1 * 3.0]
        #expect(areClose(weights, raw.map { $0 * 2 / (raw[0] + raw[1]) }, within: 1e-12))
    }

    @Test func weightsEvenTheNormsOut() {
        var balancer = GradNorm(alpha: 0, learningRate: 0.001)
        var weights: [Double] = []
        for _ in 0..<5000 { weights = balancer.weights(for: batch(norms: [1, 4, 0.5], losses: [1, 1, 1])) }
        let weighted = zip(weights, [1, 4, 0.5]).map(*)
        #expect(abs(weights.reduce(0, +) - 3) < 1e-9)
        #expect(weighted.max()! / weighted.min()! < 1.05)
    }

    @Test func alphaFavoursTheTaskThatLagsBehind() {
        var balancer = GradNorm(alpha: 1.5, learningRate: 0.01)
        var weights = balancer.weights(for: batch(norms: [1, 1], losses: [1, 1]))
        for _ in 0..<200 { weights = balancer.weights(for: batch(norms: [1, 1], losses: [0.9, 0.1])) }
        #expect(weights[0] > 1.2 && weights[1] > 0)
    }

    @Test func anAbsentTaskKeepsItsWeight() {
        var balancer = GradNorm(alpha: 0, learningRate: 0.1)
        let first = balancer.weights(for: batch(norms: [1, 2, 4], losses: [1, 1, 1]))
        let second = balancer.weights(for: batch(norms: [1, 4], losses: [1, 1], tasks: [0, 2], of: 3))
        #expect(abs(second.reduce(0, +) - first[0] - first[2]) < 1e-12)
        let third = balancer.weights(for: batch(norms: [2], losses: [1], tasks: [1], of: 3))
        #expect(third == [first[1]])
    }
}
