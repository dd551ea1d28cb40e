/// A = L Lᵀ of a small symmetric positive definite matrix, in Double and in one fixed order: the same bits everywhere,
/// which LAPACK does not promise.
struct Cholesky {
    /// The lower triangle of L, row after row.
    private let rows: [[Double]]

    /// Nil if A is singular to rounding: a pivot is less than `tolerance` times its diagonal element.
    init?(size: Int, tolerance: Double = 1e-12, _ element: (Int, Int) -> Double) {
        var rows: [[Double]] = []
        for i in 0..<size {
            var row: [Double] = []
            for j in 0..<i {
                row.append((element(i, j) - dot(row, rows[j].dropLast())) / rows[j][j])
            }
            let diagonal = element(i, i)
            let pivot = diagonal - dot(row, row)
            guard pivot > tolerance * diagonal else { return nil }
            row.append(pivot.squareRoot())
            rows.append(row)
        }
        self.rows = rows
    }

    /// x of A x = b.
    func solve(_ b: [Double]) -> [Double] {
        var x: [Double] = []
        for (i, row) in rows.enumerated() { x.append((b[i] - dot(x, row)) / row[i]) }
        for i in rows.indices.reversed() {
            var value = x[i]
            for j in i + 1..<rows.count { value -= rows[j][i] * x[j] }
            x[i] = value / rows[i][i]
        }
        return x
    }
}
