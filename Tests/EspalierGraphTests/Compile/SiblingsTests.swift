import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct SiblingsTests {
    private let graph = Graph()
    private var feed = Feed()

    private mutating func input(_ name: String, _ shape: Shape) -> Value {
        feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: stableHash(name), in: -0.5...0.5)))
    }

    /// How many joined calls there are; the bits must be those of the operations one by one.
    private func joined(_ outputs: [Value], threads: Int = 2, all: Bool = false) throws -> Int {
        let plain = try graph.evaluate(outputs, feed, on: NativeBackend(threads: 1), fuses: false)
        let values = try graph.evaluate(outputs, feed, on: NativeBackend(threads: threads), joinsAllSiblings: all)
        #expect(values.bits == plain.bits)
        let listing = try graph.compile(outputs, joinsAllSiblings: all).describe()
        return listing.split(separator: "\n").count { $0.contains("gemm siblings") }
    }

    @Test(arguments: [1, 2, 3])
    mutating func headsOfOneTrunkAreOneProductThereAndOneBack(threads: Int) throws {
        let x = input("x", [300, 512])
        let weights = (0..<3).map { input("w\($0)", [512, 9 + $0]) }
        let losses = weights.enumerated().map { index, w in
            (x.matmul(w) + input("b\(index)", [9 + index])).square().sum()
        }
        let gradients = try graph.gradients(
            of: losses.dropFirst().reduce(losses[0], +), withRespectTo: weights
        ).map { $0! }
        #expect(try joined(losses + gradients, threads: threads) == 2)
    }

    @Test mutating func whatIsNearOrWideStaysAlone() throws {
        let (near, far) = (input("near", [30, 512]), input("far", [300, 512]))
        #expect(try joined((0..<3).map { near.matmul(input("n\($0)", [512, 10])) }) == 0)
        #expect(try joined((0..<2).map { far.matmul(input("f\($0)", [512, 200])) }) == 0)
        #expect(try joined([far.matmul(input("one", [512, 10]))]) == 0)
    }

    @Test mutating func togetherTheyAreNoLargerThanTheirOperand() throws {
        let x = input("x", [3000, 50])
        #expect(try joined((0..<2).map { x.matmul(input("w\($0)", [50, 20])) }) == 1)
        #expect(try joined((0..<2).map { x.matmul(input("v\($0)", [50, 40])) }) == 0)
    }

    @Test mutating func moreThanACallTakesAreSeveralCalls() throws {
        let x = input("x", [2, 3])
        let count = 2 * KernelCall.GEMMSiblings.mostProducts + 2
        #expect(try joined((0..<count).map { x.matmul(input("w\($0)", [3, 2])) }, all: true) == 3)
    }

    @Test mutating func whatWaitsForAnotherDoesNotJoinIt() throws {
        let x = input("x", [4, 4])
        let first = x.matmul(input("w", [4, 4]))
        #expect(try joined([first, x.matmul(first)], all: true) == 0)
        #expect(try joined([first, x.matmul(first.exp())], all: true) == 0)
        // Also by way of an alias, and of a third.
        #expect(try joined([first, x.matmul(first.stoppingGradient())], all: true) == 0)
        #expect(try joined([first, x.matmul(first.reshaped([16]).exp().reshaped([4, 4]))], all: true) == 0)
        let other = x.matmul(input("v", [4, 4]))
        #expect(try joined([first, other, x.matmul(first * other)], all: true) == 0)
        // Nor do two pairs of which each has one that waits for the other.
        let y = input("y", [4, 4])
        let (a, b) = (x.matmul(input("a", [4, 4])), y.matmul(input("b", [4, 4])))
        #expect(try joined([x.matmul(b.exp()), y.matmul(a.exp())], all: true) == 1)
    }

    @Test mutating func powersOfALargeMatrixStayApart() throws {
        let x = input("x", [512, 512])
        let y = x.matmul(input("w", [512, 16]))
        #expect(try joined([y, x.matmul(y)]) == 0)
    }

    @Test mutating func whatIsDrawnAgainDoesNotJoinTheFirstDrawing() throws {
        let (x, w) = (input("x", [512, 400]), input("w", [400, 40]))
        let y = graph.checkpoint { x.matmul(w).exp() }
        let gradient = try graph.gradients(of: y.square().sum(), withRespectTo: [w])[0]!
        #expect(try joined([gradient]) == 0)
    }
}
