/// What tasks without a label in the batch stand with: running means of the loss, of |g_i|², and of the cosine with each
/// other task over the batches that had labels of both. Two tasks that never had count as orthogonal.
struct RunningMeans {
    private let decay: Double
    private var losses: [Double?]
    private var squaredNorms: [Double?]
    /// Of i and j < i at `i * tasks + j`.
    private var cosines: [Double?]

    init(tasks: Int, decay: Double) {
        self.decay = decay
        (losses, squaredNorms) = (Array(repeating: nil, count: tasks), Array(repeating: nil, count: tasks))
        cosines = Array(repeating: nil, count: tasks * tasks)
    }

    /// Takes in what the batch tells, and fills in what it does not; nil where no batch had a label yet.
    mutating func completed(_ losses: [Double?]) -> [Double?] {
        losses.indices.map { task in
            if let loss = losses[task] { update(&self.losses[task], loss) }
            return losses[task] ?? self.losses[task]
        }
    }

    /// The same for the Gram matrix.
    ///
    /// Cosines of several batches together need not belong to any gradients. If their least eigenvalue is -δ < 0, all are
    /// divided by 1 + δ: then it is 0, and a positive semidefinite matrix of cosines stays so when the norms are
    /// multiplied in. Norms and the signs of products stay as they are.
    ///
    /// - Parameter gram: of all tasks, absent ones included; what it says of those is not read.
    mutating func completed(_ gram: GramMatrix, present: [Bool]) -> GramMatrix {
        let count = gram.tasks
        let fresh = GradientConflict(gram)
        for i in 0..<count where present[i] {
            update(&squaredNorms[i], gram[i, i])
            for j in 0..<i where present[j] { update(&cosines[i * count + j], fresh.cosine(i, j)) }
        }
        if present.allSatisfy({ $0 }) { return gram }
        let mixed = matrix(count) { i, j in
            if i == j { return 1 }
            let cosine = present[i] && present[j] ? fresh.cosine(i, j) : cosines[max(i, j) * count + min(i, j)] ?? 0
            return cosine.isNaN ? 0 : cosine
        }
        let scale = 1 + max(0, -(eigenvalues(of: mixed).first ?? 0))
        let norms = (0..<count).map { present[$0] ? gram.norm($0) : (squaredNorms[$0] ?? 0).squareRoot() }
        return matrix(count) { i, j in norms[i] * norms[j] * (i == j ? 1 : mixed[i, j] / scale) }
    }

    /// A gradient of 0 has no cosine.
    private func update(_ mean: inout Double?, _ new: Double) {
        if !new.isNaN { mean = mean.map { decay * $0 + (1 - decay) * new } ?? new }
    }

    private func matrix(_ tasks: Int, _ element: (Int, Int) -> Double) -> GramMatrix {
        GramMatrix(tasks: tasks, elements: (0..<tasks).flatMap { i in (0..<tasks).map { element(i, $0) } })
    }
}
