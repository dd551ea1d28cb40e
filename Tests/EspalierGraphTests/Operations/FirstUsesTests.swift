import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct FirstUsesTests {
    private static let vocabulary = 5000

    @Test func idsBecomePlaces() throws {
        let graph = Graph()
        var feed = Feed()
        let ids = feed.draw(graph, "ids", [7], .indices([40, 7, 40, 0, 7, 49, 40]))
        let offsets = feed.draw(graph, "offsets", [3], .indices([0, 2, 6]))
        // Only the six that the bags hold.
        let uses = ids.firstUses(vocabulary: 50, offsets: offsets)
        let rows = graph.constant(Tensor([1, 2, 3, 4, 5, 6, 7], shape: [7, 1])).embedding(
            ids.firstUses(vocabulary: 50))
        let bags = graph.constant(Tensor([1, 2, 4, 8, 16, 32, 64], shape: [7, 1])).embeddingBag(
            .sum, ids: uses, offsets: offsets, weights: graph.constant(Tensor([1, 1, 1, 1, 1, 1, 1])))
        let program = try graph.compile([rows, bags])
        feed.set(program)
        for _ in 0..<2 {
            try program.run()
            #expect(program.output(rows).tensor.scalars == [1, 2, 1, 4, 2, 6, 1])
            #expect(program.output(bags).tensor.scalars == [3, 1 + 8 + 2 + 32])
        }
    }

    /// The Gram matrix is that of the whole rows, and takes no memory of the table's size for each task.
    @Test(arguments: [false, true]) func gramMatricesNeedTouchedRowsOnly(areBags: Bool) throws {
        let (graph, batch, width, tasks) = (Graph(), 6, 4, 5)
        var feed = Feed()
        let table = graph.parameter("table", [Self.vocabulary, width], .glorotUniform)
        let words = (0..<3 * batch).map { Int32($0 * 1237 % 11 * 400) }
        let hidden: Value
        if areBags {
            hidden = table.embeddingBag(
                .mean, ids: feed.draw(graph, "ids", [3 * batch], .indices(words)),
                offsets: feed.draw(graph, "offsets", [batch + 1], .indices((0...batch).map { Int32(2 * $0) })),
                weights: feed.draw(graph, "weights", [3 * batch], .floats(randomArray(3 * batch, seed: 1))))
        } else {
            hidden = table.embedding(feed.draw(graph, "ids", [batch], .indices(Array(words.prefix(batch)))))
        }
        let losses = (0..<tasks).map { task in
            hidden.matmul(graph.parameter("head \(task)", [width, 3], .glorotUniform)).square().mean()
        }
        func gram(_ level: GradientLevel) throws -> (matrix: [Double], program: Program) {
            let balanced = try graph.balancedGradients(of: losses, withRespectTo: [table], level: level)
            let program = try graph.compile(balanced.gradients.compactMap { $0 } + balanced.outputs)
            feed.set(program)
            try program.run(stage: 0)
            return (balanced.groups[0].gramMatrix(in: program), program)
        }
        let (touched, whole) = (try gram(.gram), try gram(.rows))
        for (a, b) in zip(touched.matrix, whole.matrix) { #expect(abs(a - b) <= 1e-6 * abs(whole.matrix[0])) }
        let tableBytes = Self.vocabulary * width * 4
        #expect(touched.program.arenaByteCount < 3 * tableBytes)
        #expect(whole.program.arenaByteCount > tasks * tableBytes)
    }

    @Test func badIdsAreReported() throws {
        let graph = Graph()
        var feed = Feed()
        let table = graph.parameter("table", [50, 2], .glorotUniform)
        let ids = feed.draw(graph, "ids", [3], .indices([1, 70, 1]))
        let uses = ids.firstUses(vocabulary: 50)
        let gradient = graph.append(
            .embeddingGradient(.init(vocabulary: 3)), [uses, graph.constant(Tensor(zeros: [3, 2]))])
        let program = try graph.compile([gradient, table])
        feed.set(program)
        #expect(throws: KernelError.indexOutOfRange(kernel: "embedding backward", position: 1, index: 70)) {
            try program.run()
        }
    }
}
