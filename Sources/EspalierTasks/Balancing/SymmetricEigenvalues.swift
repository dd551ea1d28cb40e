/// The eigenvalues of a small symmetric matrix, ascending, by cyclic Jacobi rotations (Golub and Van Loan, Matrix
/// Computations, section 8.5): accurate to rounding relative to the largest, and the same bits everywhere.
func eigenvalues(of matrix: GramMatrix) -> [Double] {
    let size = matrix.tasks
    var a = (0..<size).map { i in (0..<size).map { matrix[i, $0] } }
    guard matrix.elements.allSatisfy(\.isFinite) else { return [Double](repeating: .nan, count: size) }
    // Converges quadratically: five sweeps or six are the rule.
    for _ in 0..<30 {
        var rotated = false
        for p in 0..<size {
            for q in p + 1..<size where abs(a[p][q]) > 1e-17 * (abs(a[p][p]) + abs(a[q][q])) {
                rotate(&a, p, q)
                rotated = true
            }
        }
        if !rotated { break }
    }
    return (0..<size).map { a[$0][$0] }.sorted()
}

/// Makes a_pq zero.
private func rotate(_ a: inout [[Double]], _ p: Int, _ q: Int) {
    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let cosine = 1 / (t * t + 1).squareRoot()
    let sine = t * cosine
    for k in a.indices {
        let (x, y) = (a[k][p], a[k][q])
        (a[k][p], a[k][q]) = (cosine * x - sine * y, sine * x + cosine * y)
    }
    for k in a.indices {
        let (x, y) = (a[p][k], a[q][k])
        (a[p][k], a[q][k]) = (cosine * x - sine * y, sine * x + cosine * y)
    }
}
