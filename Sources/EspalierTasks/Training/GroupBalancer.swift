import EspalierGraph

/// One group of parameters in a training step: its balancer, and where it reads and writes in the program.
struct GroupBalancer {
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
    private var steps = 0
    /// By place in the group, as of the last step; 0 for a task that was not in the batch.
    private(set) var weights: [Double]
    /// Of the last step's gradients, and whose they are among all tasks: of those with a label in the batch. Nil at the
    /// level of losses.
    private(set) var lastGram: (tasks: [Int], gram: GramMatrix)?

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
    }

    /// Reads what the program has measured, and sets the weights of its last stage.
    ///
    /// - Parameter losses: of all tasks; nil for one that has no label in the batch.
    mutating func balance(_ program: Program, losses: [Float?], epoch: Int) {
        let present = group.tasks.map { losses[$0] != nil }
        let count = group.tasks.count
        var losses = group.tasks.map { losses[$0].map(Double.init) }
        var gram = hasGram ? GramMatrix(tasks: count, elements: group.gramMatrix(in: program)) : nil
        lastGram = gram.map { gram in
            let places = present.indices.filter { present[$0] }
            return (places.map { group.tasks[$0] }, gram.part(of: places))
        }
        losses = running?.completed(losses) ?? losses
        gram = gram.map { running?.completed($0, present: present) ?? $0 }
        let known = (0..<count).filter { losses[$0] != nil }
        let batch = BalancedBatch(
            tasks: known, taskCount: count, losses: known.map { losses[$0]! },
            gram: gram?.part(of: known) ?? GramMatrix(tasks: 0, elements: []), step: steps, epoch: epoch,
            rows: rows.map { BalancedRows(rows: $0, tasks: known.map { group.tasks[$0] }, ranges: ranges) })
        weights = Array(repeating: 0, count: count)
        if !known.isEmpty {
            let chosen = balancer.weights(for: batch)
            precondition(
                chosen.count == known.count, "[Balancer] \(chosen.count) weights for \(known.count) tasks")
            for (task, weight) in zip(known, chosen) where present[task] { weights[task] = weight }
        }
        let input = program.input(group.weights)
        for (place, weight) in weights.enumerated() { input.set(Float(weight), at: place) }
        steps += 1
    }

    /// A task's weight, by its place among all; nil if it is not of the group.
    func weight(of task: Int) -> Double? { group.tasks.firstIndex(of: task).map { weights[$0] } }
}
