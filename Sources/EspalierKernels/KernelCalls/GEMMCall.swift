extension KernelCall {
    /// C = activation(alpha · op(A) · op(B) + beta · C + bias), op(A): m x k, op(B): k x n, C: m x n.
    public struct GEMM {
        public var transposeA = false
        public var transposeB = false
        public var m, n, k: Int
        public var alpha: Float = 1
        public var a, b: Matrix
        public var beta: Float = 0
        public var c: Matrix
        public var bias: Floats?
        public var activation = ActivationKind.identity

        public init(m: Int, n: Int, k: Int, a: Matrix, b: Matrix, c: Matrix) {
            (self.m, self.n, self.k, self.a, self.b, self.c) = (m, n, k, a, b, c)
        }
    }
}
