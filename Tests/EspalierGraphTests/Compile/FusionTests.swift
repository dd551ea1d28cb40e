import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct FusionTests {
    /// Fused and unfused programs agree up to rounding: one addition or activation rounded once less.
    private func agree(_ graph: Graph, _ outputs: [Value], _ feed: Feed, calls: Int) throws {
        let fused = try graph.compile(outputs)
        #expect(fused.callCount == calls)
        let values = try graph.evaluate(outputs, feed)
        let plain = try graph.evaluate(outputs, feed, fuses: false)
        for (a, b) in zip(values, plain) { #expect(difference(a, b, relative: 1e-5, absolute: 1e-6) == nil) }
    }

    private func square(_ graph: Graph, _ feed: inout Feed, _ name: String) -> Value {
        feed.draw(graph, name, [4, 4], .floats(randomArray(16, seed: stableHash(name))))
    }

    @Test func aTrainingStepHasTheFewestCalls() throws {
        let net = SmallNet()
        let total = net.losses[0] + net.losses[1]
        let gradients = try net.graph.gradients(of: total, withRespectTo: net.graph.parameters).map { $0! }
        // Forward: trunk, two heads. Two losses with gradients. Their sum. Backward: each head's dW, db and dX, the
        // second dX adding to the first, with relu's gradient and the trunk's db; the trunk's dW.
        try agree(net.graph, [total] + gradients, net.feed, calls: 3 + 2 + 1 + 6 + 1)
    }

    @Test func aBiasMayBeComputed() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w) = (square(graph, &feed, "x"), square(graph, &feed, "w"))
        let product = x.matmul(w)
        try agree(graph, [(product + w.columnSums()).tanh()], feed, calls: 2)
    }

    @Test func aBiasThatDependsOnTheProductIsNotFused() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w) = (square(graph, &feed, "x"), square(graph, &feed, "w"))
        let product = x.matmul(w)
        // The sum of its columns comes with the product.
        try agree(graph, [product + product.columnSums()], feed, calls: 2)
    }

    @Test func aProductThatIsAlsoReadElsewhereIsKept() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, b) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "b"))
        let product = x.matmul(w)
        let sum = product + b.columnSums()
        // As an output, by another operation, and by an alias.
        try agree(graph, [product, sum.relu()], feed, calls: 3)
        try agree(graph, [sum, product.square()], feed, calls: 4)
        try agree(graph, [sum, product.reshaped([16])], feed, calls: 3)
    }

    @Test func aResidualIsOverwrittenOnlyIfNobodyElseReadsIt() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, r) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "r"))
        let computed = r.square()
        let sum = x.matmul(w) + computed
        try agree(graph, [sum], feed, calls: 2)
        // An output, an input, an alias, what the product reads, what is read later: these are added and kept.
        try agree(graph, [sum, computed], feed, calls: 2)
        try agree(graph, [x.matmul(w) + r], feed, calls: 1)
        try agree(graph, [x.matmul(w) + r.square().reshaped([16]).reshaped([4, 4])], feed, calls: 2)
        let both = r.exp()
        try agree(graph, [both.matmul(w) + both], feed, calls: 2)
        let kept = r.exp()
        let added = x.matmul(w) + kept
        try agree(graph, [added * kept], feed, calls: 3)
        let base = r.exp()
        try agree(graph, [x.matmul(w) + base, base.reshaped([16]).sum()], feed, calls: 4)
    }

    /// Fused or not, the bits are the same: what is fused here is rounded as the operations one by one.
    private func same(_ graph: Graph, _ outputs: [Value], _ feed: Feed, calls: Int) throws {
        #expect(try graph.compile(outputs).callCount == calls)
        let fused = try graph.evaluate(outputs, feed, on: NativeBackend(threads: 2))
        let plain = try graph.evaluate(outputs, feed, on: NativeBackend(threads: 2), fuses: false)
        #expect(fused.bits == plain.bits)
    }

    @Test(arguments: ActivationKind.allCases.filter { $0 != .identity })
    func aLayerAndItsResidualHaveTheBitsOfTheirOperations(_ kind: ActivationKind) throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, b) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "b"))
        let bias = b.columnSums()
        try same(graph, [(x.matmul(w) + bias).activation(kind) + x], feed, calls: 2)
        try same(graph, [x.matmul(w).activation(kind) + x, x + (x.matmul(w) + bias)], feed, calls: 3)
    }

    /// Backward: the derivative and the bias gradient come with the product that gives the cotangent.
    @Test(arguments: ActivationKind.allCases)
    func theWayBackHasTheBitsOfItsOperations(_ kind: ActivationKind) throws {
        let graph = Graph()
        var feed = Feed()
        let shapes: [Shape] = [[70, 20], [20, 33], [33], [33, 5], [5], [70, 5]]
        let leaves = zip(["x", "v", "b", "w", "c", "t"], shapes).map { name, shape in
            feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: stableHash(name))))
        }
        let hidden = (leaves[0].matmul(leaves[1]) + leaves[2]).activation(kind)
        let loss = (hidden.matmul(leaves[3]) + leaves[4]).regressionLoss(.squared, leaves[5])
        let gradients = try graph.gradients(of: loss, withRespectTo: Array(leaves[0...4])).map { $0! }
        // Forward: two layers (one more call where the activation's input is wanted too), the loss with its gradient.
        // Backward: dc, dw, the hidden cotangent with db, dv, dx.
        let forward = kind == .gelu || kind == .silu ? 4 : 3
        try same(graph, [loss] + gradients, feed, calls: forward + 5)
    }

    @Test func aCotangentThatIsReadElsewhereIsKept() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, y) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "y"))
        let hidden = x.tanh()
        let loss = hidden.matmul(w).regressionLoss(.squared, y)
        let gradients = try graph.gradients(of: loss, withRespectTo: [hidden, x]).map { $0! }
        // tanh, product, loss; the hidden cotangent and its way through tanh apart.
        try same(graph, gradients, feed, calls: 5)
        try same(graph, [gradients[1], gradients[1].columnSums()], feed, calls: 4)
        try same(graph, [gradients[1], gradients[1].columnSums(scale: 2)], feed, calls: 5)
    }

    @Test func productsAddUpInOnePlace() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w) = (square(graph, &feed, "x"), square(graph, &feed, "w"))
        let sum = x.matmul(w) + w.matmul(x) + x.matmul(x) + w.matmul(w)
        try agree(graph, [sum.reshaped([2, 8])], feed, calls: 4)
    }

    @Test func aMatrixTimesItsTransposeIsHalfAProduct() throws {
        let graph = Graph()
        let (x, y) = (graph.input("x", [4, 6]), graph.input("y", [4, 6]))
        func kernel(_ value: Value) throws -> Bool { try graph.compile([value]).describe().contains("syrk") }
        #expect(try kernel(x.matmul(x, transpose: false, true)))
        #expect(try kernel(x.matmul(x, transpose: true, false)))
        #expect(try !kernel(x.matmul(y, transpose: false, true)))
        let square = graph.input("square", [4, 4])
        #expect(try !kernel(square.matmul(square)))
    }

    /// Heads of one or two outputs over a trunk of 70: their cotangents meet in one call, in several if they are many.
    @Test(arguments: [(3, 1), (30, 2)])
    func whatNarrowHeadsSendBackIsOneSum(heads: Int, calls: Int) throws {
        let (graph, feed, gradient) = try narrowHeads((0..<heads).map { (width: 1 + $0 % 2, isTransposed: false) })
        let program = try graph.compile([gradient])
        // tanh, the heads, their losses with gradients, and what they send back.
        #expect(program.callCount == 1 + 2 * heads + calls)
        #expect(program.describe().contains("gemm sum"))
        func bits(on backend: any Backend, reusesMemory: Bool = true) throws -> [[UInt32]] {
            try graph.evaluate([gradient], feed, on: backend, reusesMemory: reusesMemory).bits
        }
        let expected = try bits(on: NativeBackend(threads: 1))
        #expect(try bits(on: NativeBackend(threads: 3)) == expected)
        #expect(try bits(on: NativeBackend(threads: 1), reusesMemory: false) == expected)
        let checked = CheckedBackend(try NativeBackend(threads: 1), ReferenceBackend())
        let fused = try graph.evaluate([gradient], feed, on: checked)
        let plain = try graph.evaluate([gradient], feed, on: checked, fuses: false)
        #expect(difference(fused[0], plain[0], relative: 1e-5, absolute: 1e-6) == nil)
    }

    /// A head's weights may be [70, 2] or, transposed in the product, [2, 70]: one call has one form.
    @Test(arguments: [[false, true], [true, false], [true, false, false], [false, true, true]])
    func headsOfDifferentTransposesAreNotSummed(transposes: [Bool]) throws {
        let (graph, feed, gradient) = try narrowHeads(transposes.map { (width: 2, isTransposed: $0) })
        let checked = CheckedBackend(try NativeBackend(threads: 1), ReferenceBackend())
        let fused = try graph.evaluate([gradient], feed, on: checked)
        let plain = try graph.evaluate([gradient], feed, on: checked, fuses: false)
        #expect(difference(fused[0], plain[0], relative: 1e-5, absolute: 1e-6) == nil)
    }

    /// Heads over tanh of a [9, 70], and the gradient of all their losses by that.
    private func narrowHeads(
        _ heads: [(width: Int, isTransposed: Bool)]
    ) throws -> (graph: Graph, feed: Feed, gradient: Value) {
        let graph = Graph()
        var feed = Feed()
        func leaf(_ name: String, _ shape: Shape) -> Value {
            feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: stableHash(name))))
        }
        let x = leaf("x", [9, 70])
        let hidden = x.tanh()
        let losses = heads.enumerated().map { index, head in
            let weight = leaf("w \(index)", head.isTransposed ? [head.width, 70] : [70, head.width])
            return hidden.matmul(weight, transpose: false, head.isTransposed)
                .regressionLoss(.squared, leaf("y \(index)", [9, head.width]))
        }
        let gradient = try graph.gradients(of: losses.dropFirst().reduce(losses[0], +), withRespectTo: [x])[0]!
        return (graph, feed, gradient)
    }

    @Test func aLossReadByLaterNodesIsFusedWithItsGradient() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let loss = x.regressionLoss(.squared, t)
        let report = loss.squareRoot() + loss
        let gradient = try graph.gradients(of: loss, withRespectTo: [x])[0]!
        try agree(graph, [report, gradient], feed, calls: 2)
    }

    @Test func aCotangentThatDependsOnLossesKeepsThemApart() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let (a, b) = (x.regressionLoss(.squared, t), x.regressionLoss(.huber, t))
        // The geometric mean: each loss's cotangent holds the other.
        let gradient = try graph.gradients(of: (a * b).squareRoot(), withRespectTo: [x])[0]!
        // Two losses; what flows into their product's root and through it; each loss's cotangent and gradient; their sum.
        try agree(graph, [gradient], feed, calls: 2 + 1 + 2 + 2 + 1)
    }

    @Test func twoGradientsOfOneLoss() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let loss = x.regressionLoss(.absolute, t)
        let one = try graph.gradients(of: loss, withRespectTo: [x])[0]!
        let two = try graph.gradients(of: 2 * loss, withRespectTo: [x])[0]!
        try agree(graph, [loss, one, two], feed, calls: 3)
    }
}
