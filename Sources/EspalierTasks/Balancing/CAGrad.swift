/// The direction in a ball around the mean gradient that helps the worst-off task most: max over |d - g₀| <= c |g₀| of
/// min_i <g_i, d>, whose dual is min over the simplex of <g_w, g₀> + c |g₀| |g_w|; then d = g₀ + c |g₀| g_w / |g_w|.
///
/// Liu and others, Conflict-averse gradient descent for multi-task learning, NeurIPS 2021. c = 0 is the mean, a large c
/// approaches MGDA. The direction is not divided by 1 + c² as some implementations do.
public struct CAGrad: Sendable {
    /// The ball's radius, as a share of |g₀|.
    public let c: Double

    public init(c: Double = 0.5) {
        precondition(c >= 0, "[cagrad] c = \(c), must not be negative")
        self.c = c
    }

    public func weights(for gram: GramMatrix) -> [Double] {
        let mean = [Double](repeating: 1 / Double(gram.tasks), count: gram.tasks)
        let radius = c * gram.squaredNorm(mean).squareRoot()
        let worst = worstCase(gram, products: gram.times(mean), radius: radius)
        let norm = gram.squaredNorm(worst).squareRoot()
        // At a Pareto-stationary point g_w is 0, and every direction of the ball is as good as the mean.
        guard norm > 1e-7 * gram.scale.squareRoot() else { return mean }
        return zip(mean, worst).map { $0 + radius / norm * $1 }
    }

    /// The w of least <g_w, g₀> + r |g_w|.
    ///
    /// |g_w| = min over s > 0 of (|g_w|² / s + s) / 2, so for each s there is a quadratic program, and the best s is where
    /// its minimiser has |g_w| = s. The difference grows with s: it is the derivative of a convex function.
    private func worstCase(_ gram: GramMatrix, products: [Double], radius: Double) -> [Double] {
        func minimizer(_ s: Double) -> [Double] {
            // Divided by r / s, which changes no minimiser and keeps r = 0 finite for the linear term alone.
            radius > 0
                ? SimplexQuadratic(quadratic: gram, linear: products.map { $0 * s / radius }).minimizer()
                : products.indices.map { $0 == products.indices.min { products[$0] < products[$1] } ? 1 : 0 }
        }
        var low = gram.squaredNorm(MGDA().weights(for: gram)).squareRoot()
        var high = gram.scale.squareRoot()
        while high - low > 1e-15 * high {
            let middle = low + (high - low) / 2
            if middle == low || middle == high { break }
            if gram.squaredNorm(minimizer(middle)).squareRoot() > middle { low = middle } else { high = middle }
        }
        return minimizer(high)
    }
}
