import EspalierGraph
import EspalierKernels
import EspalierTestSupport
import Synchronization
import Testing

@testable import EspalierTasks

/// Balancers that measure more than once in a step.
@Suite struct MeasuringBalancerTests {
    private let tasks = ["kind", "marks", "amount"]
    private let dataset = SmallProblem.dataset(24)

    @Test(arguments: [1, 2]) func modoTakesThreeBatches(parts: Int) throws {
        let modo = MoDo(learningRate: 0.5, decay: 0.2)
        let step = try SmallProblem.step(
            SmallProblem.model(), dataset, rows: 8, balancing: Balancing(modo, batchParts: parts))
        var further = [8..<16, 16..<24]
        try step.run(Array(0..<8)[...], learningRate: 0, epoch: 1) { Array(further.removeFirst())[...] }
        #expect(further.isEmpty)
        let (first, second, third) = (try rows(0..<8), try rows(8..<16), try rows(16..<24))
        let moved = first.map { row in
            let slope = second.reduce(0) { $0 + dot(row.map(Double.init), $1.map(Double.init)) / 3 }
            return 1.0 / 3 - 0.5 * (slope + 0.2 / 3)
        }
        let expected = nearestOfSimplex(moved)
        let weights = SmallProblem.heads.map { step.weight(of: $0, .equal) }
        #expect(difference(weights.map(Float.init), expected.map(Float.init), relative: 1e-4, absolute: 1e-5) == nil)
        #expect(Set(weights).count > 1)
        let sum = third[0].indices.map { place in
            zip(expected, third).reduce(Float(0)) { $0 + Float($1.0) * $1.1[place] }
        }
        #expect(difference(shared(step.gradients), sum, relative: 1e-3, absolute: 1e-5) == nil)
    }

    /// A task without labels in one of the batches stays as it is, and counts nothing in the step.
    @Test func modoWithoutATasksLabels() throws {
        for blank in [0..<8, 8..<16, 16..<24] {
            let step = try SmallProblem.step(
                SmallProblem.model(), dataset.blanking("marks", blank), rows: 8,
                balancing: Balancing(MoDo(learningRate: 0.01)))
            var further = [8..<16, 16..<24]
            try step.run(Array(0..<8)[...], learningRate: 0, epoch: 1) { Array(further.removeFirst())[...] }
            let weights = SmallProblem.heads.map { step.weight(of: $0, .equal) }
            #expect(blank.lowerBound == 16 ? weights[1] == 0 : weights[1] == 1.0 / 3)
            #expect(blank.lowerBound == 16 || abs(weights.reduce(0, +) - 1) < 1e-12)
            #expect(weights[0] > 0 && weights[2] > 0)
        }
    }

    /// What is measured at changed parameters is what a step finds that has them, and all comes back with them.
    @Test(arguments: [false, true]) func parametersMayBeChangedToLookAhead(hasDropout: Bool) throws {
        let balancer = Ahead()
        let model = SmallProblem.model {
            Dense(8, .tanh)
            if hasDropout { Dropout(0.4) }
        }
        let step = try SmallProblem.step(model, dataset, rows: 8, balancing: Balancing(balancer))
        let (there, before) = (
            try SmallProblem.step(
                model, dataset, rows: 8, balancing: Balancing(EqualWeights())),
            step.parameters.scalars
        )
        for name in ["trunk.0.weight", "trunk.0.bias"] {
            var parameter = there.parameters[name]!
            parameter.withUnsafeMutableBuffer { for index in $0.indices { $0[index] *= 0.5 } }
            there.parameters[name] = parameter
        }
        for step in [step, there] { try step.measure(0..<8) }
        #expect(step.parameters.scalars == before)
        let seen = balancer.batches
        #expect(seen.count == 3)
        #expect(seen[0].losses == seen[2].losses && seen[0].gram == seen[2].gram)
        #expect(seen[1].losses == (0..<3).map { Double(there.lastLoss(of: $0)!) })
        let gram = try #require(there.gradientRecords().first)
        #expect(zip(seen[1].gram.norms, gram.norms).allSatisfy { abs($0 - $1) < 1e-6 * $1 })
        let plain = try SmallProblem.step(model, dataset, rows: 8)
        try plain.measure(0..<8)
        #expect(difference(step.gradients.scalars, plain.gradients.scalars, relative: 1e-4, absolute: 1e-6) == nil)
    }

    @Test func whatTasksShareIsOneGroup() throws {
        let heads = SmallProblem.heads
        let model = Model(inputs: [.dense("x", width: 6)], heads: heads) { drawing in
            let trunk = drawing("trunk", Dense(8, .tanh), drawing.input("x"))
            let branch = drawing("branch", Dense(4, .tanh), trunk)
            drawing.head(heads[0].name, trunk)
            for head in heads.dropFirst() { drawing.head(head.name, branch) }
        }
        let step = try SmallProblem.step(
            model, dataset, rows: 8, balancing: Balancing(MoDo(), grouping: .byTasks))
        try step.measure(0..<8)
        #expect(step.gradientRecords().map(\.layers) == [["trunk", "branch"]])
    }

    @Test func tasksAreLearnedWithModo() throws {
        var options = TrainingOptions(epochs: 30, batchSize: 16, optimizer: .adam(learningRate: 0.02))
        options.balancing = Balancing(MoDo())
        let trainer = Trainer(SmallProblem.model(), options: options, backend: try NativeBackend(threads: 1))
        let result = try trainer.train(on: SmallProblem.dataset(128))
        let (first, last) = (result.epochs[0].trainingLoss, result.epochs.last!.trainingLoss)
        for task in tasks { #expect(last[task]! < first[task]!) }
    }

    /// Without further batches, by the golden Gram matrix of the other balancers.
    @Test func modoByHand() {
        var modo = MoDo(learningRate: 0.01, decay: 0.1)
        let gram = GramMatrix(tasks: 2, elements: [18, -22, -22, 38])
        let batch = BalancedBatch(tasks: [0, 1], taskCount: 2, losses: [1, 1], gram: gram, step: 0)
        // ½ - 0.01 · (-2 + 0.05) and ½ - 0.01 · (8 + 0.05), and 0.0305 for each to sum to 1.
        let weights = modo.weights(for: batch)
        #expect(abs(weights[0] - 0.55) < 1e-12 && abs(weights[1] - 0.45) < 1e-12)
        // Far outside: at a corner.
        var fast = MoDo(learningRate: 1, decay: 0)
        #expect(fast.weights(for: batch) == [1, 0])
    }

    /// Each task's gradient by what is shared.
    private func rows(_ rows: Range<Int>) throws -> [[Float]] {
        try tasks.map { name in
            let alone = try SmallProblem.step(SmallProblem.model(), dataset, rows: 8, heads: [name])
            try alone.measure(rows)
            return shared(alone.gradients)
        }
    }

    private func shared(_ gradients: ParameterSlab) -> [Float] {
        ["trunk.0.weight", "trunk.0.bias"].flatMap { gradients[$0]!.scalars }
    }

    /// By bisection for the number that, taken from all, leaves a sum of 1.
    private func nearestOfSimplex(_ point: [Double]) -> [Double] {
        var (low, high) = (point.min()! - 1, point.max()!)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if point.reduce(0, { $0 + max(0, $1 - middle) }) > 1 { low = middle } else { high = middle }
        }
        return point.map { max(0, $0 - high) }
    }
}

/// Measures with half the parameters, too, and then again as they were.
private final class Ahead: MeasuringBalancer {
    let level = GradientLevel.rows
    private let seen = Mutex<[BalancedBatch]>([])

    var batches: [BalancedBatch] { seen.withLock { $0 } }

    func weights(for batch: BalancedBatch) -> [Double] { batch.tasks.map { _ in 1 } }

    func weights(for batch: BalancedBatch, measurements: StepMeasurements) throws(KernelError) -> [Double] {
        func scale(by factor: Float) {
            for range in batch.rows!.ranges {
                measurements.withParameters(in: range) { for index in $0.indices { $0[index] *= factor } }
            }
        }
        scale(by: 0.5)
        let ahead = try measurements.again()
        scale(by: 2)
        let last = try measurements.again()
        seen.withLock { $0 += [batch, ahead, last] }
        return weights(for: last)
    }
}
