/// Minimises ½ vᵀ G v over v >= lower, for G positive semi-definite.
///
/// An active-set method with the exact minimiser, up to rounding: Lawson and Hanson, Solving Least Squares Problems,
/// 1974, chapter 23, written for the normal equations. `free` holds the elements above their bounds.
struct BoundedQuadratic {
    let quadratic: GramMatrix
    let lower: [Double]

    func minimizer() -> [Double] {
        let tasks = quadratic.tasks
        var v = lower
        var free: [Int] = []
        let tolerance = 1e-13 * quadratic.scale * lower.reduce(0) { $0 + abs($1) }
        for _ in 0..<(16 * tasks) {
            let derivative = quadratic.times(v)
            let bound = (0..<tasks).filter { !free.contains($0) }
            guard let next = bound.min(by: { derivative[$0] < derivative[$1] }), derivative[next] < -tolerance
            else { break }
            free.append(next)
            if !moveToMinimizer(over: &free, &v) { break }
        }
        return v
    }

    /// Moves to the minimiser over the free elements, binding those that fall to their bounds; false if the gradients of
    /// the free ones are linearly dependent to rounding.
    private func moveToMinimizer(over free: inout [Int], _ v: inout [Double]) -> Bool {
        while let target = minimizer(over: free, v) {
            var step = 1.0
            for (task, value) in zip(free, target) where value <= lower[task] {
                step = min(step, (v[task] - lower[task]) / (v[task] - value))
            }
            for (task, value) in zip(free, target) { v[task] += step * (value - v[task]) }
            if step == 1 { return true }
            let leaving = zip(free, target).filter { $1 <= lower[$0] }.map(\.0)
                .min { v[$0] - lower[$0] < v[$1] - lower[$1] }!
            v[leaving] = lower[leaving]
            free.removeAll { $0 == leaving || v[$0] <= lower[$0] }
        }
        return false
    }

    private func minimizer(over free: [Int], _ v: [Double]) -> [Double]? {
        guard let factors = Cholesky(size: free.count, { i, j in quadratic[free[i], free[j]] }) else { return nil }
        var bound = v
        for task in free { bound[task] = 0 }
        let pull = quadratic.times(bound)
        return factors.solve(free.map { -pull[$0] })
    }
}
