import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// op(A) · op(B) of two matrices, each transposed or not.
    ///
    /// dA = dC · op(B)ᵀ and dB = op(A)ᵀ · dC, each again one product.
    public struct MatMul: OperationRule {
        let transposeA, transposeB: Bool

        var name: String { "matmul" }
        var attributes: String { (transposeA ? "Aᵀ" : "A") + (transposeB ? "Bᵀ" : "B") }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0].rank == 2, inputs[1].rank == 2 else { throw ShapeMistake("two matrices are wanted") }
            let (m, k) = transposeA ? (inputs[0][1], inputs[0][0]) : (inputs[0][0], inputs[0][1])
            let (inner, n) = transposeB ? (inputs[1][1], inputs[1][0]) : (inputs[1][0], inputs[1][1])
            guard k == inner else { throw ShapeMistake("inner dimensions differ") }
            return [m, n]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let (a, b, dC) = (site.inputs[0], site.inputs[1], site.cotangent)
            let dA =
                !site.needed[0]
                ? nil
                : transposeA
                    ? b.matmul(dC, transpose: transposeB, true) : dC.matmul(b, transpose: false, !transposeB)
            let dB =
                !site.needed[1]
                ? nil
                : transposeB
                    ? dC.matmul(a, transpose: true, transposeA) : a.matmul(dC, transpose: !transposeA, false)
            return [dA, dB]
        }

        func foldsLanes(at site: KernelSite) -> Bool { Fused(matmul: self).foldsLanes(at: site) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let call = Fused(matmul: self).call(at: site)
            if let scratch = site.scratch { return inPlace(call, scratch) }
            return [symmetric(call).map { .syrk($0) } ?? .gemm(call)]
        }

        /// X Xᵀ or Xᵀ X, as X Xᵀ is wanted for Gram matrices: half the multiplications. Small ones are added up in another
        /// order than `.gemm` does, so nothing is fused with them.
        private func symmetric(_ call: KernelCall.GEMM) -> KernelCall.SYRK? {
            guard transposeA != transposeB, call.a.pointer == call.b.pointer, call.m == call.n else { return nil }
            var symmetric = KernelCall.SYRK(n: call.n, k: call.k, x: call.a, c: call.c)
            symmetric.transpose = transposeA
            return symmetric
        }

        // MARK: The cotangents of many tasks

        /// Rows that are computed at a time where A is written over: enough to pack B for, which takes k · n reads and
        /// writes to the 512 · k · n multiplications of a block, and few beside K · rows.
        private static let blockRows = 512

        /// K tasks send K · rows rows into a product and get as many from it. Where these are several blocks, the result
        /// is written over A, and the way back through a trunk holds one such matrix at a time instead of two: of
        /// K = 8, 512 rows and 1024 columns 16 MiB and a block of 2 MiB, for 1 % of the step's time.
        ///
        /// Of square B alone, whose result is as large as A.
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> {
            let (a, b) = (inputs[0], inputs[1])
            let isWayBack = a.lanes > 1 && b.lanes == 1 && !transposeA && b.shape[0] == b.shape[1]
            return isWayBack && a.lanes * a.shape[0] >= 2 * Self.blockRows ? 0..<1 : 0..<0
        }

        /// A block of the result.
        func scratchCount(for inputs: [Graph.Node], inPlace: Bool) -> Int {
            inPlace ? min(Self.blockRows, inputs[0].lanes * inputs[0].shape[0]) * inputs[0].shape[1] : 0
        }

        /// Block by block into the scratch and from there over A. A row's bits depend on no other row.
        private func inPlace(_ call: KernelCall.GEMM, _ scratch: Floats) -> [KernelCall] {
            stride(from: 0, to: call.m, by: Self.blockRows).flatMap { first -> [KernelCall] in
                let place = Matrix(call.c.pointer + first * call.n, leadingDimension: call.c.leadingDimension)
                var block = call
                block.m = min(Self.blockRows, call.m - first)
                block.a = place
                block.c = Matrix(scratch, leadingDimension: call.c.leadingDimension)
                return [
                    .gemm(block), .copy(.init(rows: block.m, columns: call.n, x: block.c, y: place)),
                ]
            }
        }
    }
}

extension Graph.Operation.MatMul {
    /// The product with what follows it in the same kernel: activation(op(A) · op(B) + bias) + summand.
    struct Fused: Lowered {
        let matmul: Graph.Operation.MatMul
        var hasBias = false
        var activation = ActivationKind.identity
        var hasSummand = false

        var splitsRows: Bool { false }

        /// The rows of A are the rows of C.
        func foldsLanes(at site: KernelSite) -> Bool {
            !matmul.transposeA && site.inputs.dropFirst().allSatisfy { $0.lanes.count == 1 }
        }

        /// - Parameter site: A, B, and the bias and the summand if there are.
        func kernels(at site: KernelSite) -> [KernelCall] { [.gemm(call(at: site))] }

        func call(at site: KernelSite) -> KernelCall.GEMM {
            let (a, b, c) = (site.inputs[0], site.inputs[1], site.output)
            var call = KernelCall.GEMM(
                m: c.rows, n: c.columns, k: matmul.transposeA ? a.rows : a.columns, a: a.matrix, b: b.matrix,
                c: c.matrix)
            (call.transposeA, call.transposeB) = (matmul.transposeA, matmul.transposeB)
            call.bias = hasBias ? site.inputs[2].floats : nil
            call.activation = activation
            call.residual = hasSummand ? site.inputs[hasBias ? 3 : 2].matrix : nil
            return call
        }
    }

    /// The product on its way back through an activation: (op(A) · op(B) + summand) · activation'(value), and its
    /// column sums.
    struct FusedGradient: Lowered {
        let product: Fused
        let activation: ActivationKind
        let columnSums: Floats?

        func foldsLanes(at site: KernelSite) -> Bool { false }
        var splitsRows: Bool { false }

        /// - Parameter site: A, B, the summand if there is one, and the value unless the activation is the identity.
        func kernels(at site: KernelSite) -> [KernelCall] { [.gemmGradient(call(at: site))] }

        func call(at site: KernelSite) -> KernelCall.GEMMGradient {
            let value = activation == .identity ? nil : site.inputs[product.hasSummand ? 3 : 2].matrix
            return .init(product.call(at: site), through: activation, value: value, columnSums: columnSums)
        }
    }
}

extension Value {
    /// The product of two matrices, `[m, k]` and `[k, n]` to `[m, n]`, each taken transposed where told.
    public func matmul(_ other: Value, transpose transposeA: Bool = false, _ transposeB: Bool = false) -> Value {
        graph.append(.matmul(.init(transposeA: transposeA, transposeB: transposeB)), [self, other])
    }
}
