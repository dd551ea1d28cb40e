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
        /// B packed already: the native backend reads it instead of `b` where A is not transposed; others read `b`.
        public var packedB: PackedMatrix?

        public init(m: Int, n: Int, k: Int, a: Matrix, b: Matrix, c: Matrix) {
            (self.m, self.n, self.k, self.a, self.b, self.c) = (m, n, k, a, b, c)
        }
    }

    /// C = (alpha · op(A) · op(B) + beta · C + residual) · activation'(value), element by element, and C's column sums:
    /// the way back through a layer that follows an activation, with the bits of the calls that it stands for.
    public struct GEMMGradient {
        public var product: GEMM
        public var activation: ActivationKind
        /// m x n, not C: the activation's input for GELU and SiLU, its output for the others; identity reads none.
        public var value: Matrix?
        /// n elements.
        public var columnSums: Floats?

        /// - Parameter product: without bias and activation; its residual is added before the derivative.
        public init(_ product: GEMM, through activation: ActivationKind, value: Matrix?, columnSums: Floats?) {
            precondition(
                product.bias == nil && product.activation == .identity,
                "[gemm gradient] the product has an epilogue already")
            (self.product, self.activation) = (product, activation)
            (self.value, self.columnSums) = (value, columnSums)
        }
    }

    /// C = (alpha · Σ op(A) · op(B) + beta · C + residual) · activation'(value) and its column sums, the products of
    /// one call with the same transposes: what several heads send back into one trunk. C is read and written once.
    public struct GEMMSum {
        /// op(A) · op(B) over `k`.
        public struct Term {
            public var k: Int
            public var a, b: Matrix

            public init(k: Int, a: Matrix, b: Matrix) { (self.k, self.a, self.b) = (k, a, b) }
        }

        /// So many that their descriptions fit into the 1 KiB of stack that a call may have for them.
        public static let mostTerms = 24

        /// In the order in which they are added, the last one in `last`. At most `mostTerms` with that.
        public var earlier: [Term]
        /// The last product, and what becomes of the sum.
        public var last: GEMMGradient

        public init(_ earlier: [Term], _ last: GEMMGradient) { (self.earlier, self.last) = (earlier, last) }

        /// All terms as products of their own, each added to those before it.
        var products: [GEMM] {
            let terms = earlier + [Term(k: last.product.k, a: last.product.a, b: last.product.b)]
            return terms.enumerated().map { index, term in
                var product = last.product
                (product.k, product.a, product.b) = (term.k, term.a, term.b)
                if index > 0 { product.beta = 1 }
                if index < earlier.count { product.residual = nil }
                return product
            }
        }
    }

    /// Products of one shape: the first one's operands, and how far those of the next lie behind. A stride of 0 gives all
    /// the same A or B; the results must not overlap.
    public struct GEMMBatch {
        public var product: GEMM
        public var count: Int
        public var strideA, strideB, strideC: Int

        /// - Parameter product: with nothing but the product: no bias, no activation, no residual.
        public init(_ product: GEMM, count: Int, strideA: Int, strideB: Int, strideC: Int) {
            precondition(product.isPlain, "[gemm batch] the product has an epilogue")
            (self.product, self.count) = (product, count)
            (self.strideA, self.strideB, self.strideC) = (strideA, strideB, strideC)
        }

        /// All products of the batch.
        var products: [GEMM] {
            (0..<count).map { index in
                var product = product
                product.a.pointer += index * strideA
                product.b.pointer += index * strideB
                product.c.pointer += index * strideC
                return product
            }
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

extension KernelCall.GEMM {
    /// Has it no epilogue?
    var isPlain: Bool { bias == nil && activation == .identity && residual == nil }
}
