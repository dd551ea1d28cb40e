import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct FusionTests {
    /// Fused or not, the bits are the same: what is fused here is rounded as the operations one by one.
    private func same(_ graph: Graph, _ outputs: [Value], _ feed: Feed, calls: Int) throws {
        #expect(try graph.compile(outputs).callCount == calls)
        let fused = try graph.evaluate(outputs, feed, on: NativeBackend(threads: 2))
        let plain = try graph.evaluate(outputs, feed, on: NativeBackend(threads: 2), fuses: false)
        #expect(fused.bits == plain.bits)
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
        try same(net.graph, [total] + gradients, net.feed, calls: 3 + 2 + 1 + 6 + 1)
    }

    @Test func aBiasMayBeComputed() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w) = (square(graph, &feed, "x"), square(graph, &feed, "w"))
        let product = x.matmul(w)
        try same(graph, [(product + w.columnSums()).tanh()], feed, calls: 2)
    }

    @Test func aBiasThatDependsOnTheProductIsNotFused() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w) = (square(graph, &feed, "x"), square(graph, &feed, "w"))
        let product = x.matmul(w)
        // The sum of its columns comes with the product.
        try same(graph, [product + product.columnSums()], feed, calls: 2)
    }

    @Test func aProductThatIsAlsoReadElsewhereIsKept() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, b) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "b"))
        let product = x.matmul(w)
        let sum = product + b.columnSums()
        // As an output, by another operation, and by an alias.
        try same(graph, [product, sum.relu()], feed, calls: 3)
        try same(graph, [sum, product.square()], feed, calls: 4)
        try same(graph, [sum, product.reshaped([16])], feed, calls: 3)
    }

    @Test func whatIsAddedToAProductMayBeReadElsewhere() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, r) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "r"))
        let computed = r.square()
        let sum = x.matmul(w) + computed
        try same(graph, [sum], feed, calls: 2)
        // An output, an input, an alias, what the product reads, what is read later.
        try same(graph, [sum, computed], feed, calls: 2)
        try same(graph, [x.matmul(w) + r], feed, calls: 1)
        try same(graph, [x.matmul(w) + r.square().reshaped([16]).reshaped([4, 4])], feed, calls: 2)
        let both = r.exp()
        try same(graph, [both.matmul(w) + both], feed, calls: 2)
        let kept = r.exp()
        let added = x.matmul(w) + kept
        try same(graph, [added * kept], feed, calls: 3)
        let base = r.exp()
        try same(graph, [x.matmul(w) + base, base.reshaped([16]).sum()], feed, calls: 4)
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
        try same(graph, [sum.reshaped([2, 8])], feed, calls: 4)
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

    @Test func aLossReadByLaterNodesIsFusedWithItsGradient() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let loss = x.regressionLoss(.squared, t)
        let report = loss.squareRoot() + loss
        let gradient = try graph.gradients(of: loss, withRespectTo: [x])[0]!
        try same(graph, [report, gradient], feed, calls: 2)
    }

    @Test func aCotangentThatDependsOnLossesKeepsThemApart() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let (a, b) = (x.regressionLoss(.squared, t), x.regressionLoss(.huber, t))
        // The geometric mean: each loss's cotangent holds the other.
        let gradient = try graph.gradients(of: (a * b).squareRoot(), withRespectTo: [x])[0]!
        // Two losses; what flows into their product's root and through it; each loss's cotangent and gradient; their sum.
        try same(graph, [gradient], feed, calls: 2 + 1 + 2 + 2 + 1)
    }

    @Test func twoGradientsOfOneLoss() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let loss = x.regressionLoss(.absolute, t)
        let one = try graph.gradients(of: loss, withRespectTo: [x])[0]!
        let two = try graph.gradients(of: 2 * loss, withRespectTo: [x])[0]!
        try same(graph, [loss, one, two], feed, calls: 3)
    }
}
