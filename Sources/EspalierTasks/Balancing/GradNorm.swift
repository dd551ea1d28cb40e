import EspalierGraph
import Foundation

/// Learns weights that let all tasks train at one pace: it pulls each w_i |g_i|, taken at the last shared layer, towards
/// the mean of all, times r_i^α, where r_i = (L_i / L_i(0)) / mean is how far task i lags behind.
///
/// Chen and others, GradNorm: gradient normalization for adaptive loss balancing, ICML 2018: a step of gradient descent on
/// Σ |w_i |g_i| - target_i| with the targets held fixed, then the weights are scaled to sum to the number of tasks. The
/// weights multiply the losses, so they hold for heads too.
public struct GradNorm: Balancer {
    /// The strength of the pull: 0 gives all gradients one norm.
    public let alpha: Double
    public let learningRate: Double
    /// By place in the group; of all tasks of the group together, the mean is 1.
    private var weights: [Double] = []
    /// Of each task's first batch; nil until then.
    private var firstLosses: [Double?] = []

    public init(alpha: Double = 1.5, learningRate: Double = 0.025) {
        precondition(learningRate > 0, "[gradnorm] learning rate \(learningRate), must be positive")
        (self.alpha, self.learningRate) = (alpha, learningRate)
    }

    public var level: GradientLevel { .gram }
    public var scope: GradientScope { .lastLayer }
    public var weightsHeads: Bool { true }

    /// The weights after a step that the batch's norms and losses ask for; those of absent tasks rest.
    public mutating func weights(for batch: BalancedBatch) -> [Double] {
        if weights.isEmpty {
            weights = Array(repeating: 1, count: batch.taskCount)
            firstLosses = Array(repeating: nil, count: batch.taskCount)
        }
        let norms = batch.gram.norms
        let count = Double(batch.tasks.count)
        let before = batch.tasks.map { weights[$0] }
        let mean = dot(before, norms) / count
        let progress = zip(batch.tasks, batch.losses).map { task, loss in
            let first = firstLosses[task] ?? loss
            firstLosses[task] = first
            return first == 0 ? 1 : loss / first
        }
        let meanProgress = progress.reduce(0, +) / count
        let moved = batch.tasks.indices.map { place in
            let rate = meanProgress == 0 ? 1 : progress[place] / meanProgress
            let excess = before[place] * norms[place] - mean * pow(rate, alpha)
            let slope = excess > 0 ? norms[place] : excess < 0 ? -norms[place] : 0
            return max(before[place] - learningRate * slope, 1e-6)
        }
        let scale = before.reduce(0, +) / moved.reduce(0, +)
        for (task, weight) in zip(batch.tasks, moved) { weights[task] = scale * weight }
        return batch.tasks.map { weights[$0] }
    }
}
