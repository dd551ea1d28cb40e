import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct InitializerTests {
    private func numbers(_ initializer: Initializer, _ shape: Shape, seed: UInt64 = 1, name: String = "w") -> [Float] {
        let graph = Graph()
        _ = graph.parameter(name, shape, initializer)
        return ParameterSlab(initializing: ParameterLayout(of: graph), seed: seed)[name]!.scalars
    }

    /// The variance of a uniform number in ±limit is limit² / 3; four deviations of the estimate are 4 · 0.9 / √n of it.
    @Test(arguments: [
        (Initializer.uniform(limit: 0.5), Float(0.25 / 3)), (.normal(deviation: 2), 4),
        (.glorotUniform, 2 / Float(80 + 125)), (.heUniform, 2 / Float(80)),
    ])
    func hasItsVariance(_ initializer: Initializer, _ variance: Float) {
        let numbers = numbers(initializer, [80, 125])
        let estimate = numbers.reduce(0) { $0 + $1 * $1 } / Float(numbers.count)
        #expect(abs(estimate / variance - 1) < (initializer == .normal(deviation: 2) ? 0.06 : 0.036))
        #expect(abs(numbers.reduce(0, +) / Float(numbers.count)) < 4 * (variance / Float(numbers.count)).squareRoot())
    }

    @Test func dependsOnSeedAndNameAlone() {
        let shape: Shape = [4, 4]
        #expect(numbers(.heUniform, shape) == numbers(.heUniform, shape))
        #expect(numbers(.heUniform, shape) != numbers(.heUniform, shape, seed: 2))
        #expect(numbers(.heUniform, shape) != numbers(.heUniform, shape, name: "v"))
    }
}
