internal import CKernels

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

    /// C = activation(op(A) · B + bias) for several B and the same A: what several heads make of one trunk, and the
    /// gradients of their weights. A is read once; the bits are those of the products one by one.
    public struct GEMMSiblings {
        /// So many that their descriptions fit into the 1 KiB of stack that a call may have for them.
        public static let mostProducts = 20

        /// Does a product of this shape gain from company? It does if A is large and the product narrow.
        public static func gain(transposeA: Bool, m: Int, n: Int, k: Int) -> Bool {
            ck_gemm_siblings_gain(transposeA ? 1 : 0, m, n, k) != 0
        }

        /// At most `mostProducts`, not none.
        public let products: [GEMM]

        /// - Parameter products: of one A and activation, with nothing but a bias besides, and no B transposed.
        public init(_ products: [GEMM]) {
            precondition(
                !products.isEmpty && products.count <= Self.mostProducts
                    && products.allSatisfy { $0.isSibling(of: products[0]) },
                "[gemm siblings] no products of one A")
            self.products = products
        }

        /// What they have in common.
        var first: GEMM { products[0] }
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

extension KernelCall.GEMM {
    /// Can the two be products of one `GEMMSiblings`?
    public func isSibling(of other: Self) -> Bool {
        let isPlain =
            !transposeB && alpha == 1 && beta == 0 && residual == nil && packedB == nil
        return isPlain && (m, k) == (other.m, other.k) && transposeA == other.transposeA
            && a.pointer == other.a.pointer && a.leadingDimension == other.a.leadingDimension
            && activation == other.activation
    }
}
