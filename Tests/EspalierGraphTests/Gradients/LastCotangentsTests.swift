import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

/// What a sweep for several tasks computes last is combined, not computed once more for the combination.
@Suite struct LastCotangentsTests {
    private static let weights: [Float] = [0.5, 2, -1.25]

    /// Three tasks on two layers of this width; with a way round the second.
    private struct Net {
        let graph = Graph()
        let width: Int
        let losses: [Value]

        init(width: Int, hasWayRound: Bool) {
            self.width = width
            let graph = graph
            func layer(_ name: String, _ input: Value) -> Value {
                let weight = graph.parameter("\(name).weight", [input.shape[1], width], .glorotUniform)
                return (input.matmul(weight) + graph.parameter("\(name).bias", [width], .uniform(limit: 0.1))).relu()
            }
            let first = layer("first", graph.constant(Tensor(randomArray(6 * 5, seed: 1), shape: [6, 5])))
            let second = layer("second", first)
            let trunk = hasWayRound ? second + first : second
            losses = LastCotangentsTests.weights.indices.map { task in
                let logits = trunk.matmul(graph.parameter("head.\(task)", [width, 1], .glorotUniform))
                return (logits * logits).sum()
            }
        }

        /// The combined gradients, and how many products as large as a layer the program has.
        func balanced(_ level: GradientLevel) throws -> (gradients: [[Float]], products: Int) {
            let balanced = try graph.balancedGradients(of: losses, withRespectTo: graph.parameters, level: level)
            let layout = ParameterLayout(of: graph)
            let slab = ParameterSlab(zeros: layout)
            let program = try graph.compile(
                outputs: losses + balanced.outputs, parameters: ParameterSlab(initializing: layout, seed: 1),
                gradients: zip(balanced.gradients, layout.entries).map {
                    GradientDestination($0!, in: slab, at: $1.name)
                }, backend: ReferenceBackend())
            try program.run(stage: 0)
            program.input(balanced.groups[0].weights).set(Tensor(LastCotangentsTests.weights, shape: [3]))
            try program.run(stage: 1)
            let flops = 2 * 6 * width * width
            let products = program.describe().split(separator: "\n").count { line in
                line.contains("gemm")
                    && line.split(separator: " ").contains { (flops..<flops + flops / 10) ~= Int($0) ?? 0 }
            }
            return (layout.entries.map { slab[$0.name]!.scalars }, products)
        }
    }

    @Test(arguments: [GradientLevel.gram, .sketch(columns: 3)], [false, true])
    func gradientsAreSumsOfRows(level: GradientLevel, hasWayRound: Bool) throws {
        let net = Net(width: 64, hasWayRound: hasWayRound)
        let combined = try net.balanced(level).gradients
        for (index, target) in net.graph.parameters.enumerated() where index < 4 {
            var expected = [Float](repeating: 0, count: target.shape.count)
            for (loss, weight) in zip(net.losses, Self.weights) {
                let alone = try net.graph.gradients(of: loss, withRespectTo: [target])[0]!
                for (element, number) in try net.graph.evaluate([alone])[0].enumerated() {
                    expected[element] += weight * number
                }
            }
            #expect(difference(combined[index], expected, relative: 1e-4, absolute: 1e-5) == nil, "parameter \(index)")
        }
    }

    /// A layer so narrow that reading all tasks' lanes would take longer than its product is passed once more.
    @Test func aProductLess() throws {
        let (wide, narrow) = (Net(width: 64, hasWayRound: false), Net(width: 32, hasWayRound: false))
        #expect(try narrow.balanced(.gram).products == 3)  // there; back; the second weight's gradient
        #expect(try wide.balanced(.gram).products == 2)
    }
}
