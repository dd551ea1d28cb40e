import Foundation

/// Learns weights that let all tasks train at one pace: it pulls each w_i |g_i|, taken at the last shared layer, towards
/// the mean of all, times r_i^α, where r_i = (L_i / L_i(0)) / mean is how far task i lags behind.
///
/// Chen and others, GradNorm: gradient normalization for adaptive loss balancing, ICML 2018: a step of gradient descent on
/// Σ |w_i |g_i| - target_i| with the targets held fixed, then the weights are scaled to sum to the number of tasks.
public struct GradNorm: Sendable {
    /// The strength of the pull: 0 gives all gradients one norm.
    public let alpha: Double
    public let learningRate: Double
    /// Σ = number of tasks.
    public private(set) var weights: [Double] = []
    private var firstLosses: [Double] = []

    public init(alpha: Double = 1.5, learningRate: Double = 0.025) {
        precondition(learningRate > 0, "[gradnorm] learning rate \(learningRate), must be positive")
        (self.alpha, self.learningRate) = (alpha, learningRate)
    }

    /// - Parameters:
    ///   - norms: |g_i| at the last shared layer, without the weights.
    ///   - losses: L_i, without the weights; those of the first call are L_i(0).
    public mutating func update(norms: [Double], losses: [Double]) {
        let tasks = Double(norms.count)
        if weights.isEmpty { (weights, firstLosses) = ([Double](repeating: 1, count: norms.count), losses) }
        let weighted = zip(weights, norms).map(*)
        let mean = weighted.reduce(0, +) / tasks
        let progress = zip(losses, firstLosses).map { $1 == 0 ? 1 : $0 / $1 }
        let meanProgress = progress.reduce(0, +) / tasks
        for i in weights.indices {
            let rate = meanProgress == 0 ? 1 : progress[i] / meanProgress
            let excess = weighted[i] - mean * pow(rate, alpha)
            let slope = excess > 0 ? norms[i] : excess < 0 ? -norms[i] : 0
            weights[i] = max(weights[i] - learningRate * slope, 1e-6)
        }
        let sum = weights.reduce(0, +)
        for i in weights.indices { weights[i] *= tasks / sum }
    }
}
