import EspalierGraph
import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Synchronization
import Testing

@testable import EspalierTasks

/// Balancers in a training step.
@Suite struct BalancedStepTests {
    private let tasks = ["kind", "marks", "amount"]
    private static let levels: [GradientLevel] = [.losses, .representation, .sketch(columns: 2), .gram, .rows]

    @Test(arguments: levels) func weightsOfOneGiveThePlainGradient(level: GradientLevel) throws {
        let step = try balanced(Recorder(level: level) { $0.tasks.map { _ in 1 } })
        let plain = try SmallProblem.step(SmallProblem.model(), SmallProblem.dataset(8), rows: 8)
        for step in [step, plain] { try step.measure(0..<8) }
        #expect(difference(step.gradients.scalars, plain.gradients.scalars, relative: 1e-4, absolute: 1e-6) == nil)
    }

    /// The trunk follows the weights; heads where the balancer says so.
    @Test(arguments: levels) func gradientsFollowTheWeights(level: GradientLevel) throws {
        let weights: [Double] = [0.5, 0, 2]
        for weightsHeads in [false, true] where level != .losses || weightsHeads {
            let step = try balanced(Recorder(level: level, weightsHeads: weightsHeads) { _ in weights })
            try step.measure(0..<8)
            for (task, name) in tasks.enumerated() {
                #expect(step.weight(of: SmallProblem.heads[task], .equal) == weights[task])
                let alone = try SmallProblem.step(
                    SmallProblem.model(), SmallProblem.dataset(8), rows: 8, heads: [name])
                try alone.measure(0..<8)
                let expected = alone.gradients["head.\(name).weight"]!.scalars
                let got = step.gradients["head.\(name).weight"]!.scalars
                let factor = weightsHeads ? Float(weights[task]) : 1
                #expect(difference(got, expected.map { factor * $0 }, relative: 1e-4, absolute: 1e-6) == nil)
            }
            let fixed = try SmallProblem.step(
                SmallProblem.model(), SmallProblem.dataset(8), rows: 8, heads: ["kind", "amount"],
                weighting: .fixed(["kind": 0.5, "amount": 2]))
            try fixed.measure(0..<8)
            let (got, expected) = (step.gradients["trunk.0.weight"]!, fixed.gradients["trunk.0.weight"]!)
            #expect(difference(got.scalars, expected.scalars, relative: 1e-4, absolute: 1e-6) == nil)
        }
    }

    @Test func aBalancerSeesLossesAndGradients() throws {
        let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 1 } }
        let step = try balanced(recorder)
        for epoch in 1...2 { try step.run(Array(0..<8)[...], learningRate: 0, epoch: epoch) }
        let batch = try #require(recorder.batches.last)
        #expect(batch.tasks == [0, 1, 2] && batch.taskCount == 3 && batch.step == 1 && batch.epoch == 2)
        #expect(batch.rows == nil)
        #expect(batch.losses == (0..<3).map { Double(step.lastLoss(of: $0)!) })
        let rows = try tasks.map { name in
            let alone = try SmallProblem.step(SmallProblem.model(), SmallProblem.dataset(8), rows: 8, heads: [name])
            try alone.measure(0..<8)
            return ["trunk.0.weight", "trunk.0.bias"].flatMap { alone.gradients[$0]!.scalars.map(Double.init) }
        }
        let expected = GramMatrix(ofRows: rows)
        #expect(
            difference(
                batch.gram.elements.map(Float.init), expected.elements.map(Float.init), relative: 1e-4, absolute: 1e-6)
                == nil)
    }

    @Test func theScopeMayBeTheLastSharedLayer() throws {
        let model = SmallProblem.model {
            Dense(8, .tanh)
            Dense(5, .tanh)
        }
        let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 1 } }
        try SmallProblem.step(
            model, SmallProblem.dataset(8), rows: 8, balancing: Balancing(recorder, scope: .lastLayer)
        ).measure(0..<8)
        let rows = try tasks.map { name in
            let alone = try SmallProblem.step(model, SmallProblem.dataset(8), rows: 8, heads: [name])
            try alone.measure(0..<8)
            return ["trunk.1.weight", "trunk.1.bias"].flatMap { alone.gradients[$0]!.scalars.map(Double.init) }
        }
        let (got, expected) = (recorder.batches[0].gram.elements, GramMatrix(ofRows: rows).elements)
        #expect(difference(got.map(Float.init), expected.map(Float.init), relative: 1e-4, absolute: 1e-6) == nil)
    }

    @Test func theMinimumNormPointIsReached() throws {
        let step = try balanced(MGDA())
        try step.measure(0..<8)
        let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 1 } }
        try balanced(recorder).measure(0..<8)
        let weights = SmallProblem.heads.map { step.weight(of: $0, .equal) }
        let expected = MGDA().weights(for: recorder.batches[0].gram)
        #expect(difference(weights.map(Float.init), expected.map(Float.init), relative: 1e-5, absolute: 1e-6) == nil)
    }

    @Test func aTaskWithoutALabelIsLeftOut() throws {
        let dataset = SmallProblem.dataset(8).blanking("marks", 4..<8)
        let recorder = Recorder(level: .gram) { $0.tasks.map { Double($0) + 1 } }
        let step = try balanced(recorder, dataset: dataset, rows: 4)
        try step.measure(4..<8)
        #expect(recorder.batches[0].tasks == [0, 2])
        #expect(recorder.batches[0].gram.tasks == 2)
        #expect(SmallProblem.heads.map { step.weight(of: $0, .equal) } == [1, 0, 3])
        #expect(step.gradients["head.marks.weight"]!.scalars.allSatisfy { $0 == 0 })
        try step.measure(0..<4)
        #expect(recorder.batches[1].tasks == [0, 1, 2])
    }

    @Test func aTaskWithoutALabelMayStandWithItsRunningMean() throws {
        let dataset = SmallProblem.dataset(8).blanking("marks", 4..<8)
        let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 1 } }
        let step = try balanced(
            recorder, dataset: dataset, rows: 4, absentTasks: .runningMean(decay: 0.75))
        // Nothing is known of the task yet.
        try step.measure(4..<8)
        for rows in [0..<4, 4..<8, 0..<4] { try step.measure(rows) }
        let batches = recorder.batches
        #expect(batches.map(\.tasks) == [[0, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2]])
        #expect(batches[2].losses[1] == batches[1].losses[1])
        #expect(batches[2].losses[0] != batches[1].losses[0])
        let (seen, filled) = (batches[1].gram, batches[2].gram)
        #expect(abs(filled[1, 1] - seen[1, 1]) < 1e-12 * seen[1, 1])
        let scales = [0, 2].map { GradientConflict(filled).cosine(1, $0) / GradientConflict(seen).cosine(1, $0) }
        #expect(abs(scales[0] - scales[1]) < 1e-9 && scales[0] > 0.5 && scales[0] < 1 + 1e-9)
        #expect(batches[3].losses == batches[1].losses)
        // Weighted, but with a gradient of zeros: it counts as absent.
        try step.measure(4..<8)
        #expect(step.weight(of: SmallProblem.heads[1], .equal) == 0)
        #expect(step.gradientRecords().map(\.tasks) == [["kind", "amount"]])
    }

    /// Labels of one task a batch.
    @Test func tasksThatNeverMeetAreBalancedWithRunningMeans() throws {
        let dataset = SmallProblem.dataset(6).blanking("kind", 2..<6).blanking("marks", 0..<2).blanking("marks", 4..<6)
            .blanking("amount", 0..<4)
        let step = try balanced(MGDA(), dataset: dataset, rows: 2, absentTasks: .runningMean(decay: 0.5))
        for _ in 0..<2 { for start in [0, 2, 4] { try step.measure(start..<start + 2) } }
        #expect(step.weight(of: SmallProblem.heads[2], .equal) > 0)
        #expect(step.gradients["trunk.0.weight"]!.scalars.contains { $0 != 0 })
    }

    /// The task with the largest element alone, element by element; or range by range.
    @Test(arguments: [false, true]) func rowsMayBeRewritten(byRanges: Bool) throws {
        let recorder = Recorder(level: .rows) { batch in
            let rows = batch.rows!
            if byRanges {
                for range in rows.ranges {
                    var largest = [Float](repeating: -.infinity, count: range.count)
                    for task in batch.tasks.indices {
                        rows.withGradient(of: task, in: range) { gradient in
                            for place in gradient.indices {
                                largest[place] = max(largest[place], gradient[place])
                                gradient[place] = 0
                            }
                        }
                    }
                    rows.withGradient(of: 0, in: range) { gradient in
                        for place in gradient.indices { gradient[place] = largest[place] }
                    }
                }
                return [1, 1, 1]
            }
            for element in rows.ranges.joined() {
                let values = batch.tasks.indices.map { rows[$0, element] }
                for task in batch.tasks.indices { rows[task, element] = task == 0 ? values.max()! : 0 }
            }
            return [1, 1, 1]
        }
        let step = try balanced(recorder)
        try step.measure(0..<8)
        let alone = try tasks.map { name in
            let step = try SmallProblem.step(SmallProblem.model(), SmallProblem.dataset(8), rows: 8, heads: [name])
            try step.measure(0..<8)
            return step.gradients["trunk.0.weight"]!.scalars
        }
        let expected = alone[0].indices.map { element in alone.map { $0[element] }.max()! }
        #expect(difference(step.gradients["trunk.0.weight"]!.scalars, expected, relative: 1e-5, absolute: 1e-7) == nil)
    }

    /// Three parts of a batch, in which tasks have unequally many labels, or none: the same step as at once.
    @Test(arguments: levels) func aBatchInPartsIsTheWholeBatch(level: GradientLevel) throws {
        let dataset = SmallProblem.dataset(8).blanking("kind", 0..<3).blanking("marks", 2..<8).blanking("amount", 6..<7)
        let weights = [0.5, 3, 2]
        let whole = Recorder(level: level) { $0.tasks.map { weights[$0] } }
        let parts = Recorder(level: level) { $0.tasks.map { weights[$0] } }
        let model = SmallProblem.model(heads: [
            .classification("kind", classes: 3, classWeights: [1, 2, 0.5]), .multiLabel("marks", labels: 2),
            .regression("amount"),
        ])
        let steps = try [Balancing(whole), Balancing(parts, batchParts: 3)].map {
            try SmallProblem.step(model, dataset, rows: 8, balancing: $0)
        }
        for rows in [0..<8, 1..<7] {
            for step in steps { try step.measure(rows) }
            let (a, b) = (steps[0].gradients.scalars, steps[1].gradients.scalars)
            #expect(difference(a, b, relative: 1e-4, absolute: 1e-6) == nil)
            for task in 0..<3 {
                let losses = steps.map { $0.lastLoss(of: task) }
                #expect(abs(losses[0]! - losses[1]!) < 1e-5 * losses[0]!)
            }
        }
        for (a, b) in zip(whole.batches, parts.batches) where level != .sketch(columns: 2) {
            #expect(a.tasks == b.tasks)
            #expect(
                difference(
                    a.gram.elements.map(Float.init), b.gram.elements.map(Float.init), relative: 1e-3, absolute: 1e-6)
                    == nil)
        }
    }

    /// Every third step chooses; those between keep the weights, but follow their own batch.
    @Test(arguments: [.losses, .representation, .sketch(columns: 2), .gram] as [GradientLevel])
    func weightsAreKeptBetweenChoices(level: GradientLevel) throws {
        let recorder = Recorder(level: level) { [Double($0.step) + 1, 0.5, 2] }
        let step = try SmallProblem.step(
            SmallProblem.model(), SmallProblem.dataset(24), rows: 8,
            balancing: Balancing(recorder, interval: 3))
        for number in 0..<7 {
            let rows = 8 * (number % 3)..<8 * (number % 3) + 8
            try step.measure(rows)
            let factor = Float(number / 3 * 3 + 1)
            let fixed = try SmallProblem.step(
                SmallProblem.model(), SmallProblem.dataset(24), rows: 8,
                weighting: .fixed(["kind": factor, "marks": 0.5, "amount": 2]))
            try fixed.measure(rows)
            let (got, expected) = (step.gradients["trunk.0.weight"]!, fixed.gradients["trunk.0.weight"]!)
            #expect(difference(got.scalars, expected.scalars, relative: 1e-4, absolute: 1e-6) == nil)
            #expect(step.lastLoss(of: 0) == fixed.lastLoss(of: 0))
        }
        #expect(recorder.batches.map(\.step) == [0, 3, 6])
    }

    /// A step that keeps its weights does nothing that only measuring needs.
    @Test func stepsThatKeepWeightsLeaveMeasuringOut() throws {
        let backend = CountingBackend()
        let step = try SmallProblem.step(
            SmallProblem.model(), SmallProblem.dataset(8), rows: 8, balancing: Balancing(MGDA(), interval: 3),
            backend: backend)
        let calls = try (0..<5).map { _ in
            let before = backend.calls
            try step.measure(0..<8)
            return backend.calls - before
        }
        #expect(calls[0] > calls[1])
        #expect(calls == [calls[0], calls[1], calls[1], calls[0], calls[1]])
    }

    /// A task that had no label when the weights were chosen has none: they are chosen anew.
    @Test func weightsAreChosenWhereATaskComes() throws {
        let dataset = SmallProblem.dataset(8).blanking("marks", 4..<8)
        let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 1 } }
        let step = try SmallProblem.step(
            SmallProblem.model(), dataset, rows: 4, balancing: Balancing(recorder, interval: 4))
        for start in [4, 4, 0, 4, 0, 0, 0] { try step.measure(start..<start + 4) }
        #expect(recorder.batches.map(\.step) == [0, 2, 6])
        #expect(recorder.batches.map(\.tasks) == [[0, 2], [0, 1, 2], [0, 1, 2]])
    }

    @Test func penaltiesCountAsTheyAre() throws {
        let model = Model(inputs: [.dense("x", width: 6)], heads: SmallProblem.heads) { drawing in
            let hidden = drawing("trunk", Dense(8, .tanh), drawing.input("x"))
            for head in SmallProblem.heads { drawing.head(head.name, hidden) }
            drawing.penalty(0.1 * drawing.parameter("trunk.weight").square().sum())
        }
        let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 0 } }
        let step = try SmallProblem.step(
            model, SmallProblem.dataset(8), rows: 8, balancing: Balancing(recorder))
        try step.measure(0..<8)
        let weight = step.parameters["trunk.weight"]!.scalars
        let gradient = step.gradients["trunk.weight"]!.scalars
        #expect(difference(gradient, weight.map { 0.2 * $0 }, relative: 1e-5, absolute: 1e-7) == nil)
    }

    /// A penalty of the batch's activations, in parts, is the whole batch's.
    @Test func penaltiesOfABatchInPartsAreTheWholeBatchs() throws {
        let gradients = try [1, 4].map { parts in
            let model = Model(inputs: [.dense("x", width: 6)], heads: SmallProblem.heads) { drawing in
                let hidden = drawing("trunk", Dense(8, .tanh), drawing.input("x"))
                for head in SmallProblem.heads { drawing.head(head.name, hidden) }
                drawing.penalty(hidden.square().mean() + 0.1 * drawing.parameter("trunk.weight").square().sum())
            }
            let recorder = Recorder(level: .gram) { $0.tasks.map { _ in 0 } }
            let step = try SmallProblem.step(
                model, SmallProblem.dataset(8), rows: 8, balancing: Balancing(recorder, batchParts: parts))
            try step.measure(0..<8)
            return step.gradients["trunk.weight"]!.scalars
        }
        #expect(difference(gradients[1], gradients[0], relative: 1e-5, absolute: 1e-6) == nil)
    }

    @Test(arguments: [MGDA(), CAGrad(), PCGrad(), UPGrad(), GradNorm(), EqualWeights()] as [any Balancer])
    func tasksAreLearnedWithABalancer(balancer: any Balancer) throws {
        for level in [GradientLevel.gram, .representation] {
            var options = TrainingOptions(epochs: 30, batchSize: 16, optimizer: .adam(learningRate: 0.02))
            options.balancing = Balancing(balancer, level: level)
            let result = try Trainer(
                SmallProblem.model(), options: options, backend: NativeBackend(threads: 1)
            ).train(on: SmallProblem.dataset(128))
            let (first, last) = (result.epochs[0].trainingLoss, result.epochs.last!.trainingLoss)
            for task in tasks { #expect(last[task]! < first[task]!) }
        }
    }

    @Test func balancersAreToldTheDevScores() throws {
        for dev in [nil, SmallProblem.dataset(16, seed: 2).blanking("amount", 0..<16)] {
            let recorder = Recorder(level: .losses) { $0.tasks.map { _ in 1 } }
            var options = TrainingOptions(epochs: 2, batchSize: 16)
            options.balancing = Balancing(recorder)
            let result = try Trainer(SmallProblem.model(), options: options, backend: NativeBackend(threads: 1))
                .train(on: SmallProblem.dataset(32), dev: dev)
            #expect(recorder.scores.count == (dev == nil ? 0 : 2))
            for (scores, epoch) in zip(recorder.scores, result.epochs) {
                #expect(scores.map { $0?.task } == ["kind", "marks", nil])
                #expect(scores[0]?[.accuracy] == epoch.dev["kind"]?[.accuracy])
            }
        }
    }

    @Test func gradientsAreNotedEverySoManySteps() throws {
        var options = TrainingOptions(epochs: 2, batchSize: 16)
        options.balancing = Balancing(UPGrad(), loggingInterval: 3)
        let result = try Trainer(SmallProblem.model(), options: options, backend: NativeBackend(threads: 1))
            .train(on: SmallProblem.dataset(80))
        #expect(result.gradients.map(\.step) == [1, 4, 7, 10])
        #expect(result.gradients.map(\.epoch) == [1, 1, 2, 2])
        for record in result.gradients {
            #expect(record.tasks == tasks && record.layers == ["trunk.0"] && record.norms.allSatisfy { $0 > 0 })
            for i in 0..<3 { #expect(abs(record.cosines[i][i] - 1) < 1e-12) }
            let below = (0..<3).reduce(0) { sum, i in sum + (0..<i).count { record.cosines[i][$0] < 0 } }
            #expect(record.conflicts == below)
        }
    }

    @Test(arguments: [
        (Balancing(UPGrad(), level: .losses), "the balancer needs more than the losses"),
        (
            Balancing(Recorder(level: .rows) { _ in [] }, level: .gram),
            "the balancer needs the rows of the tasks' gradients"
        ),
    ])
    func aLevelMustGiveWhatTheBalancerNeeds(balancing: Balancing, problem: String) {
        let options = TrainingOptions(epochs: 2, batchSize: 16, balancing: balancing)
        #expect(throws: TrainingError.option(name: "balancing", problem: problem)) {
            _ = try Trainer(SmallProblem.model(), options: options, backend: ReferenceBackend())
                .train(on: SmallProblem.dataset(80))
        }
    }

    @Test func everySharedGroupIsNoted() throws {
        let heads = SmallProblem.heads
        let model = Model(inputs: [.dense("x", width: 6)], heads: heads) { drawing in
            let trunk = drawing("trunk", Sequential([Dense(8, .tanh), Dense(6, .tanh)]), drawing.input("x"))
            let branch = drawing("branch", Dense(4, .tanh), trunk)
            drawing.head(heads[0].name, drawing("own", Dense(4, .tanh), trunk))
            for head in heads.dropFirst() { drawing.head(head.name, branch) }
        }
        let step = try SmallProblem.step(
            model, SmallProblem.dataset(8).blanking("amount", 4..<8), rows: 4, balancing: Balancing(MGDA()))
        try step.measure(0..<4)
        let records = step.gradientRecords()
        #expect(records.map(\.layers) == [["trunk.0", "trunk.1"], ["branch"]])
        #expect(records.map(\.tasks) == [tasks, ["marks", "amount"]])
        try step.measure(4..<8)
        #expect(step.gradientRecords().map(\.tasks) == [["kind", "marks"], ["marks"]])

        let whole = try SmallProblem.step(model, SmallProblem.dataset(8), rows: 8, balancing: Balancing(GradNorm()))
        try whole.measure(0..<8)
        #expect(whole.gradientRecords().map(\.layers) == [["trunk.0", "trunk.1", "branch"]])
    }

    @Test func groupsAreNamedByTheirLayers() {
        #expect(
            layers(ofGroups: [["a.0.weight", "a.0.bias", "a.1.weight"], ["b.weight", "scale"]]) == [
                ["a.0", "a.1"], ["b", "scale"],
            ])
        #expect(layers(ofGroups: [["a.weight", "c.weight"], ["a.bias"]]) == [["a.weight", "c"], ["a.bias"]])
    }

    @Test func uncertaintyWeightsAreNotBalancedToo() throws {
        let options = TrainingOptions(weighting: .uncertainty, balancing: Balancing(MGDA()))
        #expect(throws: TrainingError.option(name: "balancing", problem: "weights are learned by uncertainty already"))
        {
            _ = try Trainer(SmallProblem.model(), options: options, backend: ReferenceBackend()).train(
                on: SmallProblem.dataset(8))
        }
    }

    private func balanced(
        _ balancer: some Balancer, dataset: Dataset = SmallProblem.dataset(8), rows: Int = 8,
        absentTasks: Balancing.AbsentTasks = .skip
    ) throws -> TrainingStep {
        try SmallProblem.step(
            SmallProblem.model(), dataset, rows: rows, balancing: Balancing(balancer, absentTasks: absentTasks))
    }
}

/// A balancer of the test's own, which keeps what it has seen.
private final class Recorder: Balancer {
    let level: GradientLevel
    let weightsHeads: Bool
    private let choose: @Sendable (BalancedBatch) -> [Double]
    private let seen = Mutex<[BalancedBatch]>([])
    private let told = Mutex<[[TaskEvaluation?]]>([])

    var batches: [BalancedBatch] { seen.withLock { $0 } }
    var scores: [[TaskEvaluation?]] { told.withLock { $0 } }

    func epochEnded(_ scores: [TaskEvaluation?]) { told.withLock { $0.append(scores) } }

    init(level: GradientLevel, weightsHeads: Bool = false, _ choose: @escaping @Sendable (BalancedBatch) -> [Double]) {
        (self.level, self.weightsHeads, self.choose) = (level, weightsHeads, choose)
    }

    func weights(for batch: BalancedBatch) -> [Double] {
        seen.withLock { $0.append(batch) }
        return choose(batch)
    }
}

/// The reference, and how many calls it was given. For one thread.
private final class CountingBackend: Backend, @unchecked Sendable {
    let name = "counting", threads = 1
    private(set) var calls = 0

    func run(_ call: KernelCall) throws(KernelError) {
        calls += 1
        try ReferenceBackend().run(call)
    }
}
