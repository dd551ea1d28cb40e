import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct BranchesTests {
    /// A trunk with heads; each head's own layer has room to be computed in place.
    private struct Tree {
        let graph = Graph()
        var feed = Feed()
        var losses: [Value] = []
        var outputs: [Value] = []

        init(heads: Int) throws {
            let graph = graph
            func leaf(_ name: String, _ shape: Shape) -> Value {
                feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: stableHash(name))))
            }
            let weight = leaf("w", [20, 70])
            let trunk = (leaf("x", [33, 20]).matmul(weight)).tanh()
            for head in 0..<heads {
                let hidden = trunk.matmul(leaf("v \(head)", [70, 16])).sigmoid()
                let logits = (0.5 * hidden.square() + hidden).matmul(leaf("u \(head)", [16, 5]))
                let target = feed.draw(
                    graph, "t \(head)", [33], .indices((0..<33).map { Int32(($0 + head) % 5) }))
                losses.append(logits.crossEntropy(target))
            }
            let total = losses.dropFirst().reduce(losses[0], +)
            outputs = losses + [total]
            outputs += try graph.gradients(
                of: total, withRespectTo: [weight] + graph.inputs.filter { $0.shape == [70, 16] }
            )
            .compactMap { $0 }
        }
    }

    @Test(arguments: [2, 5, 30])
    func threadsChangeNoBits(heads: Int) throws {
        let tree = try Tree(heads: heads)
        func bits(_ threads: Int, reusesMemory: Bool = true) throws -> [[UInt32]] {
            try tree.graph.evaluate(
                tree.outputs, tree.feed, on: NativeBackend(threads: threads), reusesMemory: reusesMemory
            ).bits
        }
        let expected = try bits(1)
        for threads in [2, 3, 7] {
            for _ in 0..<5 { #expect(try bits(threads) == expected) }
        }
        #expect(try bits(2, reusesMemory: false) == expected)
    }

    @Test func headsAreBranchesAndTheTrunkIsNone() throws {
        let tree = try Tree(heads: 3)
        let live = tree.graph.live(for: tree.outputs.map(\.id))
        var fusion = Fusion(tree.graph, live: live, roots: tree.outputs.map(\.id))
        let home = MemoryHomes(tree.graph)
        let units = schedule(fusion.units(CompileOptions()), nodeCount: tree.graph.nodes.count) { home[$0][0].node }
        let branches = Branches(of: units, in: tree.graph) { home[$0][0].node }
        #expect(Set(branches.branch.compactMap { $0 }).count == 3)
        #expect(branches.units.count == units.count)
        // All branches have one time, which nothing else has.
        let times = zip(branches.times, branches.branch)
        let time = Set(times.filter { $0.1 != nil }.map(\.0))
        #expect(time.count == 1)
        #expect(times.allSatisfy { $0.1 != nil || $0.0 != time.first })
        #expect(branches.times == branches.times.sorted())
        #expect(branches.branch.first! == nil && branches.branch.last! == nil)
    }

    @Test func theFirstBranchThatFailsIsReported() throws {
        var tree = try Tree(heads: 5)
        for head in [1, 3] {
            let index = tree.feed.contents.firstIndex {
                $0.input == tree.graph.inputs.first { label($0) == "t \(head)" }
            }!
            tree.feed.contents[index].contents = .indices((0..<33).map { $0 == 7 ? Int32(5 + head) : 0 })
        }
        for threads in [1, 2, 3] {
            let program = try tree.graph.compile(tree.outputs, on: NativeBackend(threads: threads))
            tree.feed.set(program)
            #expect(throws: KernelError.indexOutOfRange(kernel: "softmax cross-entropy", position: 7, index: 6)) {
                try program.run()
            }
        }
    }

    fileprivate func label(_ value: Value) -> String {
        if case .input(let leaf) = value.node.operation { return leaf.name }
        return ""
    }
}
