import EspalierGraph

/// One group of parameters in a training step: its balancer, and where it reads and writes in the program.
struct GroupBalancer {
    private let group: BalancedGradients.Group
    private let absentTasks: Balancing.AbsentTasks
    private var balancer: any Balancer
    /// The group's elements of each row.
    private let ranges: [Range<Int>]
    private let rows: TaskRows?
    private let hasGram: Bool
    private var runningLosses: [Double?]
    /// Row after row; nil until both tasks have been in a batch together.
    private var runningGram: [Double?]
    private var steps = 0
    /// By place in the group, as of the last step; 0 for a task that was not in the batch.
    private(set) var weights: [Double]
    /// Of the last step's gradients, and whose they are among all tasks; nil at the level of losses.
    private(set) var lastGram: (tasks: [Int], gram: GramMatrix)?

    init(
        _ group: BalancedGradients.Group, _ balancing: Balancing, level: GradientLevel, ranges: [Range<Int>],
        rows: TaskRows?
    ) {
        (self.group, balancer, absentTasks) = (group, balancing.balancer, balancing.absentTasks)
        (self.ranges, self.rows) = (ranges, rows)
        hasGram = level != .losses
        let count = group.tasks.count
        runningLosses = Array(repeating: nil, count: count)
        runningGram = Array(repeating: nil, count: count * count)
        weights = Array(repeating: 0, count: count)
    }

    /// Reads what the program has measured, and sets the weights of its last stage.
    ///
    /// - Parameter losses: of all tasks; nil for one that has no label in the batch.
    mutating func balance(_ program: Program, losses: [Float?]) {
        let present = group.tasks.map { losses[$0] != nil }
        let count = group.tasks.count
        var losses = group.tasks.map { losses[$0].map(Double.init) }
        var gram = hasGram ? group.gramMatrix(in: program).map(Optional.some) : []
        if case .runningMean(let decay) = absentTasks {
            for i in 0..<count {
                losses[i] = updated(&runningLosses[i], losses[i], decay)
                for j in 0..<count where hasGram {
                    let isNew = present[i] && present[j]
                    gram[i * count + j] = updated(&runningGram[i * count + j], isNew ? gram[i * count + j] : nil, decay)
                }
            }
        }
        // Those of which everything is known.
        let known = (0..<count).filter { i in
            losses[i] != nil
                && (!hasGram || (0..<count).allSatisfy { losses[$0] == nil || gram[i * count + $0] != nil })
        }
        let batch = BalancedBatch(
            tasks: known, taskCount: count, losses: known.map { losses[$0]! },
            gram: GramMatrix(
                tasks: hasGram ? known.count : 0,
                elements: hasGram ? known.flatMap { i in known.map { gram[i * count + $0]! } } : []),
            step: steps, rows: rows.map { BalancedRows(rows: $0, tasks: known.map { group.tasks[$0] }, ranges: ranges) }
        )
        if hasGram { lastGram = (known.map { group.tasks[$0] }, batch.gram) }
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

    private func updated(_ mean: inout Double?, _ new: Double?, _ decay: Double) -> Double? {
        if let new { mean = mean.map { decay * $0 + (1 - decay) * new } ?? new }
        return new ?? mean
    }
}
