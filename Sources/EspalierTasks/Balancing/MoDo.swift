import EspalierGraph
import EspalierKernels

/// Weights that move step by step towards the direction of least norm, by gradients of independent batches, so that the
/// noise of one is not taken for its length: λ ← Π(λ - γ (G₁ G₂ᵀ λ + ρ λ)), where row i of G₁ and of G₂ is the gradient
/// of task i in one of two batches, and Π the nearest point of the simplex. The step follows λ in a third batch.
///
/// Chen, Fernando, Ying, Chen, Three-way trade-off in multi-objective learning: optimization, generalization and
/// conflict-avoidance, NeurIPS 2023. A step takes three batches, so an epoch of as many steps
/// takes three passes over the rows. Heads learn from the third batch alone.
public struct MoDo: MeasuringBalancer {
    /// γ: how fast the weights move.
    public let learningRate: Double
    /// ρ: how strongly they are held together.
    public let decay: Double
    /// λ, by place in the group.
    private var weights: [Double] = []

    public init(learningRate: Double = 1e-3, decay: Double = 0.1) {
        precondition(learningRate > 0, "[modo] learning rate \(learningRate), must be positive")
        precondition(decay >= 0, "[modo] decay \(decay), must not be negative")
        (self.learningRate, self.decay) = (learningRate, decay)
    }

    public var level: GradientLevel { .rows }

    /// With one batch in place of all three, which takes its noise for length.
    public mutating func weights(for batch: BalancedBatch) -> [Double] {
        start(batch.taskCount)
        let slopes = batch.gram.times(batch.tasks.map { weights[$0] })
        move(batch.tasks, along: slopes)
        return batch.tasks.map { weights[$0] }
    }

    public mutating func weights(
        for batch: BalancedBatch, measurements: StepMeasurements
    ) throws(KernelError) -> [Double] {
        start(batch.taskCount)
        let first = batch.rows.map { rows in batch.tasks.indices.map { rows.gradient(of: $0) } } ?? []
        let second = try measurements.next()
        let common = batch.tasks.indices.filter { second.tasks.contains(batch.tasks[$0]) }
        let direction = combined(second, only: common.map { batch.tasks[$0] })
        move(
            common.map { batch.tasks[$0] },
            along: common.map { place in zip(first[place], direction).reduce(0) { $0 + Double($1.0) * $1.1 } })
        return try measurements.next().tasks.map { weights[$0] }
    }

    private mutating func start(_ tasks: Int) {
        if weights.isEmpty { weights = Array(repeating: 1 / Double(tasks), count: tasks) }
    }

    /// One step of the measured tasks' weights, which keep their sum; those of the others rest.
    private mutating func move(_ tasks: [Int], along slopes: [Double]) {
        let before = tasks.map { weights[$0] }
        let moved = zip(before, slopes).map { $0 - learningRate * ($1 + decay * $0) }
        for (task, weight) in zip(tasks, nearest(to: moved, sum: before.reduce(0, +))) { weights[task] = weight }
    }

    /// Σ λ_i g_i over some of the batch's tasks.
    private func combined(_ batch: BalancedBatch, only tasks: [Int]) -> [Double] {
        guard let rows = batch.rows else { return [] }
        var sum = [Double](repeating: 0, count: rows.ranges.reduce(0) { $0 + $1.count })
        for (place, task) in batch.tasks.enumerated() where tasks.contains(task) {
            for (element, number) in rows.gradient(of: place).enumerated() {
                sum[element] += weights[task] * Double(number)
            }
        }
        return sum
    }
}

/// The nearest point of non-negative numbers with that sum: what exceeds a threshold is kept above it.
private func nearest(to point: [Double], sum: Double) -> [Double] {
    var (total, threshold) = (0.0, 0.0)
    for (index, number) in point.sorted(by: >).enumerated() {
        total += number
        let next = (total - sum) / Double(index + 1)
        if number > next { threshold = next } else { break }
    }
    return point.map { max(0, $0 - threshold) }
}

extension BalancedRows {
    /// One task's gradient by all of the group's parameters.
    fileprivate func gradient(of task: Int) -> [Float] {
        var gradient: [Float] = []
        gradient.reserveCapacity(ranges.reduce(0) { $0 + $1.count })
        for range in ranges {
            withGradient(of: task, in: range) { span in
                for element in span.indices { gradient.append(span[element]) }
            }
        }
        return gradient
    }
}
