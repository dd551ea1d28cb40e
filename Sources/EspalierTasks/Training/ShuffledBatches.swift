import EspalierTensor

/// Endless batches of rows: every row once in a random order, then again in another.
///
/// The orders depend on the seed alone.
struct ShuffledBatches {
    private let rows: [Int]
    private let batchSize: Int
    private let seed: UInt64
    private var pass = 0
    private var order: [Int] = []
    private var position = 0

    /// - Parameter rows: at least one.
    init(rows: [Int], batchSize: Int, seed: UInt64) {
        (self.rows, self.batchSize, self.seed) = (rows, batchSize, seed)
        shuffle()
    }

    /// Batches in one pass over the rows; the last may be smaller than the others.
    var batchesPerPass: Int { (rows.count + batchSize - 1) / batchSize }

    mutating func next() -> ArraySlice<Int> {
        if position == order.count {
            pass += 1
            shuffle()
        }
        defer { position = min(position + batchSize, order.count) }
        return order[position..<min(position + batchSize, order.count)]
    }

    private mutating func shuffle() {
        var random = CounterRandom(seed: seed, stream: stableHash("batches") ^ UInt64(pass))
        order = random.shuffledIndices(count: rows.count).map { rows[$0] }
        position = 0
    }
}
