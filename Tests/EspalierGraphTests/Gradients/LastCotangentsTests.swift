import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

/// What a sweep for several tasks computes last is combined, not computed once more for the combination.
@Suite struct LastCotangentsTests {
    /// Three tasks on one trunk.
    private struct Net {
        let graph = Graph()
        private(set) var losses: [Value] = []

        /// Two layers of this width; with a way round the second.
        init(width: Int, hasWayRound: Bool = false) {
            let graph = graph
            func layer(_ name: String, _ input: Value) -> Value {
                graph.scope(name) {
                    let weight = graph.parameter("weight", [input.shape[1], width], .glorotUniform)
                    return (input.matmul(weight) + graph.parameter("bias", [width], .uniform(limit: 0.1))).relu()
                }
            }
            let first = layer("first", rows)
            let second = layer("second", first)
            losses = weights.indices.map { loss("head.\($0)", hasWayRound ? second + first : second) }
        }

        /// Two products without more, each with heads of its own.
        init(headsBelowWidth width: Int) {
            let lower = rows.matmul(graph.parameter("lower", [5, 8], .glorotUniform))
            let upper = lower.matmul(graph.parameter("upper", [8, width], .glorotUniform))
            losses = weights.indices.map { loss("above.\($0)", upper) + loss("below.\($0)", lower) }
        }

        private var rows: Value { graph.constant(Tensor(randomArray(6 * 5, seed: 1), shape: [6, 5])) }

        private func loss(_ name: String, _ input: Value) -> Value {
            let logits = input.matmul(graph.parameter(name, [input.shape[1], 1], .glorotUniform))
            return (logits * logits).sum()
        }

        /// The combined gradients, and the program's kernel calls.
        func balanced(
            _ level: GradientLevel, scope: GradientScope = .all
        ) throws -> (gradients: [[Float]], calls: [Substring]) {
            let balanced = try graph.balancedGradients(
                of: losses, withRespectTo: graph.parameters, level: level, scope: scope)
            let layout = ParameterLayout(of: graph)
            let slab = ParameterSlab(zeros: layout)
            let program = try graph.compile(
                outputs: losses + balanced.outputs, parameters: ParameterSlab(initializing: layout, seed: 1),
                gradients: zip(balanced.gradients, layout.entries).map {
                    GradientDestination($0!, in: slab, at: $1.name)
                }, backend: ReferenceBackend())
            try program.run(stage: 0)
            program.input(balanced.groups[0].weights).set(Tensor(weights, shape: [3]))
            try program.run(stage: 1)
            return (layout.entries.map { slab[$0.name]!.scalars }, program.describe().split(separator: "\n"))
        }

        /// - Parameter shared: how many of the parameters, from the first on, all tasks share.
        func expectSumsOfRows(_ level: GradientLevel, shared: Int) throws {
            let combined = try balanced(level).gradients
            for (index, target) in graph.parameters.prefix(shared).enumerated() {
                var expected = [Float](repeating: 0, count: target.shape.count)
                for (loss, weight) in zip(losses, weights) {
                    let alone = try graph.gradients(of: loss, withRespectTo: [target])[0]!
                    for (element, number) in try graph.evaluate([alone])[0].enumerated() {
                        expected[element] += weight * number
                    }
                }
                #expect(
                    difference(combined[index], expected, relative: 1e-4, absolute: 1e-5) == nil, "parameter \(index)")
            }
        }
    }

    @Test(arguments: [.representation, .sketch(columns: 3), .gram, .rows] as [GradientLevel])
    func gradientsAreSumsOfRows(level: GradientLevel) throws {
        for hasWayRound in [false, true] {
            try Net(width: 64, hasWayRound: hasWayRound).expectSumsOfRows(level, shared: 4)
        }
        // A sweep that ends where tasks meet has only a part of what flows into the lower product.
        try Net(headsBelowWidth: 64).expectSumsOfRows(level, shared: 2)
    }

    /// A layer so narrow that reading all tasks' lanes would take longer than its product is passed once more.
    @Test(arguments: [(64, 2), (32, 3)]) func aProductLess(width: Int, products: Int) throws {
        let flops = 2 * 6 * width * width
        let found = try Net(width: width).balanced(.gram).calls.count { call in
            call.contains("gemm")
                && call.split(separator: " ").contains { (flops..<flops + flops / 10) ~= Int($0) ?? 0 }
        }
        #expect(found == products)  // there; back where it is narrow; the second weight's gradient
    }

    /// Where only the last layer is measured, the tasks' cotangents go no further.
    @Test func whatIsNotMeasuredIsNotSwept() throws {
        let calls = try Net(width: 64).balanced(.gram, scope: .lastLayer).calls
        #expect(!calls.contains { $0.contains("gemm") && $0.contains("3 lanes") })
    }
}

private let weights: [Float] = [0.5, 2, -1.25]
