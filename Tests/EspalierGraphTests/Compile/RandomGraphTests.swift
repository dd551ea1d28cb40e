import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

/// Small graphs drawn by seed, their losses derived: whatever the compiler does to them may not change what they
/// compute.
@Suite struct RandomGraphTests {
    @Test(arguments: 0..<150)
    func compilingChangesNothing(_ seed: UInt64) throws {
        let drawn = try RandomGraph(seed: seed)
        func values(fuses: Bool, reusesMemory: Bool, joinsAllSiblings: Bool = false) throws -> [[Float]] {
            try drawn.graph.evaluate(
                drawn.outputs, drawn.feed, on: NativeBackend(threads: 1), fuses: fuses, reusesMemory: reusesMemory,
                joinsAllSiblings: joinsAllSiblings)
        }
        let plain = try values(fuses: false, reusesMemory: false)
        #expect(try values(fuses: false, reusesMemory: true).bits == plain.bits)
        #expect(try values(fuses: true, reusesMemory: true).bits == plain.bits)
        #expect(try values(fuses: true, reusesMemory: false).bits == plain.bits)
        #expect(try values(fuses: true, reusesMemory: true, joinsAllSiblings: true).bits == plain.bits)
        let again = try RandomGraph(seed: seed, hasCheckpoints: true)
        for all in [false, true] {
            let values = try again.graph.evaluate(
                again.outputs, again.feed, on: NativeBackend(threads: 1), joinsAllSiblings: all)
            #expect(values.bits == plain.bits)
        }
    }
}

private struct RandomGraph {
    let graph = Graph()
    var feed = Feed()
    var outputs: [Value] = []

    /// - Parameter hasCheckpoints: around runs of steps, and around some of them within.
    init(seed: UInt64, hasCheckpoints: Bool = false) throws {
        var random = CountingRandom(seed)
        let extent = random.next(4) + 1
        let shape: Shape = [extent, extent]
        let graph = graph
        var values = ["a", "b"].map { name in
            feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: seed &+ stableHash(name))))
        }
        let leaves = values
        var losses: [Value] = []
        func step() {
            let (x, y) = (random.choose(values), random.choose(values))
            let drawn: Value
            switch random.next(13) {
            case 0: drawn = x.matmul(y, transpose: random.next(2) == 0, random.next(2) == 0)
            case 1: drawn = x.matmul(y) + random.choose(values).columnSums(scale: 0.25)
            case 2: drawn = x.matmul(y) + random.choose(values)
            case 3: drawn = (x.matmul(y) + random.choose(values).columnSums(scale: 0.25)).tanh()
            case 4: drawn = x + y
            case 5: drawn = x * y
            case 6: drawn = x - y.rowSums(scale: 0.25)
            case 7: drawn = x.activation(random.choose([.relu, .gelu, .silu, .sigmoid]))
            case 8: drawn = x.reshaped([shape.count]).reshaped(shape)
            case 9: drawn = x.stoppingGradient() + y.softmax()
            case 10: drawn = x.concatenated(y).columns(1..<extent + 1)
            case 11: drawn = x.dropout(0.25, stream: UInt64(random.next(3)))
            default:
                losses.append(x.regressionLoss(random.choose([.squared, .huber]), y.stoppingGradient()))
                drawn = x + losses[losses.count - 1]
            }
            values.append(0.25 * drawn.tanh() + 0.5 * drawn.sigmoid())
            if random.next(3) == 0 { values.append(drawn) }
            if random.next(6) == 0 { outputs.append(drawn) }
        }
        let count = random.next(14) + 4
        var next = 0
        while next < count {
            let run = next..<min(next + 1 + next % 3, count)
            graph.checkpoint(if: hasCheckpoints) {
                for index in run { graph.checkpoint(if: hasCheckpoints && index % 2 == 0) { step() } }
            }
            next = run.upperBound
        }
        losses.append(random.choose(values).tanh().mean())
        let factor = random.next(2) == 0 ? losses[0] : graph.constant(0.5)
        let total = losses.dropFirst().reduce(factor * losses[0]) { $0 + $1 }
        outputs.append(total)
        let gradients = try graph.gradients(of: total, withRespectTo: leaves + [values[values.count / 2]])
        outputs += gradients.compactMap { $0 }
    }
}

extension Graph {
    fileprivate func checkpoint(if isWanted: Bool, _ body: () -> Void) {
        if isWanted { checkpoint(body) } else { body() }
    }
}
