import EspalierGraph
import EspalierKernels
import EspalierTensor

/// One batch's way: forward, losses, gradients, optimizer. Compiled once; a step allocates nothing.
package final class TrainingStep {
    let parameters: ParameterSlab
    /// Of the weighted loss, as the last batch left them.
    let gradients: ParameterSlab
    private let program: Program
    private let loader: BatchLoader
    private let optimizer: SlabOptimizer
    private let clippingNorm: Float?
    private let backend: any Backend
    private let losses: [ProgramOutput]
    private let factors: [ProgramInput]
    private let penaltyShare: ProgramInput?
    /// By head: what its factor is where nothing is missing.
    private let fullFactors: [Float]
    /// Rows that the program takes at once: the batch, or a part of it.
    private let partRows: Int
    /// By head, of the last batch; nil if it had no label of it.
    private var batchLosses: [Float?]
    private let learnedWeights: [String: ProgramOutput]
    /// Where tasks are balanced while training.
    private let groups: [GroupBalancer]
    /// Steps from one choice of weights to the next.
    private let interval: Int
    /// Whether a step that keeps its weights may leave the measuring stage out.
    private let isMeasuredApart: Bool
    private var steps = 0
    /// Steps before the one that chose the weights last.
    private var lastChoice: Int?
    /// The rows that went through the first stage last, and the program's count before.
    private var lastBatch: ArraySlice<Int> = []
    private var lastStepCount: UInt64 = 0
    private let names: [String]
    /// Floats of the tasks' rows.
    private let rowCount: Int

    /// - Parameter heads: the tasks that are learned; the model's other heads stay as they began.
    package init(
        _ model: Model, heads: [Head], dataset: Dataset, scales: [String: Standardization], options: TrainingOptions,
        backend: any Backend
    ) throws {
        let parts = options.balancing?.batchParts ?? 1
        partRows = (options.batchSize + parts - 1) / parts
        let shape = BatchShape(rows: partRows, bagCapacity: dataset.bagCapacity(rows: partRows))
        let drawing = Drawing(model, shape: shape, isTraining: true)
        let graph = drawing.graph
        let drawn = heads.map { ($0, $0.drawLoss(drawing.logits[$0.name]!, drawing)) }
        let tasks = try TaskGradientDrawing(drawn, options, drawing)
        let layout = ParameterLayout(of: graph)
        parameters = ParameterSlab(initializing: layout, seed: options.seed)
        gradients = ParameterSlab(zeros: layout)
        let rows = tasks.balanced?.level == .rows ? TaskRows(zeros: layout, taskCount: heads.count) : nil
        program = try graph.compile(
            outputs: drawn.map(\.1) + tasks.outputs, parameters: parameters,
            gradients: tasks.destinations(gradients, rows), backend: backend, seed: options.seed)
        rowCount = rows != nil || parts > 1 ? heads.count * layout.count : 0
        groups = tasks.groups(layout, rows, options.balancing)
        interval = options.balancing?.interval ?? 1
        isMeasuredApart = tasks.balanced?.gradients.isMeasuredApart ?? false
        fullFactors = heads.map { options.weighting.factor(of: $0.name) }
        batchLosses = heads.map { _ in nil }
        loader = try BatchLoader(
            program: program, model: model, dataset: dataset, heads: heads, scales: scales,
            factors: Dictionary(uniqueKeysWithValues: zip(heads.map(\.name), fullFactors)))
        optimizer = SlabOptimizer(options.optimizer.rule, parameters: parameters, gradients: gradients)
        clippingNorm = options.optimizer.clippingNorm
        self.backend = backend
        losses = drawn.map { [program] in program.output($0.1) }
        factors = heads.map { [program] in program.input(tasks.factors[$0.name]!) }
        penaltyShare = tasks.penaltyShare.map { [program] in program.input($0) }
        learnedWeights = tasks.learnedWeights.mapValues { [program] in program.output($0) }
        names = heads.map(\.name)
    }

    /// Learns from the rows, at most a batch of them. The losses are then read with `lastLoss`.
    ///
    /// - Parameter epoch: from 1, as balancers are told.
    package func run(_ batch: ArraySlice<Int>, learningRate: Float, epoch: Int = 1) throws(KernelError) {
        try run(batch, learningRate: learningRate, epoch: epoch) { batch }
    }

    /// - Parameter draw: gives further batches, to a balancer that measures more than one.
    func run(
        _ batch: ArraySlice<Int>, learningRate: Float, epoch: Int, draw: () -> ArraySlice<Int>
    ) throws(KernelError) {
        try begin(batch)
        let isDue = lastChoice.map { steps - $0 >= interval } ?? true
        let keepsWeights = !isDue && groups.allSatisfy { $0.knowsWeights(of: batchLosses) }
        if !keepsWeights || !isMeasuredApart { try measure() }
        if !keepsWeights, !groups.isEmpty {
            try withoutActuallyEscaping(draw) { draw throws(KernelError) in try balance(epoch: epoch, draw: draw) }
            lastChoice = steps
        }
        steps += 1
        if program.stageCount > 1 { try program.run(stage: program.stageCount - 1) }
        try optimizer.step(learningRate: learningRate, clippingNorm: clippingNorm, backend: backend)
    }

    private func balance(epoch: Int, draw: @escaping () -> ArraySlice<Int>) throws(KernelError) {
        for group in groups {
            try group.balance(program, step: steps, epoch: epoch, losses: { [self] in batchLosses }) { read in
                StepMeasurements(of: parameters, draw: draw) { [self] draw throws(KernelError) in
                    // The same batch again has the same random numbers.
                    if draw == nil { program.stepCount = lastStepCount }
                    try begin(draw?() ?? lastBatch)
                    try measure()
                    return read()
                }
            }
        }
    }

    /// The stages between the first one and the one that follows the weights.
    private func measure() throws(KernelError) {
        for stage in 1..<max(1, program.stageCount - 1) { try program.run(stage: stage) }
    }

    /// The first stage, for each part of the batch: each task's share in a part is what it counts there over what it
    /// counts in the batch.
    private func begin(_ batch: ArraySlice<Int>) throws(KernelError) {
        (lastBatch, lastStepCount) = (batch, program.stepCount)
        program.clearAccumulators()
        for head in batchLosses.indices { batchLosses[head] = nil }
        var start = batch.startIndex
        while start < batch.endIndex {
            let end = min(start + partRows, batch.endIndex)
            loader.load(batch[start..<end], of: batch)
            penaltyShare?.set(Float(end - start) / Float(batch.count))
            try program.run(stage: 0)
            for head in batchLosses.indices where factors[head].scalar != 0 {
                let share = factors[head].scalar / fullFactors[head]
                batchLosses[head] = (batchLosses[head] ?? 0) + share * losses[head].scalar
            }
            start = end
        }
    }

    /// Memory that the step keeps and works in: parameters, gradients, two moments, the tasks' rows, the program's arena.
    package var byteCount: Int { (4 * parameters.layout.count + rowCount) * 4 + program.arenaByteCount }

    /// A head's mean loss in the last batch; nil if the batch had no label of it.
    package func lastLoss(of index: Int) -> Float? { batchLosses[index] }

    /// Tells balancers how the tasks do on the dev rows.
    func epochEnded(_ evaluations: [TaskEvaluation]) {
        let scores = names.map { name in evaluations.first { $0.task == name && $0.labelledRows > 0 } }
        for group in groups { group.epochEnded(scores) }
    }

    /// How the gradients lay to each other when they were measured last, by each group of parameters where that was done and
    /// a task had a label; the group with the most parameters first.
    func gradientRecords() -> [TrainingReport.GradientRecord] {
        groups.compactMap { group in
            guard let (epoch, step, tasks, gram) = group.lastGram, !tasks.isEmpty else { return nil }
            return .init(
                epoch: epoch, step: step, layers: group.layers, tasks: tasks.map { names[$0] }, gram: gram)
        }
    }

    /// What multiplies a head's loss: fixed, or as of the last batch learned, or chosen for the largest group of
    /// parameters that the task depends on.
    func weight(of head: Head, _ weighting: TaskWeighting) -> Double {
        let factor = Double(learnedWeights[head.name]?.scalar ?? weighting.factor(of: head.name))
        guard let task = names.firstIndex(of: head.name) else { return factor }
        return factor * (groups.lazy.compactMap { $0.weight(of: task) }.first ?? 1)
    }
}
