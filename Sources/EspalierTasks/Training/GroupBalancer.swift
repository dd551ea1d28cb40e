import EspalierGraph
import EspalierKernels

/// One group of parameters in a training step: its balancer, and where it reads and writes in the program.
final class GroupBalancer {
    /// What a report calls the group.
    let layers: [String]
    private let group: BalancedGradients.Group
    private var balancer: any Balancer
    /// The group's elements of each row.
    private let ranges: [Range<Int>]
    private let rows: TaskRows?
    private let hasGram: Bool
    /// What absent tasks stand with; nil if they are left out.
    private var running: RunningMeans?
    /// By place in the group: had the batch that was measured last a label of the task?
    private var isPresent: [Bool]
    /// By place in the group, as of the last step; 0 for a task that was not in the batch.
    private(set) var weights: [Double]
    /// Of the gradients that were measured last, in which step that was (from 1), and whose they are among all tasks: of
    /// those with a label in the batch. Nil at the level of losses.
    private(set) var lastGram: (epoch: Int, step: Int, tasks: [Int], gram: GramMatrix)?

    init(
        _ group: BalancedGradients.Group, layers: [String], _ balancing: Balancing, level: GradientLevel,
        ranges: [Range<Int>], rows: TaskRows?
    ) {
        (self.group, self.layers, balancer) = (group, layers, balancing.balancer)
        (self.ranges, self.rows) = (ranges, rows)
        hasGram = level != .losses
        let count = group.tasks.count
        if case .runningMean(let decay) = balancing.absentTasks {
            running = RunningMeans(tasks: count, decay: decay)
        }
        weights = Array(repeating: 0, count: count)
        isPresent = Array(repeating: false, count: count)
    }

    /// Sets the weights of the program's last stage by what it has measured.
    ///
    /// - Parameters:
    ///   - step: how many were taken before.
    ///   - losses: as of the last measurement, of all tasks; nil for one that has no label in the batch.
    ///   - measurements: for a balancer that wants more of them; `read` tells what each has found.
    func balance(
        _ program: Program, step: Int, epoch: Int, losses: @escaping () -> [Float?],
        measurements: (_ read: @escaping () -> BalancedBatch) -> StepMeasurements
    ) throws(KernelError) {
        var batch = read(program, losses: losses(), step: step, epoch: epoch, isFirst: true)
        let chosen: [Double]
        if var measuring = balancer as? any MeasuringBalancer {
            let more = measurements { [self] in
                batch = read(program, losses: losses(), step: step, epoch: epoch, isFirst: false)
                return batch
            }
            chosen = try measuring.weights(for: batch, measurements: more)
            balancer = measuring
        } else {
            chosen = batch.tasks.isEmpty ? [] : balancer.weights(for: batch)
        }
        precondition(
            chosen.count == batch.tasks.count, "[Balancer] \(chosen.count) weights for \(batch.tasks.count) tasks")
        weights = Array(repeating: 0, count: group.tasks.count)
        for (task, weight) in zip(batch.tasks, chosen) where isPresent[task] { weights[task] = weight }
        let input = program.input(group.weights)
        for (place, weight) in weights.enumerated() { input.set(Float(weight), at: place) }
    }

    /// What the program has measured.
    ///
    /// - Parameter isFirst: in this step; running means take in no more than that.
    private func read(
        _ program: Program, losses: [Float?], step: Int, epoch: Int, isFirst: Bool
    ) -> BalancedBatch {
        let before = running
        defer { if !isFirst { running = before } }
        isPresent = group.tasks.map { losses[$0] != nil }
        let count = group.tasks.count
        var losses = group.tasks.map { losses[$0].map(Double.init) }
        var gram = hasGram ? GramMatrix(tasks: count, elements: group.gramMatrix(in: program)) : nil
        lastGram = gram.map { gram in
            let places = isPresent.indices.filter { isPresent[$0] }
            return (epoch, step + 1, places.map { group.tasks[$0] }, gram.part(of: places))
        }
        losses = running?.completed(losses) ?? losses
        gram = gram.map { running?.completed($0, present: isPresent) ?? $0 }
        let known = (0..<count).filter { losses[$0] != nil }
        return BalancedBatch(
            tasks: known, taskCount: count, losses: known.map { losses[$0]! },
            gram: gram?.part(of: known) ?? GramMatrix(tasks: 0, elements: []), step: step, epoch: epoch,
            rows: rows.map { BalancedRows(rows: $0, tasks: known.map { group.tasks[$0] }, ranges: ranges) })
    }

    /// - Parameter scores: on the dev rows, by place among all tasks.
    func epochEnded(_ scores: [TaskEvaluation?]) { balancer.epochEnded(group.tasks.map { scores[$0] }) }

    /// Has each of its tasks that has labels in this batch a weight from the last choice?
    func knowsWeights(of losses: [Float?]) -> Bool {
        zip(group.tasks, isPresent).allSatisfy { losses[$0] == nil || $1 }
    }

    /// A task's weight, by its place among all; nil if it is not of the group.
    func weight(of task: Int) -> Double? { group.tasks.firstIndex(of: task).map { weights[$0] } }
}
