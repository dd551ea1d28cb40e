import EspalierGraph
import EspalierKernels

/// Weights that move step by step towards the direction of least norm, by gradients of independent batches, so that the
/// noise of one is not taken for its length: λ ← Π(λ - γ (G₁ G₂ᵀ λ + ρ λ)), where row i of G₁ and of G₂ is the gradient
/// of task i in one of two batches, and Π the nearest point of the simplex. The step follows λ in a third batch.
///
/// Chen, Fernando, Ying, Chen, Three-way trade-off in multi-objective learning: optimization, generalization and
/// conflict-avoidance, NeurIPS 2023. A step takes three batches. Heads learn from the third alone.
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
        move(batch.tasks, of: batch.taskCount) { batch.gram[$0, $1] }
        return batch.tasks.map { weights[$0] }
    }

    public mutating func weights(
        for batch: BalancedBatch, measurements: StepMeasurements
    ) throws(KernelError) -> [Double] {
        let first = gradients(of: batch)
        let second = gradients(of: try measurements.next())
        let tasks = first.keys.filter { second[$0] != nil }.sorted()
        move(tasks, of: batch.taskCount) { dot(first[tasks[$0]]!, second[tasks[$1]]!) }
        return try measurements.next().tasks.map { weights[$0] }
    }

    /// One step of the weights; those of tasks that were not measured move only to keep the sum.
    ///
    /// - Parameter product: by places in `tasks`.
    private mutating func move(_ tasks: [Int], of count: Int, product: (Int, Int) -> Double) {
        if weights.isEmpty { weights = Array(repeating: 1 / Double(count), count: count) }
        var moved = weights
        for (i, task) in tasks.enumerated() {
            let slope = tasks.indices.reduce(0) { $0 + product(i, $1) * weights[tasks[$1]] }
            moved[task] -= learningRate * (slope + decay * weights[task])
        }
        // The nearest point: least ½ |w|² - <moved, w>.
        let identity = GramMatrix(
            tasks: count, elements: (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 })
        weights = SimplexQuadratic(quadratic: identity, linear: moved.map { -$0 }).minimizer()
    }

    /// By task: all that the group's parameters have.
    private func gradients(of batch: BalancedBatch) -> [Int: [Double]] {
        guard let rows = batch.rows else { return [:] }
        var gradients: [Int: [Double]] = [:]
        for (place, task) in batch.tasks.enumerated() {
            var gradient: [Double] = []
            for range in rows.ranges {
                rows.withGradient(of: place, in: range) { span in
                    for element in span.indices { gradient.append(Double(span[element])) }
                }
            }
            gradients[task] = gradient
        }
        return gradients
    }
}
