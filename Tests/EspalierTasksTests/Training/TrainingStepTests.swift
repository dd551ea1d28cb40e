import CAllocationCounter
import EspalierGraph
import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierTasks

/// Partly labelled rows, partial batches, and what reaches the optimizer.
@Suite struct TrainingStepTests {
    private let tasks = ["kind", "marks", "amount"]

    @Test(arguments: [TaskWeighting.equal, .uncertainty])
    func unlabelledRowsAddNothing(weighting: TaskWeighting) throws {
        let full = SmallProblem.dataset(8)
        let masked = tasks.reduce(full) { $0.blanking($1, 5..<8) }
        let withThem = try SmallProblem.step(SmallProblem.model(), masked, rows: 8, weighting: weighting)
        let withoutThem = try SmallProblem.step(SmallProblem.model(), full, rows: 5, weighting: weighting)
        try withThem.measure(0..<8)
        try withoutThem.measure(0..<5)
        try expectEqual(withThem, withoutThem)
    }

    @Test func rowsLabelledForOneTaskOnlyTeachThatTask() throws {
        let full = SmallProblem.dataset(8)
        let mixed = full.blanking("kind", 0..<3).blanking("amount", 2..<8)
        let together = try SmallProblem.step(SmallProblem.model(), mixed, rows: 8)
        try together.measure(0..<8)
        var expected = [Float](repeating: 0, count: together.gradients.scalars.count)
        for (task, rows) in [("kind", 3..<8), ("marks", 0..<8), ("amount", 0..<2)] {
            let alone = try SmallProblem.step(SmallProblem.model(), full, rows: rows.count, heads: [task])
            try alone.measure(rows)
            expected = zip(expected, alone.gradients.scalars).map { $0 + $1 }
        }
        #expect(difference(together.gradients.scalars, expected, relative: 1e-5, absolute: 1e-6) == nil)
    }

    @Test(arguments: ["kind", "marks", "amount"]) func aTaskWithoutALabelAddsNothing(task: String) throws {
        let dataset = SmallProblem.dataset(6).blanking(task, 0..<6)
        let step = try SmallProblem.step(SmallProblem.model(), dataset, rows: 6, weighting: .uncertainty)
        try step.measure(0..<6)
        for name in ["head.\(task).weight", "head.\(task).bias", "weighting.log_variance.\(task)"] {
            #expect(try #require(step.gradients[name]).scalars.allSatisfy { $0 == 0 }, "\(name)")
        }
        #expect(step.lastLoss(of: tasks.firstIndex(of: task)!) == nil)

        let others = tasks.filter { $0 != task }
        let without = try SmallProblem.step(
            SmallProblem.model(), dataset, rows: 6, heads: others, weighting: .uncertainty)
        try without.measure(0..<6)
        for name in ["trunk.0.weight", "trunk.0.bias", "weighting.log_variance.\(others[0])"] {
            let (a, b) = (step.gradients[name]!.scalars, without.gradients[name]!.scalars)
            #expect(difference(a, b, relative: 1e-5, absolute: 1e-6) == nil, "\(name)")
        }
    }

    @Test func knownMarksOfASetCountOneByOne() throws {
        var dataset = SmallProblem.dataset(2)
        dataset.labels["marks"] = .sets(Tensor([1, .nan, .nan, .nan], shape: [2, 2]), names: ["a", "b"])
        let model = SmallProblem.model(heads: [.multiLabel("marks", labels: 2)])
        let step = try SmallProblem.step(model, dataset, rows: 2)
        try step.measure(0..<2)
        // Only the first label is known, of one row: nothing flows to the second's bias.
        let bias = try #require(step.gradients["head.marks.bias"]).scalars
        #expect(bias[0] != 0 && bias[1] == 0)
    }

    @Test func aPartialBatchEqualsItsRowsAlone() throws {
        let dataset = SmallProblem.dataset(8)
        let partial = try SmallProblem.step(SmallProblem.model(), dataset, rows: 5, backend: NativeBackend(threads: 1))
        try partial.measure(0..<5)
        try partial.measure(5..<8)
        let alone = try SmallProblem.step(SmallProblem.model(), dataset, rows: 3, backend: NativeBackend(threads: 1))
        try alone.measure(5..<8)
        try expectEqual(partial, alone)

        // What an earlier batch left behind changes no bit.
        let fresh = try SmallProblem.step(SmallProblem.model(), dataset, rows: 5, backend: NativeBackend(threads: 1))
        try fresh.measure(5..<8)
        #expect(partial.gradients.scalars == fresh.gradients.scalars)
    }

    @Test func bagsOfAPartialBatchEqualTheirRowsAlone() throws {
        var dataset = SmallProblem.dataset(3)
        dataset.inputs = [
            "x": .bags(Bags(vocabulary: 4, ids: [0, 1, 2, 3], offsets: [0, 2, 2, 4], weights: [1, 2, 3, 4]))
        ]
        let model = Model(
            input: .bags("x", vocabulary: 4), trunk: EmbeddingBag(3, .tanh), heads: SmallProblem.heads)
        let partial = try SmallProblem.step(model, dataset, rows: 2)
        try partial.measure(0..<2)
        try partial.measure(2..<3)
        let alone = try SmallProblem.step(model, dataset, rows: 1)
        try alone.measure(2..<3)
        try expectEqual(partial, alone)
    }

    @Test func clippingBoundsTheWholeStep() throws {
        func stepLength(clippingNorm: Float?) throws -> Float {
            var options = TrainingOptions(batchSize: 8, optimizer: .sgd(learningRate: 1))
            options.optimizer.clippingNorm = clippingNorm
            let step = try TrainingStep(
                SmallProblem.model(), heads: SmallProblem.heads, dataset: SmallProblem.dataset(8), scales: [:],
                options: options, backend: ReferenceBackend())
            let before = step.parameters.scalars
            try step.run(Array(0..<8)[...], learningRate: 1)
            return zip(before, step.parameters.scalars).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        }
        let free = try stepLength(clippingNorm: nil)
        #expect(abs(try stepLength(clippingNorm: free / 4) - free / 4) < 1e-4 * free)
        #expect(try stepLength(clippingNorm: free * 4) == free)
    }

    @Test(
        .enabled(if: allocation_counter_works() == 1, "allocations are counted with glibc only"),
        arguments: [TaskWeighting.equal, .uncertainty])
    func aStepAllocatesNothing(weighting: TaskWeighting) throws {
        var dataset = SmallProblem.dataset(20)
        dataset.inputs["words"] = .bags(
            Bags(
                vocabulary: 9, ids: (0..<40).map { $0 % 9 }, offsets: (0...20).map { 2 * $0 },
                weights: [Float](repeating: 1, count: 40)))
        let inputs = [ModelInput.dense("x", width: 6), .bags("words", vocabulary: 9)]
        let model = Model(inputs: inputs, heads: SmallProblem.heads) { drawing in
            let words = drawing("words", EmbeddingBag(4, .relu), drawing.input("words"))
            let numbers = drawing("numbers", Dense(4, .relu), drawing.input("x"))
            for head in SmallProblem.heads { drawing.head(head.name, numbers.concatenated(words)) }
        }
        var options = TrainingOptions(batchSize: 8, weighting: weighting)
        options.optimizer.clippingNorm = 1
        let step = try TrainingStep(
            model, heads: SmallProblem.heads, dataset: dataset, scales: [:], options: options,
            backend: NativeBackend(threads: 1))
        let rows = Array(0..<20)
        // The first run may set up what lives as long as the process.
        try step.run(rows[..<8], learningRate: 0.01)
        let before = allocation_count()
        for batch in 0..<3 { try step.run(rows[8 * batch..<min(8 * batch + 8, 20)], learningRate: 0.01) }
        let during = allocation_count() - before
        #expect(during == 0)
    }

    private func expectEqual(_ a: TrainingStep, _ b: TrainingStep) throws {
        #expect(difference(a.gradients.scalars, b.gradients.scalars, relative: 1e-5, absolute: 1e-6) == nil)
        let losses = try [a, b].map { step in try tasks.indices.map { try #require(step.lastLoss(of: $0)) } }
        #expect(difference(losses[0], losses[1], relative: 1e-5) == nil)
        #expect(a.gradients.scalars.contains { $0 != 0 })
    }
}
