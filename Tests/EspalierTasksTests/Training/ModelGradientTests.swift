import EspalierGraph
import EspalierKernels
import EspalierTensor
import Foundation
import Testing

@testable import EspalierTasks

/// The whole model's gradient against central differences of the whole loss, put together here by hand.
@Suite struct ModelGradientTests {
    private static let losses: [Head] = [
        .classification("kind", classes: 3),
        .classification("kind", classes: 3, labelSmoothing: 0.2, classWeights: [1, 2, 0.5]),
        .multiLabel("marks", labels: 2), .regression("amount"), .regression("amount", loss: .huber, delta: 0.5),
    ]

    @Test(arguments: losses.indices) func ofOneHead(index: Int) throws {
        try expectTrueGradient(SmallProblem.model(heads: [Self.losses[index]]), .equal)
    }

    @Test(arguments: [TaskWeighting.equal, .fixed(["kind": 0.25, "amount": 3]), .uncertainty])
    func ofAllHeads(weighting: TaskWeighting) throws {
        try expectTrueGradient(SmallProblem.model(), weighting)
    }

    @Test func throughEveryLayerOverNumbers() throws {
        let model = SmallProblem.model(heads: [.classification("kind", classes: 3) { Dense(4, .sigmoid) }]) {
            Dense(5, .gelu)
            LayerNorm()
            Activation(.silu)
        }
        try expectTrueGradient(model, .equal)
    }

    @Test func throughEmbeddings() throws {
        var dataset = SmallProblem.dataset(5)
        dataset.inputs = [
            "bags": .bags(
                Bags(vocabulary: 4, ids: [0, 1, 1, 3, 0], offsets: [0, 2, 2, 3, 4, 5], weights: [1, 0.5, 2, -1, 1])),
            "tokens": .tokens(Tokens(vocabulary: 4, length: 2, ids: [0, 1, 2, 3, 3, 3, 1, 0, 2, 2])),
        ]
        let model = Model(
            inputs: [.bags("bags", vocabulary: 4), .tokens("tokens", vocabulary: 4, length: 2)],
            heads: SmallProblem.heads
        ) { drawing in
            let bags = drawing("words", EmbeddingBag(3, .tanh), drawing.input("bags"))
            let means = drawing("means", EmbeddingBag(3, .tanh, mode: .mean), drawing.input("bags"))
            let tokens = drawing("tokens", Embedding(vocabulary: 4, width: 2), drawing.input("tokens"))
            for head in SmallProblem.heads { drawing.head(head.name, bags.concatenated(means, tokens)) }
        }
        try expectTrueGradient(model, .equal, dataset)
    }

    private func expectTrueGradient(
        _ model: Model, _ weighting: TaskWeighting, _ dataset: Dataset = SmallProblem.dataset(5)
    ) throws {
        let step = try SmallProblem.step(model, dataset, rows: 5, weighting: weighting)
        for head in model.heads where weighting == .uncertainty {
            step.parameters["weighting.log_variance.\(head.name)"] = Tensor([0.4], shape: [])
        }
        func loss() throws -> Double {
            try step.measure(0..<5)
            return try model.heads.indices.reduce(0) { sum, index in
                let head = model.heads[index]
                let loss = Double(try #require(step.lastLoss(of: index)))
                switch weighting {
                case .equal: return sum + loss
                case .fixed(let weights): return sum + Double(weights[head.name] ?? 1) * loss
                case .uncertainty:  // Kendall, Gal and Cipolla 2018, equations 7 and 10, with s = log σ².
                    let s = Double(step.parameters["weighting.log_variance.\(head.name)"]!.scalars[0])
                    let precision = head.kind == .regression ? 0.5 * exp(-s) : exp(-s)
                    #expect(abs(step.weight(of: head, weighting) - precision) < 1e-6)
                    return sum + precision * loss + 0.5 * s
                }
            }
        }
        _ = try loss()
        let gradients = step.gradients
        let names = step.parameters.layout.entries.map(\.name)
        let analytic = Dictionary(uniqueKeysWithValues: names.map { ($0, gradients[$0]!.scalars) })
        for name in names {
            let original = step.parameters[name]!
            for element in Set([0, original.count / 2, original.count - 1]) {
                func moved(by distance: Float) throws -> Double {
                    var scalars = original.scalars
                    scalars[element] += distance
                    step.parameters[name] = Tensor(scalars, shape: original.shape)
                    return try loss()
                }
                let distance: Float = 4e-3
                let slope = (try moved(by: distance) - moved(by: -distance)) / Double(2 * distance)
                // Losses of about 1 are floats: their rounding, 6e-8, over the distance; and the third derivative.
                #expect(abs(slope - Double(analytic[name]![element])) < 3e-4, "\(name)[\(element)]")
            }
            step.parameters[name] = original
        }
    }
}
