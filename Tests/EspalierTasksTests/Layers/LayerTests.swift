import EspalierGraph
import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierTasks

@Suite struct LayerTests {
    private static let numbers = ModelInput.dense("x", width: 6)

    /// The parameters of a model with the layer as its trunk and a regression head: `head.out.weight`'s rows tell the
    /// layer's width.
    private func shapes(_ layer: some Layer, on input: ModelInput = numbers) -> [String: Shape] {
        let model = Model(input: input, trunk: layer, heads: [.regression("out")])
        return Dictionary(uniqueKeysWithValues: model.layout().entries.map { ($0.name, $0.shape) })
    }

    @Test func denseLayersHaveAWeightAndABias() {
        let head: [String: Shape] = ["head.out.weight": [4, 1], "head.out.bias": [1]]
        #expect(shapes(Dense(4)) == ["trunk.weight": [6, 4], "trunk.bias": [4]].merging(head) { a, _ in a })
        #expect(shapes(Dense(4, bias: false)) == ["trunk.weight": [6, 4]].merging(head) { a, _ in a })
    }

    @Test func sequencesNumberTheirLayers() {
        let trunk = Sequential {
            Dense(5, .relu)
            LayerNorm()
            Dropout(0.5)
            Activation(.tanh)
            Dense(4)
        }
        #expect(
            shapes(trunk) == [
                "trunk.0.weight": [6, 5], "trunk.0.bias": [5], "trunk.1.gain": [5], "trunk.1.bias": [5],
                "trunk.4.weight": [5, 4], "trunk.4.bias": [4], "head.out.weight": [4, 1], "head.out.bias": [1],
            ])
    }

    /// The step with Adam, at the level of rows: all that is drawn on the trunk.
    @Test(arguments: [nil, 1, 3]) func checkpointsChangeMemoryAlone(length: Int?) throws {
        let trunk = Sequential {
            for _ in 0..<3 {
                Dense(64)
                LayerNorm()
                Activation(.gelu)
                Dropout(0.25)
            }
        }
        func trained(_ trunk: Sequential) throws -> (parameters: [UInt32], bytes: Int) {
            let model = Model(input: Self.numbers, trunk: trunk, heads: SmallProblem.heads)
            let step = try SmallProblem.step(
                model, SmallProblem.dataset(32), rows: 32, balancing: Balancing(MGDA(), level: .gram),
                backend: NativeBackend(threads: 1))
            for _ in 0..<3 { try step.run(Array(0..<32)[...], learningRate: 0.01) }
            return (step.parameters.scalars.map(\.bitPattern), step.byteCount)
        }
        let (plain, checkpointed) = try (trained(trunk), trained(trunk.checkpointed(every: length)))
        #expect(checkpointed.parameters == plain.parameters)
        #expect(length == 1 ? checkpointed.bytes <= plain.bytes : checkpointed.bytes < plain.bytes)
    }

    @Test func bagsBecomeOneVectorARow() {
        #expect(
            shapes(EmbeddingBag(4), on: .bags("x", vocabulary: 9)) == [
                "trunk.table": [9, 4], "trunk.bias": [4], "head.out.weight": [4, 1], "head.out.bias": [1],
            ])
    }

    @Test func tokensBecomeVectorsSideBySide() {
        #expect(
            shapes(Embedding(vocabulary: 9, width: 2), on: .tokens("x", vocabulary: 9, length: 3)) == [
                "trunk.table": [9, 2], "head.out.weight": [6, 1], "head.out.bias": [1],
            ])
    }

    @Test func headsHaveHiddenLayersOfTheirOwn() {
        let head = Head.classification("kind", classes: 3) { Dense(7, .relu) }
        let names = Model(input: Self.numbers, trunk: Dense(4), heads: [head]).layout()
        #expect(names["head.kind.hidden.0.weight"]?.shape == [4, 7])
        #expect(names["head.kind.weight"]?.shape == [7, 3])
    }

    /// He's range for ReLU and its kin, sqrt(6 / in); Glorot's, sqrt(6 / (in + out)), for the others.
    @Test(arguments: [ActivationKind.relu, .gelu, .silu, .tanh, .sigmoid, .identity])
    func weightsStartInTheirRange(activation: ActivationKind) throws {
        let model = Model(
            input: .dense("x", width: 60), trunk: Dense(40, activation), heads: [.regression("out")])
        let slab = ParameterSlab(initializing: model.layout(), seed: 3)
        let weights = try #require(slab["trunk.weight"]).scalars
        let isHe = [.relu, .gelu, .silu].contains(activation)
        let limit = (6 / Float(isHe ? 60 : 100)).squareRoot()
        let largest = try #require(weights.map(\.magnitude).max())
        #expect(largest <= limit && largest > 0.99 * limit)
        // The mean of 2,400 uniform numbers has the deviation limit / sqrt(3 · 2400).
        #expect(abs(weights.reduce(0, +) / 2400) < 5 * limit / (3 * 2400).squareRoot())
        #expect(try #require(slab["trunk.bias"]).scalars.allSatisfy { $0 == 0 })
    }

    @Test func normalizationStartsAsIdentity() throws {
        let model = Model(input: Self.numbers, trunk: LayerNorm(), heads: [.regression("out")])
        let slab = ParameterSlab(initializing: model.layout(), seed: 3)
        #expect(slab["trunk.gain"]?.scalars == [Float](repeating: 1, count: 6))
        #expect(slab["trunk.bias"]?.scalars == [Float](repeating: 0, count: 6))
    }

    @Test func dropoutIsDrawnForTrainingOnly() {
        let model = Model(input: Self.numbers, trunk: Dropout(0.5), heads: [.regression("out")])
        func isDrawn(training: Bool) -> Bool {
            let drawing = Drawing(model, shape: BatchShape(rows: 2, bagCapacity: [:]), isTraining: training)
            return drawing.graph.description.contains("dropout")
        }
        #expect(isDrawn(training: true))
        #expect(!isDrawn(training: false))
    }

    @Test func mistakesNameTheLayer() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Model(input: .bags("x", vocabulary: 3), trunk: Dense(4), heads: [.regression("out")]).layout()
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("[Dense]"), "\(message)")
    }
}
