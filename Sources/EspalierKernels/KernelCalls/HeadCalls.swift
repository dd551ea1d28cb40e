internal import CKernels

extension KernelCall {
    /// A linear layer with softmax cross-entropy of classes, its loss and its gradients, logits never stored:
    /// logits = X op(W) + b, and with G their gradient dX = G op(W)ᵀ, dW = Xᵀ G, db = Σ_r G[r].
    public struct HeadCrossEntropy {
        public var rows, width, classes: Int
        /// `[rows, width]`
        public var x: Matrix
        /// `[width, classes]`, or `[classes, width]` if `transposeWeight`.
        public var weight: Matrix
        public var transposeWeight = false
        public var bias: Floats?
        /// A class for every row; `ignore` marks rows that do not count.
        public var targets: Indices
        public var ignore: Int32
        public var classWeights: Floats?
        public var labelSmoothing: Float = 0
        public var reduction = Reduction.mean
        /// One cotangent and one loss, or one a row with `.none`.
        public var cotangent: Floats?
        public var loss: Floats?
        public var xGradient: Matrix?
        public var weightGradient: Matrix?
        public var biasGradient: Floats?
        /// Whether the gradients are added to what is there.
        public var addsXGradient = false
        public var addsParameterGradients = false
        /// At least `workspaceBytes(width:classes:)` bytes that nothing else uses while the call runs.
        public var workspace: UnsafeMutableRawPointer

        public init(
            rows: Int, width: Int, classes: Int, x: Matrix, weight: Matrix, targets: Indices, ignore: Int32,
            workspace: UnsafeMutableRawPointer
        ) {
            (self.rows, self.width, self.classes, self.x, self.weight) = (rows, width, classes, x, weight)
            (self.targets, self.ignore, self.workspace) = (targets, ignore, workspace)
        }

        /// What a head of this shape wants for any number of rows: at most some MiB.
        public static func workspaceBytes(width: Int, classes: Int) -> Int { ck_head_workspace(width, classes) }
    }
}
