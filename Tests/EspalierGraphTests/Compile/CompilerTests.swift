import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct CompilerTests {
    @Test func deadNodesAreDropped() throws {
        let graph = Graph()
        let x = graph.input("x", [2])
        _ = x.exp().log()
        #expect(try graph.compile([x.square()]).callCount == 1)
    }

    @Test func memoryIsSharedAlongAChain() throws {
        let graph = Graph()
        var value = graph.input("x", [16])
        for _ in 0..<100 { value = value.square() }
        #expect(try graph.compile([value], fuses: false).arenaByteCount == 64)
        #expect(try graph.compile([value], fuses: false, reusesMemory: false).arenaByteCount == 100 * 64)
    }

    /// y must not take the place of x, which is read once more; the sum may, and its logarithm the sum's.
    @Test func whatIsReadAgainIsNotOverwritten() throws {
        let graph = Graph()
        var feed = Feed()
        let x = feed.draw(graph, "x", [16], .floats(randomArray(16, seed: 1))).exp()
        let y = x.square()
        let z = (y + x).log()
        let expected = try graph.evaluate([y, z], feed, reusesMemory: false)
        #expect(try graph.evaluate([y, z], feed) == expected)
        #expect(try graph.compile([y, z]).arenaByteCount == 2 * 64)
    }

    @Test func leavesAndAliasesCanBeOutputs() throws {
        let graph = Graph()
        var feed = Feed()
        let x = feed.draw(graph, "x", [2, 2], .floats([1, 2, 3, 4]))
        let c = graph.constant(Tensor([5, 6]))
        let p = graph.parameter("p", [3], .constant(7))
        let outputs = [x, c, p, x.reshaped([4]), p.stoppingGradient(), x.square().reshaped([4])]
        #expect(
            try graph.evaluate(outputs + [x], feed) == [
                [1, 2, 3, 4], [5, 6], [7, 7, 7], [1, 2, 3, 4], [7, 7, 7], [1, 4, 9, 16], [1, 2, 3, 4],
            ])
    }

    @Test func gradientsGoWhereTheyAreWanted() throws {
        let graph = Graph()
        let p = graph.parameter("p", [2], .constant(3))
        let q = graph.parameter("q", [2], .constant(4))
        let layout = ParameterLayout(of: graph)
        let parameters = ParameterSlab(initializing: layout, seed: 1)
        let (first, second) = (ParameterSlab(zeros: layout), ParameterSlab(zeros: layout))
        let computed = p * q
        let squared = computed.square()
        // Computed; the same value again elsewhere; a leaf; an alias of what is also an output; one that others read.
        let program = try graph.compile(
            outputs: [computed, squared], parameters: parameters,
            gradients: [
                GradientDestination(computed, in: first, at: "p"), GradientDestination(computed, in: second, at: "q"),
                GradientDestination(q, in: first, at: "q"),
                GradientDestination((p + q).reshaped([2]), in: second, at: "p"),
            ],
            backend: ReferenceBackend())
        try program.run()
        #expect(first["p"]?.scalars == [12, 12])
        #expect(second["q"]?.scalars == [12, 12])
        #expect(first["q"]?.scalars == [4, 4])
        #expect(second["p"]?.scalars == [7, 7])
        #expect(program.output(computed).tensor.scalars == [12, 12])
        #expect(program.output(squared).tensor.scalars == [144, 144])
    }

    @Test func parametersCanBeWrittenByTheProgramThatReadsThem() throws {
        let graph = Graph()
        let p = graph.parameter("p", [2], .constant(3))
        let q = graph.parameter("q", [2], .constant(4))
        let parameters = ParameterSlab(initializing: ParameterLayout(of: graph), seed: 1)
        let program = try graph.compile(
            outputs: [], parameters: parameters,
            gradients: [
                GradientDestination(p + q, in: parameters, at: "p"),
                GradientDestination(p - q, in: parameters, at: "q"),
            ],
            backend: ReferenceBackend())
        try program.run()
        #expect(parameters["p"]?.scalars == [7, 7])
        #expect(parameters["q"]?.scalars == [-1, -1])
    }

    @Test func twoGradientsForOnePlaceStop() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let graph = Graph()
            let p = graph.parameter("p", [2], .zeros)
            let slab = ParameterSlab(zeros: ParameterLayout(of: graph))
            _ = try graph.compile(
                outputs: [], parameters: slab,
                gradients: [
                    GradientDestination(2 * p, in: slab, at: "p"), GradientDestination(3 * p, in: slab, at: "p"),
                ],
                backend: ReferenceBackend())
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("[compile] two gradients for p in one slab"))
    }

    @Test func nothingIsAShapeToo() throws {
        for (rows, columns) in [(0, 3), (3, 0), (0, 0)] {
            let graph = Graph()
            let x = graph.input("x", [rows, columns])
            let w = graph.parameter("w", [columns, 2], .heUniform)
            let column = graph.input("column", [rows, 1])
            let h = ((x + column).matmul(w) + graph.parameter("b", [2], .ones)).relu()
            let row = graph.input("row", [1, 4])
            let total =
                h.mean() + (column * row).sum() + x.softmax().columns(0..<0).sum()
                + x.concatenated(x).exp().sum() + (x - x.rowSums()).square().mean()
            let gradients = try graph.gradients(of: total, withRespectTo: [x, w, column, row]).map { $0! }
            for backend in [ReferenceBackend(), try NativeBackend(threads: 2)] as [any Backend] {
                let values = try graph.evaluate([total] + gradients, on: backend)
                #expect(values.allSatisfy { $0.allSatisfy { $0.isFinite } })
                #expect(values[2].allSatisfy { $0 == 0 })
            }
        }
    }

    @Test func aProgramTrainsTheSameWithAnyOptions() throws {
        func trained(threads: Int, fuses: Bool, reusesMemory: Bool) throws -> [UInt32] {
            let net = SmallNet(rows: 33, inputs: 20, hidden: 17)
            let graph = net.graph
            let layout = ParameterLayout(of: graph)
            let (parameters, gradients) = (ParameterSlab(initializing: layout, seed: 1), ParameterSlab(zeros: layout))
            let total = net.losses[0] + net.losses[1]
            let values = try graph.gradients(of: total, withRespectTo: graph.parameters)
            let backend = try NativeBackend(threads: threads)
            var options = CompileOptions()
            (options.fuses, options.reusesMemory) = (fuses, reusesMemory)
            let program = try graph.compile(
                outputs: [total], parameters: parameters,
                gradients: zip(values, layout.entries).map { GradientDestination($0!, in: gradients, at: $1.name) },
                backend: backend, options: options)
            net.feed.set(program)
            for _ in 0..<5 {
                try program.run()
                try backend.run(
                    .sgd(
                        .init(
                            count: layout.count, learningRate: 0.1, parameters: parameters.floats.baseAddress!,
                            gradients: gradients.floats.baseAddress!, velocity: nil)))
            }
            return parameters.floats.map(\.bitPattern)
        }
        let expected = try trained(threads: 1, fuses: true, reusesMemory: true)
        #expect(try trained(threads: 2, fuses: true, reusesMemory: true) == expected)
        #expect(try trained(threads: 1, fuses: true, reusesMemory: false) == expected)
        #expect(try trained(threads: 1, fuses: false, reusesMemory: true) == expected)
    }
}
