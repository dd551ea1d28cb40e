/// The values of a graph's checkpoints on one way back: drawn again when the way comes to the checkpoint, so that the
/// first ones need not be kept until then.
///
/// What leaves a checkpoint (its result, commonly) is kept; so is what flows into it. A checkpoint within another is
/// drawn twice again: within the outer one, and from there when the way comes to the inner one.
struct Recomputation {
    private let graph: Graph
    /// Checkpoints that the way has not come to yet: the next is the last.
    private var pending: [Range<Int>]
    /// By node, the last to use it when the way back began.
    private let lastUser: [Int]
    /// By node that was drawn again, the latest that holds its value.
    private var latest: [Int: Int] = [:]

    init(_ graph: Graph) {
        self.graph = graph
        // An outer one ends where an inner one does, or later; and begins earlier.
        pending = graph.checkpoints.sorted { ($0.upperBound, $1.lowerBound) < ($1.upperBound, $0.lowerBound) }
        var lastUser: [Int] = []
        if !pending.isEmpty {
            lastUser = Array(repeating: -1, count: graph.nodes.count)
            for (id, node) in graph.nodes.enumerated() {
                for input in node.inputs { lastUser[input] = id }
            }
        }
        self.lastUser = lastUser
    }

    /// Draws again what is needed to pass the node. Nodes come in descending order.
    mutating func pass(_ id: Int) {
        while let checkpoint = pending.last, checkpoint.upperBound > id {
            pending.removeLast()
            // Otherwise no cotangent came to it.
            if checkpoint.contains(id) { drawAgain(checkpoint) }
        }
    }

    /// Where the way back reads the node's value.
    func value(of id: Int) -> Value { Value(graph: graph, id: latest[id] ?? id) }

    private mutating func drawAgain(_ checkpoint: Range<Int>) {
        for id in checkpoint where lastUser[id] < checkpoint.upperBound && !graph.nodes[id].keepsMemory {
            latest[id] = graph.appendAgain(id, graph.nodes[id].inputs.map { latest[$0] ?? $0 })
        }
    }
}
