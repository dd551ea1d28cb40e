/// How the tasks' gradients lie to each other, read off their Gram matrix.
///
/// A task without a gradient (norm 0) has cosine and similarity NaN with every other, and conflicts with none.
public struct GradientConflict: Sendable, Equatable {
    private let gram: GramMatrix

    public init(_ gram: GramMatrix) { self.gram = gram }

    /// |g_i|.
    public var norms: [Double] { gram.norms }

    /// <g_i, g_j> / (|g_i| |g_j|), in -1...1.
    public func cosine(_ i: Int, _ j: Int) -> Double {
        let product = gram.norm(i) * gram.norm(j)
        let cosine = gram[i, j] / product
        return product == 0 || cosine.isNaN ? .nan : max(-1, min(1, cosine))
    }

    /// 2 |g_i| |g_j| / (|g_i|² + |g_j|²): 1 for gradients of one length, near 0 where one dominates.
    /// Yu and others, Gradient surgery for multi-task learning, NeurIPS 2020, definition 2.
    public func magnitudeSimilarity(_ i: Int, _ j: Int) -> Double {
        2 * gram.norm(i) * gram.norm(j) / (gram[i, i] + gram[j, j])
    }

    /// ξ = (1 - cos²) |g_i - g_j|² / |g_i + g_j|², in 0...4: projecting the gradients pays where the curvature along the
    /// step is at least ξ times the gradient's Lipschitz constant (same paper, definition 4 and theorem 2). For gradients
    /// of one length it is (1 - cos)², and so 4 where they are opposite.
    public func curvatureBound(_ i: Int, _ j: Int) -> Double {
        let (a, b, cosine) = (gram.norm(i), gram.norm(j), cosine(i, j))
        // |g_i ± g_j|² as (a - b)² + 2ab (1 ± cos), in which nothing cancels where the gradients are nearly opposite.
        let squaredSum = (a - b) * (a - b) + 2 * a * b * (1 + cosine)
        if squaredSum == 0 { return 4 }
        return (1 - cosine) * (1 + cosine) * ((a - b) * (a - b) + 2 * a * b * (1 - cosine)) / squaredSum
    }

    /// Pairs with <g_i, g_j> < 0.
    public var conflicts: Int {
        (0..<gram.tasks).reduce(0) { sum, i in sum + (0..<i).count { gram[i, $0] < 0 } }
    }

    /// σ_max / σ_min of the matrix whose rows are the gradients: √(λ_max / λ_min) of the Gram matrix. Infinite if they are
    /// linearly dependent to the rounding of float32 products. Senushkin and others, Independent component alignment for
    /// multi-task learning, CVPR 2023.
    public var conditionNumber: Double {
        let values = eigenvalues(of: gram)
        guard let least = values.first, let most = values.last else { return 1 }
        if least.isNaN { return .nan }
        return least > 0 && areIndependent ? (most / least).squareRoot() : .infinity
    }

    /// Rounding changes G_ij by a small multiple of 2⁻²⁴ |g_i| |g_j| and so the eigenvalues of the cosines, whose diagonal
    /// is 1 however long the gradients are, by the tasks' number times that (Weyl).
    private var areIndependent: Bool {
        guard norms.allSatisfy({ $0 > 0 }) else { return false }
        let cosines = GramMatrix(
            tasks: gram.tasks, elements: (0..<gram.tasks).flatMap { i in (0..<gram.tasks).map { cosine(i, $0) } })
        return eigenvalues(of: cosines)[0] > 16 * Double(gram.tasks) * 0x1p-24
    }
}
