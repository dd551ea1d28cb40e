extension KernelCall {
    /// C = activation(alpha · op(A) · op(B) + beta · C + bias) + residual, op(A): m x k, op(B): k x n, C: m x n.
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
        /// m x n; not C.
        public var residual: Matrix?

        public init(m: Int, n: Int, k: Int, a: Matrix, b: Matrix, c: Matrix) {
            (self.m, self.n, self.k, self.a, self.b, self.c) = (m, n, k, a, b, c)
        }
    }

    /// C = (alpha · op(A) · op(B) + beta · C) · activation'(value), element by element, and C's column sums: the way
    /// back through a layer that follows an activation, with the bits of the three calls that it stands for.
    public struct GEMMGradient {
        public var product: GEMM
        public var activation: ActivationKind
        /// m x n, not C: the activation's input for GELU and SiLU, its output for the others; identity reads none.
        public var value: Matrix?
        /// n elements.
        public var columnSums: Floats?

        /// - Parameter product: with nothing but the product: no bias, no activation, no residual.
        public init(_ product: GEMM, through activation: ActivationKind, value: Matrix?, columnSums: Floats?) {
            precondition(
                product.bias == nil && product.activation == .identity && product.residual == nil,
                "[gemm gradient] the product has an epilogue already")
            (self.product, self.activation) = (product, activation)
            (self.value, self.columnSums) = (value, columnSums)
        }
    }

    /// C = alpha · X Xᵀ + beta · C for X: n x k, or alpha · Xᵀ X + beta · C for X: k x n: a Gram matrix. Both triangles
    /// of C are written; `beta` reads the lower one.
    public struct SYRK {
        public var transpose = false
        public var n, k: Int
        public var alpha: Float = 1
        public var x: Matrix
        public var beta: Float = 0
        public var c: Matrix

        public init(n: Int, k: Int, x: Matrix, c: Matrix) { (self.n, self.k, self.x, self.c) = (n, k, x, c) }
    }
}
