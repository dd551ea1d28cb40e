import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct BalancedGradientsTests {
    private static let weights: [Float] = [0.5, 2, -1.25]
    private static let levels: [GradientLevel] = [.representation, .sketch(columns: 3), .gram, .rows]

    /// Σ w_i g_i by every level, group by group, and heads as they are.
    @Test(arguments: levels) func weightedGradientsAreSumsOfRows(_ level: GradientLevel) throws {
        let net = TreeNet()
        let separate = try net.separateGradients()
        for grouping in [GradientGrouping.byTasks, .whole] {
            for weightsHeads in [false, true] where !weightsHeads || grouping == .whole {
                let run = try BalancedRun(
                    net, level, grouping: grouping, weightsHeads: weightsHeads, weight: { Self.weights[$0] })
                try expectSums(run, separate) { $0.count > 1 || weightsHeads }
            }
        }
    }

    @Test func lossesAreWeightedWithTheirHeads() throws {
        let net = TreeNet()
        let run = try BalancedRun(net, .losses, weight: { Self.weights[$0] })
        #expect(run.groups.map(\.tasks) == [[0, 1, 2]])
        try expectSums(run, try net.separateGradients()) { _ in true }
    }

    @Test func groupsAreTheBranches() throws {
        let net = TreeNet()
        let run = try BalancedRun(net, .gram, weight: { _ in 1 })
        #expect(run.groups.map(\.tasks) == [[0, 1, 2], [1, 2], [0, 1]])
        let names = ParameterLayout(of: net.graph).entries.map(\.name)
        #expect(
            run.groups.map { $0.targets.map { names[$0] } } == [
                ["table", "trunk.weight", "trunk.bias", "gain", "shift"], ["branch.weight", "branch.bias"],
                ["first.weight", "first.bias"],
            ])
        #expect(try BalancedRun(net, .gram, grouping: .whole, weight: { _ in 1 }).groups.map(\.tasks) == [[0, 1, 2]])
        let ofLayers = try BalancedRun(net, .gram, grouping: .byLayers, weight: { _ in 1 }).groups
        #expect(
            ofLayers.map { $0.targets.map { names[$0] } } == [
                ["table", "gain", "shift"], ["trunk.weight", "trunk.bias"], ["branch.weight", "branch.bias"],
                ["first.weight", "first.bias"],
            ])
    }

    @Test(arguments: [GradientLevel.gram, .rows]) func gramMatricesAreProductsOfRows(_ level: GradientLevel) throws {
        for rows in [0..<4, 0..<40] {
            let net = TreeNet(rows: rows)
            let separate = try net.separateGradients()
            for grouping in [GradientGrouping.byTasks, .whole] {
                let run = try BalancedRun(net, level, grouping: grouping, weight: { _ in 1 })
                for (group, gram) in zip(run.groups, run.grams) {
                    expectGram(gram, of: group.tasks.map { task in group.targets.map { separate[task][$0] } })
                }
            }
        }
    }

    /// So many cotangents that XXᵀ meets them in several blocks of rows, whose sums are long.
    @Test func gramMatricesInBlocksOfRows() throws {
        let tasks = 28
        let (graph, feed, _, losses) = trunkWithHeads(rows: 48, inputs: 700, outputs: 800, heads: tasks, of: 1)
        let grams = try [GradientLevel.gram, .rows].map { level in
            let balanced = try graph.balancedGradients(of: losses, withRespectTo: graph.parameters, level: level)
            let program = try graph.compile(balanced.outputs, on: try NativeBackend(threads: 2))
            feed.set(program)
            for stage in 0..<max(1, program.stageCount - 1) { try program.run(stage: stage) }
            return balanced.groups[0].gramMatrix(in: program)
        }
        for i in 0..<tasks {
            for j in 0..<tasks {
                let size = (grams[1][i * tasks + i] * grams[1][j * tasks + j]).squareRoot()
                #expect(size > 0 && abs(grams[0][i * tasks + j] - grams[1][i * tasks + j]) <= 1e-5 * size)
            }
        }
    }

    /// A run that keeps its weights leaves the measuring stage out: the same sums, of what is in the batch now.
    @Test(arguments: [.representation, .sketch(columns: 3), .gram, .rows] as [GradientLevel], [false, true])
    func weightsMayBeKept(level: GradientLevel, weightsHeads: Bool) throws {
        var net = TreeNet()
        let balanced = try net.graph.balancedGradients(
            of: net.losses, withRespectTo: net.graph.parameters, level: level,
            grouping: weightsHeads ? .whole : .byTasks, cotangents: net.seeds, weightsHeads: weightsHeads,
            measuresApart: true)
        #expect(balanced.isMeasuredApart)
        let values = balanced.gradients.compactMap { $0 }
        let program = try net.graph.compile(values + balanced.outputs)
        #expect(program.stageCount == 3)
        net.feed.set(program)
        for stage in 0..<2 { try program.run(stage: stage) }
        for group in balanced.groups {
            let weights = group.tasks.map { Self.weights[$0] }
            program.input(group.weights).set(Tensor(weights, shape: [weights.count]))
            let together = try BalancedRun(
                net, level, grouping: weightsHeads ? .whole : .byTasks, weightsHeads: weightsHeads
            ) { Self.weights[$0] }
            let index = balanced.groups.firstIndex { $0.tasks == group.tasks }!
            if case .sketch = level { continue }
            #expect(group.gramMatrix(in: program) == together.grams[index])
        }
        for task in net.losses.indices { net.seed(task, [3, -1, 0.5][task]) }
        net.feed.set(program)
        // Dropout drops as in a fresh program's first run.
        program.stepCount = 0
        for stage in [0, 2] { try program.run(stage: stage) }
        let fresh = try BalancedRun(
            net, level, grouping: weightsHeads ? .whole : .byTasks, weightsHeads: weightsHeads
        ) { Self.weights[$0] }
        for (value, expected) in zip(balanced.gradients, fresh.gradients) {
            #expect((value == nil) == (expected == nil))
            guard let value, let expected else { continue }
            #expect(difference(program.output(value).tensor.scalars, expected, relative: 1e-4, absolute: 1e-6) == nil)
        }
    }

    /// As GradNorm wants it: by the last shared layer alone.
    @Test func gramMatricesOfTheLastLayer() throws {
        let net = TreeNet()
        let separate = try net.separateGradients()
        let run = try BalancedRun(net, .gram, scope: .lastLayer, weight: { Self.weights[$0] })
        let names = ParameterLayout(of: net.graph).entries.map(\.name)
        let index = run.groups.firstIndex { $0.tasks == [1, 2] }!
        let layer = run.groups[index].targets.filter { names[$0].hasPrefix("branch.") }
        #expect(layer.count == 2)
        expectGram(run.grams[index], of: [1, 2].map { task in layer.map { separate[task][$0] } })
        try expectSums(run, separate) { $0.count > 1 }
    }

    @Test func gramMatricesOfChosenLayers() throws {
        let net = TreeNet()
        let separate = try net.separateGradients()
        let run = try BalancedRun(net, .gram, scope: .layers(["trunk"]), weight: { Self.weights[$0] })
        let names = ParameterLayout(of: net.graph).entries.map(\.name)
        let index = run.groups.firstIndex { $0.tasks == [0, 1, 2] }!
        let layer = run.groups[index].targets.filter { names[$0].hasPrefix("trunk.") }
        #expect(layer.count == 2)
        expectGram(run.grams[index], of: (0..<3).map { task in layer.map { separate[task][$0] } })
        try expectSums(run, separate) { $0.count > 1 }
    }

    /// By the trunk's output.
    @Test func representationsAreWhatHeadsRead() throws {
        let (graph, feed, z, losses) = trunkWithHeads(rows: 6, inputs: 4, outputs: 5, heads: 3, of: 2)
        let balanced = try graph.balancedGradients(
            of: losses, withRespectTo: graph.parameters, level: .representation)
        let direct = try graph.gradients(of: losses, withRespectTo: [z])[0]!
        let program = try graph.compile(balanced.outputs + (0..<3).map { direct[$0]! })
        feed.set(program)
        try program.run()
        expectGram(
            balanced.groups[0].gramMatrix(in: program),
            of: (0..<3).map { [program.output(direct[$0]!).tensor.scalars] })
    }

    /// Towers that share nothing but a parameter meet there: its gradient is summed over the parts before it is measured.
    @Test func aMeetingAtAParameterIsOfAllParts() throws {
        let grams = try [GradientLevel.representation, .rows].map { level in
            let graph = Graph()
            let weight = graph.parameter("weight", [3, 4], .glorotUniform)
            let inputs = (0..<2).map { graph.input("x \($0)", [5, 3]) }
            let losses = inputs.map { $0.matmul(weight).square().sum() }
            let balanced = try graph.balancedGradients(
                of: losses, withRespectTo: [weight], level: level, accumulates: true)
            let program = try graph.compile(balanced.outputs)
            program.clearAccumulators()
            for part in 0..<3 {
                for (task, input) in inputs.enumerated() {
                    program.input(input).set(Tensor(randomArray(15, seed: UInt64(2 * part + task)), shape: [5, 3]))
                }
                try program.run(stage: 0)
            }
            try program.run(stage: 1)
            return balanced.groups[0].gramMatrix(in: program).map(Float.init)
        }
        #expect(difference(grams[0], grams[1], relative: 1e-5, absolute: 1e-5) == nil)
    }

    /// Over many draws of signs the mean comes to the exact matrix, and a draw strays no more than stated.
    @Test func sketchesAreUnbiased() throws {
        let (columns, draws) = (4, 400)
        let (graph, feed, _, losses) = trunkWithHeads(rows: 16, inputs: 24, outputs: 10, heads: 2, of: 3)
        let exact = try graph.balancedGradients(of: losses, withRespectTo: graph.parameters, level: .gram)
        let sketch = try graph.balancedGradients(
            of: losses, withRespectTo: graph.parameters, level: .sketch(columns: columns))
        let program = try graph.compile(
            exact.outputs + sketch.outputs, on: try NativeBackend(threads: 1))
        feed.set(program)
        var sums = [Double](repeating: 0, count: 4)
        var squares = sums
        for _ in 0..<draws {
            try program.run(stage: 0)
            for (index, number) in sketch.groups[0].gramMatrix(in: program).enumerated() {
                sums[index] += number
                squares[index] += number * number
            }
        }
        let gram = exact.groups[0].gramMatrix(in: program)
        for i in 0..<2 {
            for j in 0..<2 {
                let bound = (2 / Double(columns) * gram[i * 2 + i] * gram[j * 2 + j]).squareRoot()
                let mean = sums[i * 2 + j] / Double(draws)
                let deviation = (squares[i * 2 + j] / Double(draws) - mean * mean).squareRoot()
                #expect(deviation > 0)
                #expect(deviation < bound)
                #expect(abs(mean - gram[i * 2 + j]) < 4 * bound / Double(draws).squareRoot())
            }
        }
    }

    /// Tasks come in batches of their own, of unequal sizes; the sums are those of one batch.
    @Test func accumulatedIsTheFullBatch() throws {
        let labelled = [0..<12, 3..<10, 5..<12]
        var whole = TreeNet(rows: 0..<12, labelled: labelled, hasDropout: false)
        let separate = try whole.separateGradients()
        for level in [GradientLevel.gram, .rows, .representation] {
            let expected = try BalancedRun(whole, level, weight: { Self.weights[$0] })
            // One program for four rows at a time.
            let nets = [0..<4, 4..<8, 8..<12].map { TreeNet(rows: $0, labelled: labelled, hasDropout: false) }
            let (net, graph) = (nets[0], nets[0].graph)
            let balanced = try graph.balancedGradients(
                of: net.losses, withRespectTo: graph.parameters, level: level, cotangents: net.seeds, accumulates: true)
            let program = try graph.compile(balanced.gradients.compactMap { $0 } + balanced.outputs)
            for round in 0..<2 {
                program.clearAccumulators()
                for (index, var part) in nets.enumerated() {
                    let rows = index * 4..<index * 4 + 4
                    for task in labelled.indices {
                        part.seed(task, Float(rows.clamped(to: labelled[task]).count) / Float(labelled[task].count))
                    }
                    part.feed.set(program)
                    try program.run(stage: 0)
                }
                for stage in 1..<program.stageCount - 1 { try program.run(stage: stage) }
                for (group, other) in zip(balanced.groups, expected.groups) {
                    #expect(group.tasks == other.tasks)
                    program.input(group.weights).set(Tensor(group.tasks.map { Self.weights[$0] }))
                }
                let grams = balanced.groups.map { $0.gramMatrix(in: program) }
                for (a, b) in zip(grams, expected.grams) {
                    #expect(difference(a.map(Float.init), b.map(Float.init), relative: 1e-4, absolute: 1e-7) == nil)
                }
                try program.run(stage: program.stageCount - 1)
                for (index, value) in balanced.gradients.enumerated() {
                    let got = program.output(value!).tensor.scalars
                    #expect(
                        difference(got, expected.gradients[index]!, relative: 1e-4, absolute: 1e-6) == nil,
                        "round \(round)")
                }
            }
        }
        // A task that is left out has no row.
        whole.seed(1, 0)
        let masked = try BalancedRun(whole, .rows, weight: { Self.weights[$0] })
        let group = masked.groups.firstIndex { $0.tasks == [0, 1, 2] }!
        #expect((0..<3).allSatisfy { masked.grams[group][3 + $0] == 0 && masked.grams[group][3 * $0 + 1] == 0 })
        expectGram(
            [0, 2, 6, 8].map { masked.grams[group][$0] },
            of: [0, 2].map { task in masked.groups[group].targets.map { separate[task][$0] } })
    }

    /// Rows without a label count nowhere.
    @Test func maskedIsTheSubBatch() throws {
        let masked = try BalancedRun(
            TreeNet(rows: 0..<12, labelled: [0..<5, 0..<5, 0..<5], hasDropout: false), .gram,
            weight: { Self.weights[$0] })
        let part = try BalancedRun(TreeNet(rows: 0..<5, hasDropout: false), .gram, weight: { Self.weights[$0] })
        for (a, b) in zip(masked.gradients, part.gradients) {
            #expect(difference(a!, b!, relative: 1e-5, absolute: 1e-7) == nil)
        }
        for (a, b) in zip(masked.grams, part.grams) {
            #expect(difference(a.map(Float.init), b.map(Float.init), relative: 1e-5, absolute: 1e-8) == nil)
        }
    }

    /// Each task by its own rows, with its own normaliser.
    @Test func tasksMayBeMaskedDifferently() throws {
        let labelled = [0..<5, 3..<9, 6..<12]
        let net = TreeNet(rows: 0..<12, labelled: labelled, hasDropout: false)
        let alone = try labelled.indices.map { task in
            try TreeNet(rows: labelled[task], hasDropout: false).separateGradients()[task]
        }
        for (got, want) in zip(try net.separateGradients(), alone) {
            for (a, b) in zip(got, want) {
                #expect((a == nil) == (b == nil))
                if let a, let b { #expect(difference(a, b, relative: 1e-5, absolute: 1e-7) == nil) }
            }
        }
        for level in [GradientLevel.gram, .rows] {
            let run = try BalancedRun(net, level, weight: { Self.weights[$0] })
            for (group, gram) in zip(run.groups, run.grams) {
                expectGram(gram, of: group.tasks.map { task in group.targets.map { alone[task][$0] } })
            }
        }
    }

    @Test func bitsDoNotDependOnThreadsOrPlannedMemory() throws {
        let net = TreeNet(rows: 0..<40)
        for level in Self.levels + [.losses] {
            func bits(_ threads: Int, reusesMemory: Bool = true) throws -> [[UInt32]] {
                let run = try BalancedRun(
                    net, level, backend: NativeBackend(threads: threads), reusesMemory: reusesMemory,
                    weight: { Self.weights[$0] })
                return run.gradients.compactMap { $0 }.bits + run.grams.map { $0.map { Float($0).bitPattern } }
            }
            let expected = try bits(1)
            #expect(try bits(2) == expected && bits(1, reusesMemory: false) == expected)
        }
    }

    /// A dense trunk and its heads' mean squares; `trunk` is what the heads read.
    private func trunkWithHeads(
        rows: Int, inputs: Int, outputs: Int, heads: Int, of width: Int
    ) -> (graph: Graph, feed: Feed, trunk: Value, losses: [Value]) {
        let graph = Graph()
        var feed = Feed()
        let x = feed.draw(graph, "x", [rows, inputs], .floats(randomArray(rows * inputs, seed: 1)))
        let trunk = x.matmul(graph.parameter("trunk", [inputs, outputs], .glorotUniform)).tanh()
        let losses = (0..<heads).map { head in
            trunk.matmul(graph.parameter("head \(head)", [outputs, width], .glorotUniform)).square().mean()
        }
        return (graph, feed, trunk, losses)
    }

    // MARK: Expectations

    /// - Parameter isWeighted: given the tasks that depend on a parameter.
    private func expectSums(
        _ run: BalancedRun, _ separate: [[[Float]?]], isWeighted: ([Int]) -> Bool
    ) throws {
        for (index, gradient) in run.gradients.enumerated() {
            let tasks = separate.indices.filter { separate[$0][index] != nil }
            let rows = tasks.map { separate[$0][index]! }
            let expected = rows[0].indices.map { element in
                zip(tasks, rows).reduce(Float(0)) { sum, part in
                    sum + (isWeighted(tasks) ? Self.weights[part.0] : 1) * part.1[element]
                }
            }
            #expect(difference(gradient!, expected, relative: 1e-4, absolute: 1e-6) == nil, "parameter \(index)")
        }
    }

    /// - Parameter rows: by task, the gradients by the group's parameters.
    private func expectGram(_ gram: [Double], of rows: [[[Float]?]]) {
        let counts = rows[0].indices.map { index in rows.compactMap { $0[index]?.count }.first ?? 0 }
        let flat = rows.map { row in
            zip(row, counts).flatMap { $0 ?? [Float](repeating: 0, count: $1) }.map(Double.init)
        }
        for i in flat.indices {
            for j in flat.indices {
                let products = zip(flat[i], flat[j]).map { $0 * $1 }
                let size = products.reduce(0) { $0 + abs($1) }
                #expect(abs(gram[i * flat.count + j] - products.reduce(0, +)) <= 1e-5 * size)
                #expect(gram[i * flat.count + j] == gram[j * flat.count + i])
            }
        }
    }
}
