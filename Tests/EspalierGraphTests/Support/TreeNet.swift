import EspalierKernels
import EspalierTensor
import EspalierTestSupport

@testable import EspalierGraph

/// Tasks on a tree: a bag of words and a dense layer that all three read, with normalization and dropout; then a branch
/// for the last two; and the second task also reads the first one's logits, so that two tasks depend on that head.
struct TreeNet {
    let graph = Graph()
    private(set) var feed = Feed()
    let losses: [Value]
    /// What flows into each loss.
    private(set) var seeds: [Value] = []
    /// What the heads read of the trunk.
    let trunk: Value

    static let taskCount = 3

    /// - Parameters:
    ///   - rows: of a fixed table of rows, those in the batch.
    ///   - labelled: by task, which of the batch's rows have a label; all if nil.
    ///   - hasDropout: whose mask depends on a row's place in the batch.
    init(rows: Range<Int> = 0..<12, labelled: [Range<Int>]? = nil, hasDropout: Bool = true) {
        let (graph, count) = (graph, rows.count)
        let x = feed.draw(graph, "x", [count, 5], .floats(rows.flatMap { randomArray(5, seed: UInt64($0)) }))
        // Two words a row.
        let ids = feed.draw(
            graph, "ids", [2 * count], .indices(rows.flatMap { [Int32($0 * 7 % 11), Int32($0 * 3 % 11)] }))
        let offsets = feed.draw(graph, "offsets", [count + 1], .indices((0...count).map { Int32(2 * $0) }))
        let weights = feed.draw(
            graph, "weights", [2 * count], .floats(rows.flatMap { randomArray(2, seed: UInt64(100 + $0)) }))
        func dense(_ name: String, _ input: Value, _ units: Int) -> Value {
            graph.scope(name) {
                input.matmul(graph.parameter("weight", [input.shape[1], units], .glorotUniform))
                    + graph.parameter("bias", [units], .uniform(limit: 0.1))
            }
        }
        let table = graph.parameter("table", [11, 6], .glorotUniform)
        let words = table.embeddingBag(.mean, ids: ids, offsets: offsets, weights: weights)
        var hidden = dense("trunk", x.concatenated(words), 8).layerNormalized(
            gain: graph.parameter("gain", [8], .uniform(limit: 1)), bias: graph.parameter("shift", [8], .zeros))
        if hasDropout { hidden = hidden.dropout(0.25, stream: 3) }
        trunk = hidden.activation(.gelu)
        let branch = dense("branch", trunk, 7).tanh()
        let first = dense("first", trunk, 3)
        let logits = [first, dense("second", branch.concatenated(first.softmax()), 4), dense("third", branch, 2)]
        var feed = feed
        losses = logits.enumerated().map { task, logits in
            let counts = labelled?[task] ?? rows
            let targets = feed.draw(
                graph, "target \(task)", [count],
                .indices(rows.map { counts.contains($0) ? Int32(($0 + task) % logits.shape[1]) : -1 }))
            return logits.crossEntropy(targets)
        }
        seeds = losses.indices.map { feed.draw(graph, "seed \($0)", [], .floats([1])) }
        self.feed = feed
    }

    mutating func seed(_ task: Int, _ number: Float) {
        let index = feed.contents.firstIndex { $0.input == seeds[task] }!
        feed.contents[index].contents = .floats([number])
    }

    /// Each task's gradients by all parameters, from passes of their own.
    func separateGradients(
        on backend: any Backend = ReferenceBackend(), fuses: Bool = true
    ) throws -> [[[Float]?]] {
        try losses.indices.map { task in
            let gradients = try graph.gradients(
                of: losses[task], withRespectTo: graph.parameters, cotangent: seeds[task])
            var values = try graph.evaluate(gradients.compactMap { $0 }, feed, on: backend, fuses: fuses)[...]
            return gradients.map { gradient in gradient.map { _ in values.removeFirst() } }
        }
    }
}

/// A program of balanced gradients, run with weights of the test's own.
struct BalancedRun {
    /// By parameter.
    let gradients: [[Float]?]
    /// By group.
    let grams: [[Double]]
    let groups: [BalancedGradients.Group]

    /// - Parameter weight: of a task, by its place among the losses.
    init(
        _ net: TreeNet, _ level: GradientLevel, grouping: GradientGrouping = .byTasks, weightsHeads: Bool = false,
        scope: GradientScope = .all, backend: any Backend = ReferenceBackend(), reusesMemory: Bool = true,
        weight: (Int) -> Float
    ) throws {
        let balanced = try net.graph.balancedGradients(
            of: net.losses, withRespectTo: net.graph.parameters, level: level, grouping: grouping, scope: scope,
            cotangents: net.seeds, weightsHeads: weightsHeads)
        let values = balanced.gradients.compactMap { $0 }
        let program = try net.graph.compile(values + balanced.outputs, on: backend, reusesMemory: reusesMemory)
        net.feed.set(program)
        for stage in 0..<program.stageCount - 1 { try program.run(stage: stage) }
        grams = balanced.groups.map { $0.gramMatrix(in: program) }
        for group in balanced.groups {
            program.input(group.weights).set(Tensor(group.tasks.map(weight), shape: [group.tasks.count]))
        }
        try program.run(stage: program.stageCount - 1)
        gradients = balanced.gradients.map { value in value.map { program.output($0).tensor.scalars } }
        groups = balanced.groups
    }
}
