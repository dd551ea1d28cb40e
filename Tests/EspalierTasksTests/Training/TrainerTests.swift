import EspalierGraph
import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierTasks

@Suite struct TrainerTests {
    private func train(
        _ options: TrainingOptions, on dataset: Dataset = SmallProblem.dataset(48), dev: Dataset? = nil,
        backend: any Backend = ReferenceBackend()
    ) throws -> TrainingResult {
        try Trainer(SmallProblem.model(), options: options, backend: backend).train(on: dataset, dev: dev)
    }

    private static let backends = backendNames.filter { !$0.hasPrefix("path:") }

    @Test(arguments: backends) func lossesFallOnEveryBackend(name: String) throws {
        let options = TrainingOptions(epochs: 5, batchSize: 20, optimizer: .adam(learningRate: 0.05))
        let backend = try makeBackend(named: name, threads: 2)
        let result = try train(options, backend: backend)
        for task in ["kind", "marks", "amount"] {
            let losses = try result.epochs.map { try #require($0.trainingLoss[task]) }
            #expect(losses.count == 5)
            #expect(losses[4] < 0.7 * losses[0], "\(task): \(losses)")
        }
    }

    /// In a process of its own, because the instruction set holds for all kernels of a process.
    @Test func aRunGivesTheSameBitsOnAnyThreadsAndInstructionSets() async {
        await #expect(processExitsWith: .success) {
            try requireSameBits(
                TrainingOptions(epochs: 2, batchSize: 20, weighting: .uncertainty), on: SmallProblem.dataset(50))
        }
    }

    /// Of every level that tasks are balanced by.
    @Test func aBalancedRunGivesTheSameBitsOnAnyThreadsAndInstructionSets() async {
        await #expect(processExitsWith: .success) {
            for balancing in [
                Balancing(CAGrad(), absentTasks: .runningMean(decay: 0.5)), Balancing(MGDA(), level: .representation),
                Balancing(PCGrad(seed: 1), level: .sketch(columns: 2)), Balancing(UPGrad(), level: .rows),
                Balancing(GradNorm(), batchParts: 3),
            ] {
                try requireSameBits(
                    TrainingOptions(epochs: 2, batchSize: 7, balancing: balancing),
                    on: SmallProblem.dataset(50).blanking("marks", 10..<40))
            }
        }
    }

    @Test func seedsDecide() throws {
        func parameters(seed: UInt64) throws -> [Float] {
            try train(TrainingOptions(epochs: 1, seed: seed)).model.parameters.scalars
        }
        #expect(try parameters(seed: 1) == parameters(seed: 1))
        #expect(try parameters(seed: 1) != parameters(seed: 2))
    }

    @Test(arguments: [
        EarlyStopping.Target.joint, .task("kind", metric: nil), .task("amount", metric: .meanAbsoluteError),
    ])
    func earlyStoppingKeepsTheBestEpoch(target: EarlyStopping.Target) throws {
        // So high a rate that the dev scores go up and down.
        var options = TrainingOptions(epochs: 12, batchSize: 12, optimizer: .adam(learningRate: 0.3))
        options.earlyStopping = EarlyStopping(target: target, patience: 2)
        let dev = SmallProblem.dataset(20, seed: 9)
        let stopped = try train(options, dev: dev)
        let best = try #require(stopped.bestEpoch)
        #expect(best < stopped.epochs.count, "the test wants a run whose last epoch is not its best")
        #expect(stopped.epochs.count == min(12, best + 2))

        options.earlyStopping = nil
        options.epochs = best
        let exact = try train(options)
        #expect(stopped.model.parameters.scalars == exact.model.parameters.scalars)
        let kept = try stopped.model.evaluate(dev).map { ($0.task, $0.values) }
        #expect(Dictionary(uniqueKeysWithValues: kept) == stopped.epochs[best - 1].dev)
    }

    @Test func theScheduleReachesTheOptimizer() throws {
        var options = TrainingOptions(epochs: 3, batchSize: 48, optimizer: .sgd(learningRate: 0.5))
        // After the first step the rate is too small to change a float.
        options.optimizer.schedule = .stepDecay(factor: 1e-20, every: 1)
        let decayed = try train(options)
        #expect(decayed.epochs.map(\.learningRate) == [0.5, 0.5e-20, 0.5 * (1e-20 * 1e-20)])
        options.epochs = 1
        #expect(decayed.model.parameters.scalars == (try train(options)).model.parameters.scalars)
    }

    @Test func headsThatAreNotTrainedStayAsTheyBegan() throws {
        let result = try train(TrainingOptions(epochs: 2, seed: 5, heads: ["amount"]))
        let start = ParameterSlab(initializing: SmallProblem.model().layout(), seed: 5)
        func isUnchanged(_ name: String) -> Bool {
            result.model.parameters[name]!.scalars == start[name]!.scalars
        }
        #expect(isUnchanged("head.kind.weight") && isUnchanged("head.marks.bias"))
        #expect(!isUnchanged("head.amount.weight") && !isUnchanged("trunk.0.weight"))
        #expect(Set(result.epochs[0].trainingLoss.keys) == ["amount"])
    }

    @Test func rowsWithoutAnyLabelAreLeftOut() throws {
        let tasks = ["kind", "marks", "amount"]
        let full = SmallProblem.dataset(60)
        let blanked = tasks.reduce(full) { $0.blanking($1, 48..<60) }
        let options = TrainingOptions(epochs: 2)
        let same = try train(options, on: full.subset(Array(0..<48)))
        #expect(try train(options, on: blanked).model.parameters.scalars == same.model.parameters.scalars)
    }

    @Test func progressTellsEveryStep() throws {
        var steps: [Int] = []
        var epochs = 0
        _ = try Trainer(SmallProblem.model(), options: TrainingOptions(epochs: 2), backend: ReferenceBackend())
            .train(on: SmallProblem.dataset(48)) { progress in
                switch progress {
                case .step(_, let step, let count):
                    #expect(count == 2)
                    steps.append(step)
                case .epoch: epochs += 1
                }
            }
        #expect(steps == [1, 2, 1, 2] && epochs == 2)
    }
}

/// Stops the process if a run of clipped steps gives other bits with another instruction set or number of threads.
private func requireSameBits(_ options: TrainingOptions, on dataset: Dataset) throws {
    let model = SmallProblem.model {
        Dense(33, .gelu)
        LayerNorm()
        Dropout(0.2)
        Dense(17, .tanh)
    }
    var options = options
    options.optimizer.clippingNorm = 1
    var first: [UInt32]?
    for set in InstructionSet.available {
        try InstructionSet.select(set)
        for threads in [1, 3, 7] {
            let trainer = Trainer(model, options: options, backend: try NativeBackend(threads: threads))
            let bits = try trainer.train(on: dataset).model.parameters.scalars.map(\.bitPattern)
            precondition(
                first == nil || first == bits,
                "other bits with \(String(describing: options.balancing?.balancer)), \(set) and \(threads) threads")
            first = bits
        }
    }
}
