/// The inner products of the tasks' gradients: G_ij = <g_i, g_j>, `[tasks, tasks]`, symmetric.
///
/// Nearly every gradient-balancing method is a function of this matrix alone, because both the direction it looks for
/// (d = Σ w_i g_i) and all it asks of a direction (<g_i, d> = (G w)_i, |d|² = wᵀ G w) follow from it.
public struct GramMatrix: Sendable, Equatable {
    public let tasks: Int
    /// Row after row.
    public private(set) var elements: [Double]

    /// - Parameter elements: row after row; the mean of G_ij and G_ji is taken, so that the matrix is symmetric.
    public init(tasks: Int, elements: [Double]) {
        precondition(elements.count == tasks * tasks, "[gram] \(elements.count) elements for \(tasks) tasks")
        self.tasks = tasks
        self.elements = elements
        for i in 0..<tasks {
            for j in 0..<i {
                let mean = (elements[i * tasks + j] + elements[j * tasks + i]) / 2
                self.elements[i * tasks + j] = mean
                self.elements[j * tasks + i] = mean
            }
        }
    }

    /// J Jᵀ of gradients that are at hand as rows of equal length.
    public init(ofRows rows: [[Double]]) {
        self.init(tasks: rows.count, elements: rows.flatMap { row in rows.map { dot(row, $0) } })
    }

    public subscript(i: Int, j: Int) -> Double { elements[i * tasks + j] }

    /// <g_i, d> of every task, for d = Σ w_j g_j.
    public func times(_ weights: [Double]) -> [Double] {
        (0..<tasks).map { dot(elements[$0 * tasks..<($0 + 1) * tasks], weights) }
    }

    /// |Σ w_i g_i|²; never negative, even where rounding would make it so.
    public func squaredNorm(_ weights: [Double]) -> Double { max(0, dot(weights, times(weights))) }

    /// |g_i|.
    public func norm(_ task: Int) -> Double { max(0, self[task, task]).squareRoot() }

    public var norms: [Double] { (0..<tasks).map(norm) }

    /// The largest |g_i|²: what rounding errors are measured by.
    var scale: Double { (0..<tasks).map { self[$0, $0] }.max() ?? 0 }

    /// The matrix of some of the tasks, in the order given.
    func part(of tasks: [Int]) -> GramMatrix {
        GramMatrix(tasks: tasks.count, elements: tasks.flatMap { i in tasks.map { self[i, $0] } })
    }

    public static func + (a: GramMatrix, b: GramMatrix) -> GramMatrix {
        precondition(a.tasks == b.tasks, "[gram] \(a.tasks) tasks + \(b.tasks) tasks")
        return GramMatrix(tasks: a.tasks, elements: zip(a.elements, b.elements).map(+))
    }

    public static func += (a: inout GramMatrix, b: GramMatrix) { a = a + b }
}

func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
