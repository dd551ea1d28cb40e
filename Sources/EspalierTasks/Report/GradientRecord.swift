extension TrainingReport {
    /// How the tasks' gradients lay to each other in one step, by the parameters that most tasks' balance is about.
    ///
    /// Matrices are `[tasks, tasks]`, row by row; what is undefined (a task without a gradient) is NaN.
    public struct GradientRecord: Sendable, Codable, Equatable {
        /// From 1.
        public var epoch: Int
        /// Counted from 1 over all epochs.
        public var step: Int
        /// Those that had a label in the batch.
        public var tasks: [String]
        /// |g_i|.
        @NullUnlessFinite public var norms: [Double]
        /// <g_i, g_j> / (|g_i| |g_j|).
        @NullUnlessFinite public var cosines: [[Double]]
        /// 2 |g_i| |g_j| / (|g_i|² + |g_j|²).
        @NullUnlessFinite public var magnitudeSimilarity: [[Double]]
        /// (1 - cos²) |g_i - g_j|² / |g_i + g_j|².
        @NullUnlessFinite public var curvatureBound: [[Double]]
        /// Pairs whose gradients point away from each other.
        public var conflicts: Int
        /// σ_max / σ_min of the matrix of gradients.
        @NullUnlessFinite public var conditionNumber: Double

        init(epoch: Int, step: Int, tasks: [String], gram: GramMatrix) {
            let conflict = GradientConflict(gram)
            func matrix(_ element: (Int, Int) -> Double) -> [[Double]] {
                (0..<gram.tasks).map { i in (0..<gram.tasks).map { element(i, $0) } }
            }
            (self.epoch, self.step, self.tasks, norms) = (epoch, step, tasks, gram.norms)
            cosines = matrix(conflict.cosine)
            magnitudeSimilarity = matrix(conflict.magnitudeSimilarity)
            curvatureBound = matrix(conflict.curvatureBound)
            (conflicts, conditionNumber) = (conflict.conflicts, conflict.conditionNumber)
        }
    }
}
