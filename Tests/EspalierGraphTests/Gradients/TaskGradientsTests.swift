import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct TaskGradientsTests {
    @Test(arguments: [1, 2]) func oneSweepHasTheBitsOfOneATask(threads: Int) throws {
        let net = TreeNet()
        let backend = try NativeBackend(threads: threads)
        let separate = try net.separateGradients(on: backend)
        let together = try net.graph.gradients(
            of: net.losses, withRespectTo: net.graph.parameters, cotangents: net.seeds)
        for (task, expected) in separate.enumerated() {
            let gradients: [Value?] = together.map { $0.flatMap { $0[task] } }
            #expect(gradients.map { $0 != nil } == expected.map { $0 != nil })
            let values = try net.graph.evaluate(
                gradients.compactMap { $0 }, net.feed, on: backend)
            #expect(values.bits == expected.compactMap { $0 }.bits)
        }
    }

    /// What is saved of rows so long that they pass in blocks, the last one shorter: activations of both kinds, dropout,
    /// normalization, softmax, products of two values and of a value with a column.
    @Test(arguments: [true, false], [1, 2]) func blocksOfRowsHaveTheBitsOfAll(fuses: Bool, threads: Int) throws {
        let graph = Graph()
        var feed = Feed()
        func leaf(_ name: String, _ shape: Shape) -> Value {
            feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: stableHash(name))))
        }
        let (x, column) = (leaf("x", [150, 2003]), leaf("column", [150, 1]))
        let (gain, shift) = (leaf("gain", [2003]), leaf("shift", [2003]))
        var hidden = (column * x.activation(.gelu)).dropout(0.25, stream: 5).tanh()
        hidden = hidden.layerNormalized(gain: gain, bias: shift).relu().dropout(0.5, stream: 6)
        let shared = hidden.softmax() * hidden.logSoftmax()
        let losses = (0..<3).map { (shared * leaf("y \($0)", [150, 2003])).sum() }
        let targets = [x, column, gain, shift]
        let together = try graph.gradients(of: losses, withRespectTo: targets)
        let backend = try NativeBackend(threads: threads)
        #expect(try graph.compile(losses.indices.map { together[0]![$0]! }, on: backend, fuses: fuses).callCount > 40)
        // What dropout draws depends on the run.
        func secondRun(_ outputs: [Value]) throws -> [[UInt32]] {
            let program = try graph.compile(outputs, on: backend, fuses: fuses)
            feed.set(program)
            for _ in 0..<2 { try program.run() }
            return outputs.map { program.output($0).tensor.scalars }.bits
        }
        for task in losses.indices {
            let alone = try graph.gradients(of: losses[task], withRespectTo: targets)
            let expected = try secondRun(alone.map { $0! })
            #expect(try secondRun(together.map { $0![task]! }) == expected)
        }
    }

    /// Tasks of several heads each, and heads of several tasks: what one task sends two ways is added in one order.
    @Test(
        arguments: [[[0], [1], [2], [3]], [[0, 1], [2], [3]], [[0], [0, 1]], [[0, 1], [1, 2], [2, 3, 0]]],
        [false, true])
    func tasksMayShareHeads(parts: [[Int]], isCascade: Bool) throws {
        let graph = Graph()
        var feed = Feed()
        func leaf(_ name: String, _ shape: Shape) -> Value {
            feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: stableHash(name))))
        }
        let (x, backend) = (leaf("x", [9, 70]), try NativeBackend(threads: 1))
        let hidden = x.tanh()
        var logits = (0..<4).map { hidden.matmul(leaf("w \($0)", [70, 2])) }
        if isCascade { logits[2] = logits[2] + logits[0].matmul(leaf("v", [2, 2])) }
        let losses = logits.enumerated().map { $1.regressionLoss(.squared, leaf("y \($0)", [9, 2])) }
        let tasks = parts.map { part in part.dropFirst().reduce(losses[part[0]]) { $0 + losses[$1] } }
        let together = try graph.gradients(of: tasks, withRespectTo: [x])[0]!
        for (index, task) in tasks.enumerated() {
            let alone = try graph.gradients(of: task, withRespectTo: [x])[0]!
            let expected = try graph.evaluate([alone], feed, on: backend).bits
            #expect(try graph.evaluate([together[index]!], feed, on: backend).bits == expected)
        }
    }

    @Test func everyParameterKnowsItsTasks() throws {
        let net = TreeNet()
        let gradients = try net.graph.gradients(of: net.losses, withRespectTo: net.graph.parameters)
        var tasks: [String: [Int]] = [:]
        for (gradient, name) in zip(gradients, ParameterLayout(of: net.graph).entries.map(\.name)) {
            tasks[name] = gradient?.tasks
        }
        #expect(
            tasks == [
                "table": [0, 1, 2], "trunk.weight": [0, 1, 2], "trunk.bias": [0, 1, 2], "gain": [0, 1, 2],
                "shift": [0, 1, 2], "branch.weight": [1, 2], "branch.bias": [1, 2], "first.weight": [0, 1],
                "first.bias": [0, 1], "second.weight": [1], "second.bias": [1], "third.weight": [2], "third.bias": [2],
            ])
    }

    /// One product a layer carries all tasks back, and the lanes it reads are computed where it reads them.
    @Test func whatIsSharedIsSweptOnce() throws {
        let (rows, width, tasks) = (6, 5, 4)
        let graph = Graph()
        var hidden = graph.input("x", [rows, width])
        for layer in 0..<2 {
            hidden = hidden.matmul(graph.parameter("trunk.\(layer)", [width, width], .glorotUniform)).relu()
        }
        let losses = (0..<tasks).map { task in
            hidden.matmul(graph.parameter("head.\(task)", [width, 3], .glorotUniform)).crossEntropy(
                graph.input("target.\(task)", [rows], type: .int32))
        }
        let layout = ParameterLayout(of: graph)
        let gradients = try graph.gradients(of: losses, withRespectTo: graph.parameters)
        let taskRows = TaskRows(zeros: layout, taskCount: tasks)
        let program = try graph.compile(
            outputs: losses, parameters: ParameterSlab(initializing: layout, seed: 1),
            gradients: zip(gradients, layout.entries).map { GradientDestination($0!, in: taskRows, at: $1.name) },
            backend: ReferenceBackend())
        // Forward: two layers and the heads. A head's loss with its gradient, its weight's gradient, and the product
        // into its lane. Both activations a call a lane. One product between them. A weight gradient a task.
        #expect(program.callCount == 2 + tasks + 3 * tasks + 2 * tasks + 1 + 2 * tasks)
        try program.run()
        for task in 0..<tasks {
            let alone = try graph.gradients(of: losses[task], withRespectTo: [graph.parameters[0]])[0]!
            let expected = try graph.evaluate([alone])[0]
            #expect(taskRows[task, "trunk.0"]?.scalars.map(\.bitPattern) == expected.map(\.bitPattern))
            #expect(taskRows[task, "head.\((task + 1) % tasks)"]?.scalars == [Float](repeating: 0, count: 3 * width))
        }
    }

    /// Many rows: products with their results over their operands, in blocks that do not end where lanes do; with a way
    /// round the middle layer, there is an operand that is read once more and must stay.
    @Test(arguments: [1, 2], [false, true])
    func longCotangentsAreWrittenOverTheOnesBefore(threads: Int, hasWayRound: Bool) throws {
        let (rows, width, tasks) = (700, 8, 5)
        let graph = Graph()
        var feed = Feed()
        let x = feed.draw(graph, "x", [rows, width], .floats(randomArray(rows * width, seed: 1)))
        func layer(_ name: String, _ input: Value) -> Value {
            input.matmul(graph.parameter(name, [width, width], .glorotUniform))
        }
        var hidden = layer("0", x).tanh()
        hidden = hasWayRound ? hidden + layer("1", hidden) : layer("1", hidden).relu()
        hidden = layer("2", hidden).activation(.gelu)
        let losses = (0..<tasks).map { task in
            let logits = hidden.matmul(graph.parameter("head.\(task)", [width, 3], .glorotUniform))
            let targets = (0..<rows).map { Int32(($0 + task) % 3) }
            return logits.crossEntropy(feed.draw(graph, "target \(task)", [rows], .indices(targets)))
        }
        let backend = try NativeBackend(threads: threads)
        let together = try graph.gradients(of: losses, withRespectTo: graph.parameters + [x])
        for task in losses.indices {
            let alone = try graph.gradients(of: losses[task], withRespectTo: graph.parameters + [x])
            let gradients = together.indices.filter { together[$0]?[task] != nil }
            #expect(gradients == alone.indices.filter { alone[$0] != nil })
            let values = try graph.evaluate(gradients.map { together[$0]![task]! }, feed, on: backend)
            let expected = try graph.evaluate(alone.compactMap { $0 }, feed, on: backend)
            #expect(values.bits == expected.bits)
        }
        // One matrix of all tasks' cotangents, and values of one task that are fewer than another such matrix.
        let program = try graph.compile(losses.indices.map { together.last!![$0]! }, on: backend)
        let one = rows * width * 4
        #expect(hasWayRound || program.arenaByteCount < 2 * tasks * one)
    }

    @Test func dropoutHasOneMaskForAllTasks() throws {
        let graph = Graph()
        var feed = Feed()
        let x = feed.draw(graph, "x", [4, 50], .floats([Float](repeating: 1, count: 200)))
        let dropped = x.dropout(0.5, stream: 1)
        let losses = [dropped.sum(), 3 * dropped.sum()]
        let gradients = try graph.gradients(of: losses, withRespectTo: [x])[0]!
        let values = try graph.evaluate([dropped, gradients[0]!, gradients[1]!], feed)
        #expect(values[1] == values[0])
        #expect(values[2] == values[0].map { 3 * $0 })
    }

    @Test func lossesMayShareALoss() throws {
        let graph = Graph()
        var feed = Feed()
        let x = feed.draw(graph, "x", [4, 3], .floats(randomArray(12, seed: 1)))
        let loss = x.crossEntropy(graph.input("t", [4], type: .int32))
        let gradients = try graph.gradients(of: [loss, 2 * loss, loss + x.square().mean()], withRespectTo: [x])[0]!
        let values = try graph.evaluate((0..<3).map { gradients[$0]! }, feed)
        #expect(values[1] == values[0].map { 2 * $0 })
        let square = zip(values[0], try graph.evaluate([x], feed)[0]).map { $0 + $1 / 6 }
        #expect(difference(values[2], square, relative: 1e-6, absolute: 1e-7) == nil)
    }

    @Test func gradientsOfSeveralLossesAreNotDerivedAgain() throws {
        let graph = Graph()
        let x = graph.input("x", [3])
        let gradients = try graph.gradients(of: [x.square().sum(), x.exp().sum()], withRespectTo: [x])[0]!
        #expect(throws: GraphError.self) {
            _ = try graph.gradients(of: gradients[0]!.sum(), withRespectTo: [x])
        }
    }
}
