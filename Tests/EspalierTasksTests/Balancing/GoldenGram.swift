import EspalierTasks
import EspalierTensor

/// TorchJD's test matrix (notes/multitask.md, section 1): J = [[-4, 1, 1], [6, 1, 1]].
let goldenRows: [[Double]] = [[-4, 1, 1], [6, 1, 1]]
let goldenGram = GramMatrix(ofRows: goldenRows)

/// Gradients drawn from a normal distribution, of very different lengths.
func randomRows(tasks: Int, dimensions: Int, seed: UInt64) -> [[Double]] {
    var random = CounterRandom(seed: seed, name: "gradients")
    return (0..<tasks).map { task in
        let length = [1, 0.01, 30][task % 3]
        return (0..<dimensions).map { _ in length * (Double(random.nextUnit()) + Double(random.nextUnit()) - 1.1) }
    }
}

func combination(_ rows: [[Double]], _ weights: [Double]) -> [Double] {
    rows[0].indices.map { column in zip(rows, weights).reduce(0) { $0 + $1.0[column] * $1.1 } }
}

func areClose(_ a: [Double], _ b: [Double], within tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
}
