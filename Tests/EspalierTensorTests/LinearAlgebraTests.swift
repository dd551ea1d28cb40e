#if OpenBLAS
    import EspalierTensor
    import Testing

    @Suite struct LinearAlgebraTests {
        static let shapes: [Shape] = [
            [1, 1], [5, 5], [40, 7], [7, 40], [64, 64], [1, 9], [9, 1], [0, 3], [3, 0], [0, 0],
        ]

        /// Of full rank with probability one, or of rank at most `rank`.
        private static func random(_ shape: Shape, rank: Int? = nil, seed: UInt64 = 1) -> Tensor {
            var random = CounterRandom(seed: seed, stream: 0)
            func full(_ shape: Shape) -> Tensor { Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape) }
            guard let rank else { return full(shape) }
            return product(full([shape[0], rank]), full([rank, shape[1]]))
        }

        private static func product(_ left: Tensor, _ right: Tensor) -> Tensor {
            let (m, n, depth) = (left.shape[0], right.shape[1], left.shape[1])
            // Subscripts of tensors would make this take seconds.
            let (a, b) = (left.scalars.map(Double.init), right.scalars.map(Double.init))
            var sums = [Double](repeating: 0, count: m * n)
            for i in 0..<m {
                for k in 0..<depth { for j in 0..<n { sums[i * n + j] += a[i * depth + k] * b[k * n + j] } }
            }
            return Tensor(sums.map(Float.init), shape: [m, n])
        }

        private static func transposed(_ matrix: Tensor) -> Tensor {
            var result = Tensor(zeros: [matrix.shape[1], matrix.shape[0]])
            for i in 0..<matrix.shape[0] { for j in 0..<matrix.shape[1] { result[j, i] = matrix[i, j] } }
            return result
        }

        private static func diagonal(_ values: Tensor) -> Tensor {
            var result = Tensor(zeros: [values.count, values.count])
            for i in 0..<values.count { result[i, i] = values[i] }
            return result
        }

        private static func norm(_ tensor: Tensor) -> Double {
            tensor.scalars.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }

        private static func distance(_ one: Tensor, _ other: Tensor) -> Double {
            norm(Tensor(zip(one.scalars, other.scalars).map { $0 - $1 }))
        }

        /// The backward error of Householder methods: a small multiple of max(m, n) units in the last place of ||A||
        /// (Higham 2002, "Accuracy and stability of numerical algorithms", theorem 19.4).
        private static func tolerance(_ shape: Shape) -> Double { 4 * Double(max(shape[0], shape[1])) * 0x1p-24 }

        private static func expectOrthonormalColumns(_ matrix: Tensor) {
            let (rows, columns) = (matrix.shape[0], matrix.shape[1])
            let gram = product(transposed(matrix), matrix)
            let identity = diagonal(Tensor([Float](repeating: 1, count: columns)))
            #expect(distance(gram, identity) <= tolerance([rows, columns]) * Double(columns).squareRoot() * 2)
        }

        @Test(arguments: shapes, [nil, 2])
        func singularValuesReconstruct(shape: Shape, rank: Int?) throws {
            let matrix = Self.random(shape, rank: rank)
            let (u, values, v) = try LinearAlgebra.singularValueDecomposition(of: matrix)
            let k = min(shape[0], shape[1])
            #expect(u.shape == [shape[0], k] && values.shape == [k] && v.shape == [k, shape[1]])
            let back = Self.product(Self.product(u, Self.diagonal(values)), v)
            #expect(Self.distance(back, matrix) <= Self.tolerance(shape) * Self.norm(matrix))
            Self.expectOrthonormalColumns(u)
            Self.expectOrthonormalColumns(Self.transposed(v))
            #expect(values.scalars == values.scalars.sorted(by: >))
            #expect(values.scalars.allSatisfy { $0 >= 0 })
            if let rank, k > rank {
                #expect(Double(values[rank]) <= Self.tolerance(shape) * Double(values[0]))
            }
        }

        @Test func singularValuesOfAKnownMatrix() throws {
            let values = try LinearAlgebra.singularValueDecomposition(of: Tensor([3, 0, 4, 5], shape: [2, 2])).values
            // AᵀA has the eigenvalues 45 and 5.
            #expect(abs(Double(values[0]) - 45.0.squareRoot()) < 4e-6)
            #expect(abs(Double(values[1]) - 5.0.squareRoot()) < 4e-6)
        }

        @Test(arguments: shapes, [nil, 2])
        func qrReconstructs(shape: Shape, rank: Int?) throws {
            let matrix = Self.random(shape, rank: rank)
            let (q, r) = try LinearAlgebra.qr(of: matrix)
            let k = min(shape[0], shape[1])
            #expect(q.shape == [shape[0], k] && r.shape == [k, shape[1]])
            #expect(Self.distance(Self.product(q, r), matrix) <= Self.tolerance(shape) * Self.norm(matrix))
            Self.expectOrthonormalColumns(q)
            for row in 0..<k { for column in 0..<row { #expect(r[row, column] == 0) } }
        }

        @Test(arguments: shapes, [nil, 2])
        func leastSquaresSolves(shape: Shape, rank: Int?) throws {
            let matrix = Self.random(shape, rank: rank)
            let target = Self.random([shape[0], 3], seed: 2)
            let (solution, found) = try LinearAlgebra.leastSquares(matrix, target, tolerance: 1e-5)
            #expect(solution.shape == [shape[1], 3])
            #expect(found == min(shape[0], shape[1], rank ?? .max))
            // The residual is orthogonal to the columns of A, to the backward error in both factors.
            let fitted = Self.product(matrix, solution)
            let residual = Tensor(zip(fitted.scalars, target.scalars).map { $0 - $1 }, shape: target.shape)
            let scale = Self.norm(matrix) * (Self.norm(matrix) * Self.norm(solution) + Self.norm(target))
            #expect(Self.norm(Self.product(Self.transposed(matrix), residual)) <= 4 * Self.tolerance(shape) * scale)
        }

        @Test func leastSquaresTakesTheSmallestSolution() throws {
            let (solution, rank) = try LinearAlgebra.leastSquares(
                Tensor([1, 1], shape: [1, 2]), Tensor([2], shape: [1, 1]))
            #expect(rank == 1)
            #expect(Self.distance(solution, Tensor([1, 1], shape: [2, 1])) < 1e-6)
            let none = try LinearAlgebra.leastSquares(Tensor([1, 1, 1, 1], shape: [2, 2]), Tensor([], shape: [2, 0]))
            #expect(none.solution.shape == [2, 0] && none.rank == 1)
        }

        @Test(arguments: [0, 1, 2, 9, 50])
        func eigenvaluesReconstruct(size: Int) throws {
            let half = Self.random([size, size])
            let other = Self.transposed(half)
            let matrix = Tensor(zip(half.scalars, other.scalars).map { $0 + $1 }, shape: half.shape)
            let (values, vectors) = try LinearAlgebra.symmetricEigenvalues(of: matrix)
            let back = Self.product(Self.product(vectors, Self.diagonal(values)), Self.transposed(vectors))
            #expect(Self.distance(back, matrix) <= Self.tolerance(matrix.shape) * Self.norm(matrix))
            Self.expectOrthonormalColumns(vectors)
            #expect(values.scalars == values.scalars.sorted())
        }

        @Test func eigenvaluesReadTheLowerTriangle() throws {
            let values = try LinearAlgebra.symmetricEigenvalues(of: Tensor([2, 99, 1, 2], shape: [2, 2])).values
            #expect(Self.distance(values, Tensor([1, 3])) < 1e-6)
        }

        @Test func refusesWhatHasNoAnswer() {
            #expect(throws: LinearAlgebraError.shape("QR", "[2] is no matrix")) {
                try LinearAlgebra.qr(of: Tensor([1, 2]))
            }
            #expect(throws: LinearAlgebraError.shape("symmetric eigenvalues", "[1, 2] is not square")) {
                try LinearAlgebra.symmetricEigenvalues(of: Tensor([1, 2], shape: [1, 2]))
            }
            #expect(throws: LinearAlgebraError.shape("least squares", "[1, 2] and [2, 1]: rows differ")) {
                try LinearAlgebra.leastSquares(Tensor([1, 2], shape: [1, 2]), Tensor([1, 2], shape: [2, 1]))
            }
            for value in [Float.nan, .infinity] {
                #expect(throws: LinearAlgebraError.notFinite("singular value decomposition")) {
                    try LinearAlgebra.singularValueDecomposition(of: Tensor([1, value], shape: [1, 2]))
                }
            }
        }
    }
#endif
