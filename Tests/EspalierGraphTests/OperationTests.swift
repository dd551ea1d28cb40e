import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct OperationTests {
    @Test(arguments: OperationCase.all)
    func gradientMatchesFiniteDifferences(_ operation: OperationCase) throws {
        let drawn = try operation.drawn()
        let check = DerivativeCheck(
            graph: drawn.graph, feed: drawn.feed, outputs: [drawn.result], arguments: drawn.arguments,
            seed: stableHash(operation.name))
        #expect(try check.failure() == nil)
    }

    @Test(arguments: OperationCase.all)
    func secondDerivativeMatchesFiniteDifferences(_ operation: OperationCase) throws {
        let drawn = try operation.drawn()
        guard !drawn.gradients.isEmpty else { return }
        let check = DerivativeCheck(
            graph: drawn.graph, feed: drawn.feed, outputs: drawn.gradients,
            arguments: drawn.twiceDifferentiable + [drawn.cotangent], seed: stableHash(operation.name) ^ 1)
        #expect(try check.failure() == nil)
    }

    @Test(arguments: OperationCase.all.filter { !$0.firstDerivativeOnly.isEmpty })
    func secondDerivativeIsRefusedWhereThereIsNone(_ operation: OperationCase) throws {
        let drawn = try operation.drawn()
        var refusals = 0
        for gradient in drawn.gradients {
            do throws(GraphError) {
                _ = try drawn.graph.gradients(
                    of: gradient, withRespectTo: drawn.onceDifferentiable, cotangent: gradient)
            } catch {
                if case .notDifferentiable = error { refusals += 1 }
            }
        }
        #expect(refusals > 0)
    }

    /// The checked backend throws if a kernel differs from the reference by more than its derived bound.
    @Test(arguments: OperationCase.all)
    func nativeMatchesReference(_ operation: OperationCase) throws {
        let drawn = try operation.drawn()
        let checked = CheckedBackend(try NativeBackend(threads: 1), ReferenceBackend())
        for fuses in [true, false] {
            _ = try drawn.graph.evaluate([drawn.result] + drawn.gradients, drawn.feed, on: checked, fuses: fuses)
        }
    }

    @Test(arguments: OperationCase.all)
    func threadsAndMemoryPlanDoNotChangeBits(_ operation: OperationCase) throws {
        let drawn = try operation.drawn()
        func bits(_ threads: Int, reusesMemory: Bool) throws -> [[UInt32]] {
            try drawn.graph.evaluate(
                [drawn.result] + drawn.gradients, drawn.feed, on: NativeBackend(threads: threads),
                reusesMemory: reusesMemory
            ).bits
        }
        let expected = try bits(1, reusesMemory: true)
        #expect(try bits(2, reusesMemory: true) == expected)
        #expect(try bits(1, reusesMemory: false) == expected)
    }

    @Test func everyOperationHasACase() throws {
        var seen: Set<String> = ["parameter"]  // A leaf like an input; tested with the parameters.
        for operation in OperationCase.all {
            let drawn = try operation.drawn()
            for gradient in drawn.gradients {
                _ = try drawn.graph.gradients(of: gradient, withRespectTo: [drawn.cotangent], cotangent: gradient)
            }
            seen.formUnion(drawn.graph.nodes.map { label(of: $0.operation) })
        }
        let all: Set = [
            "input", "parameter", "constant", "matmul", "binary", "unary", "affine", "activation",
            "activationGradient", "sum", "broadcast", "reshape", "stopGradient", "concatenate", "slice", "pad",
            "softmax",
            "softmaxGradient", "loss", "lossGradient", "embedding", "embeddingGradient", "embeddingBag",
            "embeddingBagGradient", "layerNormalization", "layerNormalizationGradient",
            "layerNormalizationGainGradient", "dropout", "custom",
        ]
        #expect(seen == all)
    }

    /// Several cotangents in one sweep: each has the bits of a sweep of its own. Every operation meets three lanes here.
    @Test(arguments: OperationCase.all)
    func severalCotangentsHaveTheBitsOfOne(_ operation: OperationCase) throws {
        for fuses in [true, false] {
            var drawn = try operation.drawn()
            let (graph, result) = (drawn.graph, drawn.result)
            let cotangents = (0..<3).map { task in
                drawn.feed.draw(
                    graph, "cotangent \(task)", result.shape,
                    .floats(
                        gridNumbers(result.shape.count, seed: stableHash(operation.name) ^ UInt64(task), in: -1...1))
                )
            }
            let together = try graph.gradients(
                of: [result, result, result], withRespectTo: drawn.arguments, cotangents: cotangents)
            for (task, cotangent) in cotangents.enumerated() {
                let alone = try graph.gradients(
                    of: result, withRespectTo: drawn.arguments, cotangent: cotangent)
                let ofTask: [Value?] = together.map { $0.flatMap { $0[task] } }
                #expect(alone.map { $0 != nil } == ofTask.map { $0 != nil })
                func bits(_ values: [Value?], reusesMemory: Bool = true) throws -> [[UInt32]] {
                    let values = values.compactMap { $0 }
                    return try graph.evaluate(
                        values, drawn.feed, on: NativeBackend(threads: 2), fuses: fuses, reusesMemory: reusesMemory
                    ).bits
                }
                let expected = try bits(alone)
                #expect(try bits(ofTask) == expected)
                #expect(try bits(ofTask, reusesMemory: false) == expected)
            }
        }
    }

    /// A new operation does not compile here, so that its author meets the list above.
    private func label(of operation: Graph.Operation) -> String {
        switch operation {
        case .input: "input"
        case .parameter: "parameter"
        case .constant: "constant"
        case .matmul: "matmul"
        case .binary: "binary"
        case .unary: "unary"
        case .affine: "affine"
        case .activation: "activation"
        case .activationGradient: "activationGradient"
        case .sum: "sum"
        case .broadcast: "broadcast"
        case .reshape: "reshape"
        case .stopGradient: "stopGradient"
        case .concatenate: "concatenate"
        case .slice: "slice"
        case .pad: "pad"
        case .softmax: "softmax"
        case .softmaxGradient: "softmaxGradient"
        case .loss: "loss"
        case .lossGradient: "lossGradient"
        case .embedding: "embedding"
        case .embeddingGradient: "embeddingGradient"
        case .embeddingBag: "embeddingBag"
        case .embeddingBagGradient: "embeddingBagGradient"
        case .layerNormalization: "layerNormalization"
        case .layerNormalizationGradient: "layerNormalizationGradient"
        case .layerNormalizationGainGradient: "layerNormalizationGainGradient"
        case .dropout: "dropout"
        case .custom: "custom"
        case .lane, .stack, .combine, .gram, .accumulate, .firstUses: "of several losses"
        }
    }
}
