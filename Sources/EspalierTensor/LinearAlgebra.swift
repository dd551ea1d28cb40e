#if OpenBLAS
    internal import COpenBLAS

    /// Matrix factorisations by LAPACK, for analysis and for initialising parameters.
    ///
    /// Matrices are tensors of two dimensions, `[rows, columns]`; either may be 0. The results are those of the linked
    /// library: unlike the rest of the package they may differ in the last bits from one machine to another.
    public enum LinearAlgebra {
        /// A = U diag(s) Vᵀ, thin, by divide and conquer (`sgesdd`).
        /// - Parameter matrix: `[m, n]`; k = min(m, n).
        /// - Returns: `u`: `[m, k]`, orthonormal columns; `values`: `[k]`, descending, not negative; `vTransposed`:
        ///   `[k, n]`, orthonormal rows.
        public static func singularValueDecomposition(
            of matrix: Tensor
        ) throws(LinearAlgebraError) -> (u: Tensor, values: Tensor, vTransposed: Tensor) {
            let name = "singular value decomposition"
            let (m, n) = try extents(of: matrix, name)
            let k = min(m, n)
            var (a, u, values, v) = (
                matrix, Tensor(zeros: [m, k]), Tensor(zeros: [k]), Tensor(zeros: [k, n])
            )
            if k == 0 { return (u, values, v) }
            try check(name) {
                a.withPointer { a in
                    u.withPointer { u in
                        values.withPointer { values in
                            v.withPointer { v in
                                LAPACKE_sgesdd(
                                    LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "S")), Int32(m), Int32(n), a, Int32(n), values,
                                    u, Int32(k), v, Int32(n))
                            }
                        }
                    }
                }
            }
            return (u, values, v)
        }

        /// A = Q R, thin, by Householder reflections (`sgeqrf`, `sorgqr`).
        /// - Parameter matrix: `[m, n]`; k = min(m, n).
        /// - Returns: `q`: `[m, k]`, orthonormal columns; `r`: `[k, n]`, zero below the diagonal, whose elements may be
        ///   negative.
        public static func qr(of matrix: Tensor) throws(LinearAlgebraError) -> (q: Tensor, r: Tensor) {
            let name = "QR"
            let (m, n) = try extents(of: matrix, name)
            let k = min(m, n)
            if k == 0 { return (Tensor(zeros: [m, 0]), Tensor(zeros: [0, n])) }
            var (factors, scales) = (matrix, Tensor(zeros: [k]))
            try check(name) {
                factors.withPointer { a in
                    scales.withPointer { LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, Int32(m), Int32(n), a, Int32(n), $0) }
                }
            }
            var (q, r) = (Tensor(zeros: [m, k]), Tensor(zeros: [k, n]))
            factors.withUnsafeBuffer { factors in
                r.withUnsafeMutableBuffer { r in
                    for row in 0..<k { for column in row..<n { r[row * n + column] = factors[row * n + column] } }
                }
                q.withUnsafeMutableBuffer { q in
                    for row in 0..<m { for column in 0..<k { q[row * k + column] = factors[row * n + column] } }
                }
            }
            try check(name) {
                q.withPointer { q in
                    scales.withPointer {
                        LAPACKE_sorgqr(LAPACK_ROW_MAJOR, Int32(m), Int32(k), Int32(k), q, Int32(k), $0)
                    }
                }
            }
            return (q, r)
        }

        /// The X of least norm among those that minimise ||A X - B||, column by column (`sgelsd`).
        /// - Parameters:
        ///   - matrix: A, `[m, n]`, of any rank.
        ///   - target: B, `[m, p]`.
        ///   - tolerance: singular values below this part of the greatest count as zero; nil for the machine precision.
        /// - Returns: `solution`: X, `[n, p]`; `rank`: of A.
        public static func leastSquares(
            _ matrix: Tensor, _ target: Tensor, tolerance: Float? = nil
        ) throws(LinearAlgebraError) -> (solution: Tensor, rank: Int) {
            let name = "least squares"
            let (m, n) = try extents(of: matrix, name)
            let (rows, p) = try extents(of: target, name)
            guard rows == m else { throw .shape(name, "\(matrix.shape) and \(target.shape): rows differ") }
            if m == 0 || n == 0 || p == 0 {
                // Without a right side LAPACK would not look at A; its rank is still asked for.
                let hasRank = m > 0 && n > 0
                let rank = hasRank ? try leastSquares(matrix, Tensor(zeros: [m, 1]), tolerance: tolerance).rank : 0
                return (Tensor(zeros: [n, p]), rank)
            }
            // LAPACK puts the solution where the target was, so there must be room for the longer of the two.
            var (a, x, values) = (matrix, Tensor(zeros: [max(m, n), p]), Tensor(zeros: [min(m, n)]))
            x.withUnsafeMutableBuffer { x in target.withUnsafeBuffer { _ = x.update(fromContentsOf: $0) } }
            var rank: Int32 = 0
            try check(name) {
                a.withPointer { a in
                    x.withPointer { x in
                        values.withPointer {
                            LAPACKE_sgelsd(
                                LAPACK_ROW_MAJOR, Int32(m), Int32(n), Int32(p), a, Int32(n), x, Int32(p), $0,
                                tolerance ?? -1, &rank)
                        }
                    }
                }
            }
            return (x.rows(0..<n), Int(rank))
        }

        /// A = V diag(λ) Vᵀ for a symmetric matrix (`ssyevd`).
        /// - Parameter matrix: `[n, n]`; only the triangle on and below the diagonal is read.
        /// - Returns: `values`: λ, `[n]`, ascending; `vectors`: V, `[n, n]`, the eigenvectors as columns.
        public static func symmetricEigenvalues(
            of matrix: Tensor
        ) throws(LinearAlgebraError) -> (values: Tensor, vectors: Tensor) {
            let name = "symmetric eigenvalues"
            let (n, columns) = try extents(of: matrix, name)
            guard n == columns else { throw .shape(name, "\(matrix.shape) is not square") }
            var (vectors, values) = (matrix, Tensor(zeros: [n]))
            if n == 0 { return (values, vectors) }
            try check(name) {
                vectors.withPointer { a in
                    values.withPointer {
                        LAPACKE_ssyevd(
                            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")), Int32(n), a, Int32(n),
                            $0)
                    }
                }
            }
            return (values, vectors)
        }

        private static func extents(
            of matrix: Tensor, _ operation: String
        ) throws(LinearAlgebraError) -> (rows: Int, columns: Int) {
            guard matrix.shape.rank == 2 else { throw .shape(operation, "\(matrix.shape) is no matrix") }
            guard matrix.shape.dimensions.allSatisfy({ $0 <= Int32.max }) else {
                throw .shape(operation, "\(matrix.shape) is larger than LAPACK can count")
            }
            // LAPACK looks for NaN only, and may not return from infinities.
            guard matrix.withUnsafeBuffer({ $0.allSatisfy(\.isFinite) }) else { throw .notFinite(operation) }
            return (matrix.shape[0], matrix.shape[1])
        }

        private static func check(_ operation: String, _ call: () -> Int32) throws(LinearAlgebraError) {
            let info = call()
            switch info {
            case 0: return
            case 1...: throw .notConverged(operation)
            case LAPACK_WORK_MEMORY_ERROR, LAPACK_TRANSPOSE_MEMORY_ERROR: throw .outOfMemory(operation)
            default: preconditionFailure("[\(operation)] argument \(-info) of the LAPACK call is wrong")
            }
        }
    }

    /// Why a factorisation has no result. The first value names the operation.
    public enum LinearAlgebraError: Error, Hashable, CustomStringConvertible {
        case shape(String, String)
        /// An element is NaN or infinite.
        case notFinite(String)
        case notConverged(String)
        case outOfMemory(String)

        public var description: String {
            switch self {
            case .shape(let operation, let reason): "[\(operation)] \(reason)"
            case .notFinite(let operation): "[\(operation)] an element is NaN or infinite"
            case .notConverged(let operation): "[\(operation)] did not converge"
            case .outOfMemory(let operation): "[\(operation)] no memory"
            }
        }
    }

    extension Tensor {
        fileprivate mutating func withPointer(_ body: (UnsafeMutablePointer<Float>) -> Int32) -> Int32 {
            withUnsafeMutableBuffer { body($0.baseAddress!) }
        }
    }
#endif
