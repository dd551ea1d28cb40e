/// Each gradient is projected onto the dual cone of all (the directions that raise no loss to first order); the mean of
/// the projections is taken: for task i, min vᵀ G v over v >= e_i / T, and w is the sum of the T minimisers.
///
/// Quinton and Rey, Jacobian descent for multi-objective optimization, 2024 (arXiv 2406.16232). The quadratic programs
/// are solved exactly, with no regularisation.
public struct UPGrad: Sendable {
    public init() {}

    public func weights(for gram: GramMatrix) -> [Double] {
        var sum = [Double](repeating: 0, count: gram.tasks)
        for task in 0..<gram.tasks {
            var lower = [Double](repeating: 0, count: gram.tasks)
            lower[task] = 1 / Double(gram.tasks)
            let projected = BoundedQuadratic(quadratic: gram, lower: lower).minimizer()
            for i in 0..<gram.tasks { sum[i] += projected[i] }
        }
        return sum
    }
}
