/// The point of least norm in the convex hull of the gradients: min |Σ w_i g_i|² over w >= 0, Σ w = 1.
///
/// Its direction lowers every loss, or is 0 where no direction does (a Pareto-stationary point). Désidéri, Multiple-gradient
/// descent algorithm, 2012; Sener and Koltun, Multi-task learning as multi-objective optimization, NeurIPS 2018. The
/// minimum is found exactly (`SimplexQuadratic`), not by a number of Frank-Wolfe steps.
public struct MGDA: Sendable {
    public init() {}

    public func weights(for gram: GramMatrix) -> [Double] {
        SimplexQuadratic(quadratic: gram, linear: [Double](repeating: 0, count: gram.tasks)).minimizer()
    }
}
