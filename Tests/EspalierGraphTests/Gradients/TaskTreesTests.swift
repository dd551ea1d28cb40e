import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

/// Shapes of sharing, each as small as can be.
private enum Sharing: String, CaseIterable {
    /// The first head on the trunk, the others on a branch: no node has all tasks' cotangents but what the branch reads.
    case branch
    /// A head on each of three layers.
    case heights
    /// The second head reads the first one's probabilities, and the trunk.
    case cascade
    /// Two experts, and a gate a task.
    case experts
    /// A layer for the first two tasks, one for the last two.
    case overlap
    /// Two branches of two heads: what meets at the trunk has met before.
    case twins
    /// The second task learns from the first one's logits and sends no gradient there.
    case distilled

    /// What heads read, and the losses.
    func draw(_ graph: Graph, _ x: Value) -> (read: [String: Value], losses: [Value]) {
        func dense(_ name: String, _ input: Value, _ units: Int) -> Value {
            graph.scope(name) {
                input.matmul(graph.parameter("weight", [input.shape[1], units], .glorotUniform))
                    + graph.parameter("bias", [units], .uniform(limit: 0.1))
            }
        }
        func loss(_ index: Int, _ input: Value) -> Value { dense("head.\(index)", input, 3).square().mean() }
        let trunk = dense("trunk", x, 6).tanh()
        switch self {
        case .branch:
            let branch = dense("branch", trunk, 5).tanh()
            return (["trunk": trunk, "branch": branch], [loss(0, trunk), loss(1, branch), loss(2, branch)])
        case .heights:
            let second = dense("second", trunk, 5).tanh()
            let third = dense("third", second, 4).tanh()
            return (["trunk": trunk], [loss(0, trunk), loss(1, second), loss(2, third)])
        case .cascade:
            let first = dense("first", trunk, 3)
            return (["trunk": trunk], [first.square().mean(), loss(1, first.softmax().concatenated(trunk))])
        case .experts:
            let experts = (0..<2).map { dense("expert.\($0)", x, 4).tanh() }
            return (
                [:],
                (0..<3).map { task in
                    let gate = dense("gate.\(task)", x, 2).softmax()
                    return loss(task, experts[0] * gate.columns(0..<1) + experts[1] * gate.columns(1..<2))
                }
            )
        case .overlap:
            let other = dense("other", x, 6).tanh()
            return (
                ["trunk": trunk, "other": other],
                [loss(0, trunk), loss(1, trunk.concatenated(other)), loss(2, other)]
            )
        case .twins:
            let branches = (0..<2).map { dense("branch.\($0)", trunk, 5).tanh() }
            return (["trunk": trunk], (0..<4).map { loss($0, branches[$0 / 2]) })
        case .distilled:
            let (first, second) = (dense("first", trunk, 3), dense("second", trunk, 3))
            return (
                ["trunk": trunk],
                [first.square().mean(), graph.custom(Distance(), second, first).mean(), loss(2, trunk)]
            )
        }
    }
}

/// (x - y)², which sends nothing to y.
private struct Distance: CustomOperation {
    let name = "distance"

    func shape(of inputs: [Shape]) -> Shape? { inputs[0] }

    func evaluate(_ inputs: [UnsafeBufferPointer<Float>], into output: UnsafeMutableBufferPointer<Float>) {
        for index in output.indices { output[index] = (inputs[0][index] - inputs[1][index]).squared }
    }

    func gradient(inputs: [Value], output: Value, cotangent: Value) -> [Value?] {
        [cotangent * (2 * (inputs[0] - inputs[1])), nil]
    }
}

extension Float {
    fileprivate var squared: Float { self * self }
}

@Suite struct TaskTreesTests {
    private static let weights: [Float] = [0.5, 2, -1.25, 0.75]
    private static let levels: [GradientLevel] = [.representation, .sketch(columns: 3), .gram, .rows]

    /// Σ w_i g_i for what several tasks reach, and the gradient itself for what one does.
    @Test(arguments: Sharing.allCases, levels) fileprivate func gradientsAreSumsOfRows(
        _ sharing: Sharing, _ level: GradientLevel
    ) throws {
        for (accumulates, grouping) in [(false, GradientGrouping.byTasks), (true, .byTasks), (false, .byLayers)] {
            let net = Net(sharing)
            let balanced = try net.graph.balancedGradients(
                of: net.losses, withRespectTo: net.graph.parameters, level: level, grouping: grouping,
                accumulates: accumulates)
            let program = try net.compile(balanced)
            // Each group has weights of its own.
            func factor(_ group: Int) -> Float { Float(group + 1) }
            for (index, group) in balanced.groups.enumerated() {
                program.input(group.weights).set(Tensor(group.tasks.map { factor(index) * Self.weights[$0] }))
            }
            try program.run(stage: program.stageCount - 1)
            for (index, parameter) in net.graph.parameters.enumerated() {
                let rows = try net.rows(by: parameter)
                let isShared = rows.count { $0 != nil } > 1
                guard let gradient = balanced.gradients[index] else {
                    #expect(rows.allSatisfy { $0 == nil })
                    continue
                }
                let factor = balanced.groups.firstIndex { $0.targets.contains(index) }.map(factor) ?? 1
                var expected = [Float](repeating: 0, count: parameter.shape.count)
                for (task, row) in rows.enumerated() {
                    for (place, number) in (row ?? []).enumerated() {
                        expected[place] += (isShared ? factor * Self.weights[task] : 1) * number
                    }
                }
                let got = program.output(gradient).tensor.scalars
                #expect(
                    difference(got, expected, relative: 1e-4, absolute: 1e-6) == nil,
                    "\(parameter.node.path), \(accumulates)")
            }
        }
    }

    /// A group's tasks by what they share: the trunk by its output, though two of them come there by a branch.
    @Test(arguments: [false, true]) func representationsAreWhatAGroupShares(accumulates: Bool) throws {
        for (sharing, tasks, node) in [
            (Sharing.branch, [0, 1, 2], "trunk"), (.branch, [1, 2], "branch"), (.heights, [0, 1, 2], "trunk"),
            (.overlap, [0, 1], "trunk"), (.overlap, [1, 2], "other"), (.twins, [0, 1, 2, 3], "trunk"),
            (.distilled, [0, 1, 2], "trunk"),
        ] {
            let net = Net(sharing)
            let balanced = try net.graph.balancedGradients(
                of: net.losses, withRespectTo: net.graph.parameters, level: .representation, accumulates: accumulates)
            let group = try #require(balanced.groups.first { $0.tasks == tasks })
            let gram = group.gramMatrix(in: try net.compile(balanced))
            let rows = try net.rows(by: net.read[node]!)
            for (i, first) in tasks.enumerated() {
                for (j, second) in tasks.enumerated() {
                    let products = zip(rows[first]!, rows[second]!).map { Double($0) * Double($1) }
                    let size = products.reduce(0) { $0 + abs($1) }
                    #expect(abs(gram[i * tasks.count + j] - products.reduce(0, +)) <= 1e-5 * size, "\(sharing) \(node)")
                }
            }
        }
    }

    /// One group of all: by the trunk's output, where all tasks are, and not by the branch's besides.
    @Test func wholeTreesAreMeasuredWhereAllMeet() throws {
        let net = Net(.branch)
        let balanced = try net.graph.balancedGradients(
            of: net.losses, withRespectTo: net.graph.parameters, level: .representation, grouping: .whole)
        let gram = balanced.groups[0].gramMatrix(in: try net.compile(balanced))
        for (task, row) in try net.rows(by: net.read["trunk"]!).enumerated() {
            let square = row!.reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(gram[task * 3 + task] - square) <= 1e-5 * square)
        }
    }

    /// GradNorm compares norms by a layer that all tasks depend on, not by a branch that was drawn later.
    @Test func theLastLayerIsOneOfAllTasks() throws {
        let net = Net(.branch)
        let balanced = try net.graph.balancedGradients(
            of: net.losses, withRespectTo: net.graph.parameters, level: .gram, grouping: .whole, scope: .lastLayer)
        let gram = balanced.groups[0].gramMatrix(in: try net.compile(balanced))
        let layer = net.graph.parameters.filter { $0.node.path.hasPrefix("trunk") }
        #expect(layer.count == 2)
        for task in 0..<3 {
            let row = try layer.flatMap { try net.rows(by: $0)[task]! }.map(Double.init)
            let square = row.reduce(0) { $0 + $1 * $1 }
            #expect(square > 0)
            #expect(abs(gram[task * 3 + task] - square) <= 1e-5 * square)
        }
    }
}

/// A net of six rows, its parameters drawn by their initializers.
private struct Net {
    let graph = Graph()
    let losses: [Value]
    let read: [String: Value]
    private var feed = Feed()

    init(_ sharing: Sharing) {
        let x = feed.draw(graph, "x", [6, 5], .floats(randomArray(30, seed: 1)))
        (read, losses) = sharing.draw(graph, x)
    }

    /// Each task's gradient, from a pass of its own.
    func rows(by value: Value) throws -> [[Float]?] {
        try losses.map { loss in
            let gradient = try graph.gradients(of: loss, withRespectTo: [value])[0]
            return try gradient.map { try graph.evaluate([$0], feed)[0] }
        }
    }

    /// Run but for the last stage.
    func compile(_ balanced: BalancedGradients) throws -> Program {
        let program = try graph.compile(balanced.gradients.compactMap { $0 } + balanced.outputs)
        feed.set(program)
        program.clearAccumulators()
        for stage in 0..<program.stageCount - 1 { try program.run(stage: stage) }
        return program
    }
}
