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
        // second dX adding to the first; relu's gradient; the trunk's dW and db.
        try agree(net.graph, [total] + gradients, net.feed, calls: 3 + 2 + 1 + 6 + 1 + 2)
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
        try agree(graph, [product + product.columnSums()], feed, calls: 3)
    }

    @Test func aProductThatIsAlsoReadElsewhereIsKept() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w, b) = (square(graph, &feed, "x"), square(graph, &feed, "w"), square(graph, &feed, "b"))
        let product = x.matmul(w)
        let sum = product + b.columnSums()
        // As an output, by another operation, and by an alias.
        try agree(graph, [product, sum.relu()], feed, calls: 4)
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
        // An output, an input, an alias, what the product reads, what is read later.
        try agree(graph, [sum, computed], feed, calls: 3)
        try agree(graph, [x.matmul(w) + r], feed, calls: 2)
        try agree(graph, [x.matmul(w) + r.square().reshaped([16]).reshaped([4, 4])], feed, calls: 3)
        let both = r.exp()
        try agree(graph, [both.matmul(w) + both], feed, calls: 3)
        let kept = r.exp()
        let added = x.matmul(w) + kept
        try agree(graph, [added * kept], feed, calls: 4)
        let base = r.exp()
        try agree(graph, [x.matmul(w) + base, base.reshaped([16]).sum()], feed, calls: 5)
    }

    @Test func productsAddUpInOnePlace() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, w) = (square(graph, &feed, "x"), square(graph, &feed, "w"))
        let sum = x.matmul(w) + w.matmul(x) + x.matmul(x) + w.matmul(w)
        try agree(graph, [sum.reshaped([2, 8])], feed, calls: 4)
    }

    @Test func aLossReadByLaterNodesIsFusedWithItsGradient() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let loss = x.regressionLoss(.squared, t)
        let report = loss.squareRoot() + loss
        let gradient = try graph.gradients(of: loss, withRespectTo: [x])[0]!
        try agree(graph, [report, gradient], feed, calls: 3)
    }

    @Test func aCotangentThatDependsOnLossesKeepsThemApart() throws {
        let graph = Graph()
        var feed = Feed()
        let (x, t) = (square(graph, &feed, "x"), square(graph, &feed, "t"))
        let (a, b) = (x.regressionLoss(.squared, t), x.regressionLoss(.huber, t))
        // The geometric mean: each loss's cotangent holds the other.
        let gradient = try graph.gradients(of: (a * b).squareRoot(), withRespectTo: [x])[0]!
        try agree(graph, [gradient], feed, calls: graph.nodes.count { !$0.inputs.isEmpty })
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
