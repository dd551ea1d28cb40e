extension TrainingReport {
    /// How the tasks' gradients lay to each other in one step, by one group of parameters that several tasks share.
    ///
    /// Matrices are `[tasks, tasks]`, row by row; what is undefined (a task without a gradient) is NaN, in JSON `null`.
    public struct GradientRecord: Sendable, Codable, Equatable {
        /// From 1.
        public var epoch: Int
        /// Counted from 1 over all epochs.
        public var step: Int
        /// The paths of the group's layers (`trunk.0`). The figures are of those that the balancing's level and scope
        /// measure.
        public var layers: [String]
        /// Those that had a label in the batch.
        public var tasks: [String]
        /// |g_i|.
        @JSONNumbers public var norms: [Double]
        /// <g_i, g_j> / (|g_i| |g_j|).
        @JSONNumbers public var cosines: [[Double]]
        /// 2 |g_i| |g_j| / (|g_i|² + |g_j|²).
        @JSONNumbers public var magnitudeSimilarity: [[Double]]
        /// (1 - cos²) |g_i - g_j|² / |g_i + g_j|², in 0...4.
        @JSONNumbers public var curvatureBound: [[Double]]
        /// Pairs whose gradients point away from each other.
        public var conflicts: Int
        /// σ_max / σ_min of the matrix of gradients; infinite, in JSON `"infinity"`, if they are linearly dependent to
        /// rounding.
        @JSONNumbers public var conditionNumber: Double

        init(epoch: Int, step: Int, layers: [String], tasks: [String], gram: GramMatrix) {
            let conflict = GradientConflict(gram)
            func matrix(_ element: (Int, Int) -> Double) -> [[Double]] {
                (0..<gram.tasks).map { i in (0..<gram.tasks).map { element(i, $0) } }
            }
            (self.epoch, self.step, self.layers, self.tasks) = (epoch, step, layers, tasks)
            norms = gram.norms
            cosines = matrix(conflict.cosine)
            magnitudeSimilarity = matrix(conflict.magnitudeSimilarity)
            curvatureBound = matrix(conflict.curvatureBound)
            (conflicts, conditionNumber) = (conflict.conflicts, conflict.conditionNumber)
        }
    }
}
