import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct CheckpointTests {
    /// How a chain of layers is put into checkpoints.
    enum Cut: CaseIterable {
        case none, each, pairs, whole, nested
    }

    /// Layers of a product, a sum, a normalization, an activation, dropout and a custom operation; and two heads.
    private struct DeepNet {
        let graph = Graph()
        private(set) var feed = Feed()
        private(set) var losses: [Value] = []

        init(_ cut: Cut, layers: Int = 4, rows: Int = 24, width: Int = 16) {
            let graph = graph
            var hidden = feed.draw(graph, "x", [rows, width], .floats(randomArray(rows * width, seed: 1)))
            func layer(_ index: Int, _ x: Value) -> Value {
                graph.scope("\(index)") {
                    let kinds: [ActivationKind] = [.gelu, .relu, .tanh, .silu]
                    // A sum with what the way back reads, one with what it does not, and what goes round the layer.
                    let product = x.matmul(graph.parameter("weight", [width, width], .heUniform))
                    let gate = x.matmul(graph.parameter("gate", [width, width], .glorotUniform)).tanh()
                    let side = x.matmul(graph.parameter("side", [width, width], .glorotUniform))
                    let sum = product + gate + side + graph.parameter("bias", [width], .uniform(limit: 0.1))
                    let normal = sum.layerNormalized(
                        gain: graph.parameter("gain", [width], .ones), bias: graph.parameter("shift", [width], .zeros))
                    let active = graph.custom(Cube(), normal.activation(kinds[index % 4]))
                    return active.dropout(0.25, stream: UInt64(index)) + x
                }
            }
            func run(_ range: Range<Int>, _ x: Value) -> Value { range.reduce(x) { layer($1, $0) } }
            switch cut {
            case .none: hidden = run(0..<layers, hidden)
            case .each: for index in 0..<layers { hidden = graph.checkpoint { layer(index, hidden) } }
            case .pairs:
                for start in stride(from: 0, to: layers, by: 2) {
                    hidden = graph.checkpoint { run(start..<start + 2, hidden) }
                }
            case .whole: hidden = graph.checkpoint { run(0..<layers, hidden) }
            case .nested:
                hidden = graph.checkpoint {
                    stride(from: 0, to: layers, by: 2).reduce(hidden) { x, start in
                        graph.checkpoint { run(start..<start + 2, x) }
                    }
                }
            }
            for task in 0..<2 {
                let logits = hidden.matmul(graph.parameter("head.\(task)", [width, 3], .glorotUniform))
                let targets = (0..<rows).map { Int32(($0 + task) % 3) }
                losses.append(
                    logits.crossEntropy(feed.draw(graph, "target \(task)", [rows], .indices(targets))))
            }
        }

        /// The losses, what is drawn from them, and the memory between.
        func run(_ values: [Value], fuses: Bool = true, steps: Int = 2) throws -> (bits: [[UInt32]], bytes: Int) {
            let program = try graph.compile(losses + values, on: NativeBackend(threads: 1), fuses: fuses)
            feed.set(program)
            for _ in 0..<steps { try program.run() }
            return ((losses + values).map { program.output($0).tensor.scalars }.bits, program.arenaByteCount)
        }
    }

    @Test(arguments: Cut.allCases, [true, false]) func lossesAndGradientsKeepTheirBits(cut: Cut, fuses: Bool) throws {
        func results(_ cut: Cut) throws -> [[UInt32]] {
            let net = DeepNet(cut)
            let gradients = try net.graph.gradients(
                of: net.losses[0] + net.losses[1], withRespectTo: net.graph.parameters)
            return try net.run(gradients.map { $0! }, fuses: fuses).bits
        }
        #expect(try results(cut) == results(.none))
    }

    @Test(arguments: Cut.allCases) func taskGradientsKeepTheirBits(cut: Cut) throws {
        func results(_ cut: Cut) throws -> [[UInt32]] {
            let net = DeepNet(cut)
            let gradients = try net.graph.gradients(of: net.losses, withRespectTo: net.graph.parameters)
            return try net.run(gradients.flatMap { rows in rows!.tasks.map { rows![$0]! } }).bits
        }
        #expect(try results(cut) == results(.none))
    }

    @Test(arguments: Cut.allCases, [.representation, .sketch(columns: 4), .gram, .rows] as [GradientLevel])
    func balancedGradientsKeepTheirBits(cut: Cut, level: GradientLevel) throws {
        func results(_ cut: Cut) throws -> [[UInt32]] {
            let net = DeepNet(cut)
            let balanced = try net.graph.balancedGradients(
                of: net.losses, withRespectTo: net.graph.parameters, level: level)
            return try net.run(balanced.gradients.map { $0! } + balanced.outputs).bits
        }
        #expect(try results(cut) == results(.none))
    }

    /// What of a checkpoint is computed again for all tasks, a task alone may need too: then no stage can be left out.
    @Test(arguments: [false, true]) func aHeadInTheTrunksCheckpoint(isInside: Bool) throws {
        let graph = Graph()
        let x = graph.input("x", [4, 3])
        func head(_ hidden: Value, _ name: String) -> Value {
            hidden.matmul(graph.parameter(name, [5, 2], .glorotUniform)).tanh()
        }
        let (hidden, first) = graph.checkpoint {
            let hidden = x.matmul(graph.parameter("trunk", [3, 5], .glorotUniform)).tanh()
            let first = isInside ? head(hidden.square(), "first") : nil
            // Both tasks need this: the way back comes to the checkpoint here.
            return ((2 * hidden).tanh(), first)
        }
        let logits = [head(hidden, "second"), (first ?? head(hidden.square(), "first")) + head(hidden, "third")]
        let balanced = try graph.balancedGradients(
            of: logits.map { $0.square().sum() }, withRespectTo: graph.parameters, level: .gram, measuresApart: true)
        #expect(balanced.isMeasuredApart == !isInside)
    }

    @Test(arguments: Cut.allCases) func measuringApartKeepsTheBits(cut: Cut) throws {
        func results(_ cut: Cut) throws -> (bits: [[UInt32]], isMeasuredApart: Bool) {
            let net = DeepNet(cut)
            let balanced = try net.graph.balancedGradients(
                of: net.losses, withRespectTo: net.graph.parameters, level: .gram, measuresApart: true)
            return (
                try net.run(balanced.gradients.map { $0! } + balanced.outputs).bits, balanced.isMeasuredApart
            )
        }
        let (plain, cut) = try (results(.none), results(cut))
        #expect(cut.bits == plain.bits)
        #expect(plain.isMeasuredApart)
    }

    /// The kernel of X Xᵀ adds in another order than a product with an epilogue. GELU's derivative reads its input:
    /// whether the product has one user or two depends on the checkpoint.
    @Test func similaritiesKeepTheirBits() throws {
        func results(_ isCheckpoint: Bool, fuses: Bool = true) throws -> [[UInt32]] {
            let graph = Graph()
            var feed = Feed()
            let x = feed.draw(graph, "x", [20, 40], .floats(randomArray(800, seed: 4)))
            func body() -> Value { x.matmul(x, transpose: false, true).activation(.gelu) }
            let y = isCheckpoint ? graph.checkpoint { body() } : body()
            let gradient = try graph.gradients(of: y.square().sum(), withRespectTo: [x])[0]!
            return try graph.evaluate([y, gradient], feed, on: NativeBackend(threads: 1), fuses: fuses).bits
        }
        #expect(try results(true) == results(false))
        #expect(try results(false)[0] == results(false, fuses: false)[0])
    }

    @Test func memoryFalls() throws {
        func bytes(_ cut: Cut) throws -> Int {
            let net = DeepNet(cut, layers: 8)
            let gradients = try net.graph.gradients(of: net.losses[0], withRespectTo: net.graph.parameters)
            return try net.run(gradients.compactMap { $0 }, steps: 0).bytes
        }
        // A checkpoint around all has all values at once after all, but not while the heads are swept.
        let (plain, whole, pairs) = try (bytes(.none), bytes(.whole), bytes(.pairs))
        #expect(whole < plain && 3 * pairs < 2 * plain)
        #expect(try bytes(.nested) <= pairs)
    }

    @Test func aCheckpointWithoutAGradientIsComputedOnce() throws {
        let (net, plain) = (DeepNet(.nested), DeepNet(.none))
        #expect(try net.graph.compile(net.losses).callCount == plain.graph.compile(plain.losses).callCount)
    }

    /// An input may be set between two stages: what reads it is not computed again before.
    @Test func whatIsComputedAgainKeepsItsStage() throws {
        func gradient(_ isCheckpoint: Bool) throws -> [Float] {
            let graph = Graph()
            let x = graph.input("x", [3])
            func body() -> Value { x.tanh().square().exp() }
            let y = graph.stage(1) { isCheckpoint ? graph.checkpoint { body() } : body() }
            let gradient = try graph.gradients(of: y.sum(), withRespectTo: [x])[0]!
            let program = try graph.compile([gradient])
            program.input(x).set(Tensor([9, 9, 9], shape: [3]))
            try program.run(stage: 0)
            program.input(x).set(Tensor([0.5, 1, 2], shape: [3]))
            try program.run(stage: 1)
            return program.output(gradient).tensor.scalars
        }
        #expect(try gradient(true) == gradient(false))
    }

    @Test func whatIsComputedAgainCanBeDerivedAgain() throws {
        func second(_ isCheckpoint: Bool) throws -> [[Float]] {
            let graph = Graph()
            var feed = Feed()
            let x = feed.draw(graph, "x", [5], .floats(randomArray(5, seed: 3)))
            func body() -> Value { x.tanh().square().exp() }
            let y = (isCheckpoint ? graph.checkpoint { body() } : body()).sum()
            let first = try graph.gradients(of: y, withRespectTo: [x])[0]!
            let second = try graph.gradients(of: first.sum(), withRespectTo: [x])[0]!
            return try graph.evaluate([first, second], feed)
        }
        #expect(try second(true) == second(false))
    }
}
