/// Minimises ½ wᵀ H w + a · w over the simplex (w >= 0, Σ w = 1), for H positive semi-definite and a in the range of H.
///
/// An active-set method that ends after finitely many steps with the exact minimiser, up to rounding: Wolfe, Finding the
/// nearest point in a polytope, Mathematical Programming 11, 1976, with a linear term. In each step the task whose
/// derivative is least joins the support; the minimiser over the support's affine hull is found; where it leaves the
/// simplex, the way there is cut at the border and the tasks that fell to 0 leave.
struct SimplexQuadratic {
    let quadratic: GramMatrix
    let linear: [Double]

    func minimizer() -> [Double] {
        let tasks = quadratic.tasks
        guard let start = (0..<tasks).min(by: { cornerValue($0) < cornerValue($1) }) else { return [] }
        var weights = [Double](repeating: 0, count: tasks)
        weights[start] = 1
        var support = [start]
        let tolerance = 1e-13 * (quadratic.scale + linear.reduce(0) { max($0, abs($1)) })
        // Each round strictly lowers the value, so no support comes twice; the bound is for rounding's sake.
        for _ in 0..<(16 * tasks) {
            let derivative = zip(quadratic.times(weights), linear).map(+)
            let next = (0..<tasks).min { derivative[$0] < derivative[$1] }!
            if derivative[next] >= dot(weights, derivative) - tolerance || support.contains(next) { break }
            support.append(next)
            if !moveToMinimizer(over: &support, &weights) { break }
        }
        return weights
    }

    /// The value at w = e_i.
    private func cornerValue(_ task: Int) -> Double { quadratic[task, task] / 2 + linear[task] }

    /// Moves to the minimiser over the simplex that the support spans, dropping what falls to 0; false if the support's
    /// gradients are affinely dependent to rounding.
    private func moveToMinimizer(over support: inout [Int], _ weights: inout [Double]) -> Bool {
        while let target = affineMinimizer(support) {
            var step = 1.0
            for (task, value) in zip(support, target) where value <= 0 {
                step = min(step, weights[task] / (weights[task] - value))
            }
            for (task, value) in zip(support, target) { weights[task] += step * (value - weights[task]) }
            if step == 1 { return true }
            let leaving = zip(support, target).filter { $1 <= 0 }.map(\.0).min { weights[$0] < weights[$1] }!
            weights[leaving] = 0
            support.removeAll { $0 == leaving || weights[$0] <= 0 }
        }
        return false
    }

    /// The minimiser under Σ w = 1 alone: (H + s 1 1ᵀ) w = t 1 - a, with t such that the sum is 1. The added s 1 1ᵀ
    /// changes nothing where the sum is fixed, and makes the matrix regular for affinely independent gradients.
    private func affineMinimizer(_ support: [Int]) -> [Double]? {
        let added = max(quadratic.scale, .leastNormalMagnitude)
        guard
            let factors = Cholesky(
                size: support.count, { i, j in quadratic[support[i], support[j]] + added })
        else { return nil }
        let ones = factors.solve([Double](repeating: 1, count: support.count))
        let shift = factors.solve(support.map { linear[$0] })
        let t = (1 + shift.reduce(0, +)) / ones.reduce(0, +)
        return zip(ones, shift).map { t * $0 - $1 }
    }
}
