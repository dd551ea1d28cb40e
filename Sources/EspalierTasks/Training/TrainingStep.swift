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
    private let learnedWeights: [String: ProgramOutput]
    /// Where tasks are balanced while training.
    private var groups: [GroupBalancer]
    private let names: [String]
    /// Floats of the tasks' rows.
    private let rowCount: Int

    /// - Parameter heads: the tasks that are learned; the model's other heads stay as they began.
    package init(
        _ model: Model, heads: [Head], dataset: Dataset, scales: [String: Standardization], options: TrainingOptions,
        backend: any Backend
    ) throws {
        let shape = BatchShape(rows: options.batchSize, bagCapacity: dataset.bagCapacity(rows: options.batchSize))
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
        rowCount = (rows?.taskCount ?? 0) * layout.count
        groups = tasks.groups(layout, rows, options.balancing)
        loader = try BatchLoader(
            program: program, model: model, dataset: dataset, heads: heads, scales: scales,
            factors: Dictionary(uniqueKeysWithValues: heads.map { ($0.name, options.weighting.factor(of: $0.name)) }))
        optimizer = SlabOptimizer(options.optimizer.rule, parameters: parameters, gradients: gradients)
        clippingNorm = options.optimizer.clippingNorm
        self.backend = backend
        losses = drawn.map { [program] in program.output($0.1) }
        factors = heads.map { [program] in program.input(tasks.factors[$0.name]!) }
        learnedWeights = tasks.learnedWeights.mapValues { [program] in program.output($0) }
        names = heads.map(\.name)
    }

    /// Learns from the rows, at most a batch of them. The losses are then read with `lastLoss`.
    package func run(_ batch: ArraySlice<Int>, learningRate: Float) throws(KernelError) {
        loader.load(batch)
        if groups.isEmpty {
            try program.run()
        } else {
            try program.run(stage: 0)
            let losses = losses.indices.map { lastLoss(of: $0).map(Double.init) }
            for index in groups.indices { groups[index].balance(program, losses: losses) }
            try program.run(stage: 1)
        }
        try optimizer.step(learningRate: learningRate, clippingNorm: clippingNorm, backend: backend)
    }

    /// Memory that the step keeps and works in: parameters, gradients, two moments, the tasks' rows, the program's arena.
    package var byteCount: Int { (4 * parameters.layout.count + rowCount) * 4 + program.arenaByteCount }

    /// A head's mean loss in the last batch; nil if the batch had no label of it.
    package func lastLoss(of index: Int) -> Float? {
        factors[index].scalar == 0 ? nil : losses[index].scalar
    }

    /// How the gradients of the last batch lay to each other by the largest group of parameters; nil if that was not
    /// measured.
    func gradientRecord(epoch: Int, step: Int) -> TrainingReport.GradientRecord? {
        groups.first?.lastGram.map { tasks, gram in
            .init(epoch: epoch, step: step, tasks: tasks.map { names[$0] }, gram: gram)
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
