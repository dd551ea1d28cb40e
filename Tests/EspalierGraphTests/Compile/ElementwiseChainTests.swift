import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct ElementwiseChainTests {
    private func program(_ graph: Graph, _ outputs: Value..., fuses: Bool = true) throws -> Program {
        try graph.compile(outputs, fuses: fuses)
    }

    /// Whatever becomes a chain has the bits of its operations one by one, forward and backward, for one cotangent and for
    /// three, wherever its memory lies and however many threads there are.
    @Test(arguments: 0..<100)
    func hasTheBitsOfItsOperations(_ seed: UInt64) throws {
        let drawn = try RandomElements(seed: seed)
        let outputs = drawn.outputs + drawn.gradients
        func bits(on backend: any Backend, fuses: Bool, reusesMemory: Bool = true) throws -> [[UInt32]] {
            try drawn.graph.evaluate(outputs, drawn.feed, on: backend, fuses: fuses, reusesMemory: reusesMemory).bits
                .map { $0.map(oneNaN) }
        }
        let native = try NativeBackend(threads: 1)
        let plain = try bits(on: native, fuses: false, reusesMemory: false)
        #expect(try bits(on: native, fuses: true) == plain)
        #expect(try bits(on: native, fuses: true, reusesMemory: false) == plain)
        #expect(try bits(on: NativeBackend(threads: 3), fuses: true) == plain)
        let reference = ReferenceBackend()
        #expect(try bits(on: reference, fuses: true) == bits(on: reference, fuses: false))
    }

    @Test func residualScaleAndDropoutAreOneCall() throws {
        let graph = Graph()
        let (x, residual) = (graph.input("x", [8, 16]), graph.input("r", [8, 16]))
        let y = (x.tanh().dropout(0.25, stream: 1) * 0.5 + residual).maximum(graph.input("row", [16]))
        #expect(try program(graph, y).callCount == 1)
        #expect(try program(graph, y, fuses: false).callCount == 5)
        // A result that others read, too, is stored; so is one that is wanted outside.
        let z = y.square()
        #expect(try program(graph, z + y.rowSums()).callCount == 3)
        #expect(try program(graph, y, z).callCount == 2)
    }

    /// Weighted losses, gates [rows, 1], a stitch by numbers.
    @Test func whatIsRepeatedBelongsToTheChain() throws {
        let graph = Graph()
        let experts = (0..<3).map { graph.input("expert \($0)", [8, 16]) }
        let gates = (0..<3).map { graph.input("gate \($0)", [8, 1]) }
        let mixture = zip(experts, gates).map { $0 * $1 }
        #expect(try program(graph, mixture[0] + mixture[1] + mixture[2]).callCount == 1)
        let weights = (0..<2).map { graph.input("weight \($0)", []) }
        #expect(try program(graph, weights[0] * experts[0] + experts[1] * weights[1]).callCount == 1)
        // A gate that is computed has another shape than what it is multiplied by.
        #expect(try program(graph, gates[0].sigmoid() * experts[0]).callCount == 2)
    }

    @Test func aLongChainIsCut() throws {
        let graph = Graph()
        var value = graph.input("x", [16])
        for _ in 0..<30 { value = value.square() }
        #expect(try program(graph, value).callCount == 3)
        // The cuts may be computed where the one before stands.
        #expect(try program(graph, value).arenaByteCount == 64)
    }

    @Test func describesTheWorkOfTheWhole() throws {
        let graph = Graph()
        let x = graph.input("x", [4, 8])
        let y = 0.5 * x.dropout(0.1, stream: 1) + x * graph.input("gate", [4, 1])
        #expect(
            try program(graph, y).describe() == """
                   layer  kernel   result  flops  bytes  buffer        fused
                ─  ─────  ───────  ──────  ─────  ─────  ────────────  ─────────────────────────────────
                0         chain    [4, 8]    160    272  arena 0       dropout + affine + multiply + add
                          1 calls            160    272  arena of 128

                """)
    }

    /// A task's dropout and activation on the way back share a mask and an activation: a call a lane.
    @Test func lanesAreCarriedTogetherWhereTheirOperandsAllow() throws {
        let graph = Graph()
        let x = graph.input("x", [8, 4])
        let cotangents = (0..<3).map { graph.input("dy \($0)", [8, 4]) }
        func calls(_ y: Value) throws -> Int {
            let gradients = try graph.gradients(
                of: Array(repeating: y, count: 3), withRespectTo: [x], cotangents: cotangents)[0]!
            return try graph.compile((0..<3).map { gradients[$0]! }).callCount
        }
        // Three copies make the lanes.
        #expect(try calls(-(2 * x)) == 3 + 1)
        #expect(try calls((2 * x).dropout(0.5, stream: 1)) == 3 + 3)
    }
}

/// Which of two NaNs an operation passes on is the compiler's choice.
private func oneNaN(_ bits: UInt32) -> UInt32 { Float(bitPattern: bits).isNaN ? Float.nan.bitPattern : bits }

/// A graph of elementwise operations with operands of all shapes that can be repeated; its values' gradients by single
/// cotangents and by three at once.
private struct RandomElements {
    let graph = Graph()
    var feed = Feed()
    var outputs: [Value] = []
    var gradients: [Value] = []

    init(seed: UInt64) throws {
        var random = CountingRandom(seed)
        let (rows, columns) = (random.next(5) + 1, random.choose([1, 3, 40, 700]))
        let graph = graph
        func leaf(_ name: String, _ shape: Shape) -> Value {
            feed.draw(graph, name, shape, .floats(randomArray(shape.count, seed: seed &+ stableHash(name))))
        }
        var values = [leaf("a", [rows, columns]), leaf("b", [rows, columns])]
        let small = [leaf("row", [columns]), leaf("column", [rows, 1]), leaf("number", [])]
        for _ in 0..<random.next(20) + 2 {
            let (x, y) = (random.choose(values), random.choose(random.next(3) == 0 ? small : values))
            let drawn: Value
            switch random.next(12) {
            case 0: drawn = x + y
            case 1: drawn = y - x
            case 2: drawn = x * y
            case 3: drawn = x.maximum(y)
            case 4: drawn = x / (y.square() + 1)
            case 5: drawn = 0.5 * x - 0.25
            case 6: drawn = x.activation(random.choose([.relu, .gelu, .silu, .tanh, .sigmoid]))
            case 7: drawn = x.dropout(0.25, stream: UInt64(random.next(3)))
            case 8: drawn = random.choose([-x, x.absoluteValue(), x.sign(), x.greaterThanZero()])
            case 9: drawn = x.reshaped([rows * columns]).reshaped([rows, columns])
            case 10: drawn = random.choose(small).broadcast(to: [rows, columns])
            default: drawn = x.stoppingGradient() * x.rowSums(scale: 0.25)
            }
            // Mostly the latest, so that chains grow.
            values.append(drawn)
            values.append(drawn)
        }
        outputs = [values[values.count - 1], random.choose(values)]
        let cotangents = (0..<3).map { leaf("cotangent \($0)", [rows, columns]) }
        let targets = Array(values[0..<2]) + small
        gradients = try graph.gradients(of: outputs[0], withRespectTo: targets, cotangent: cotangents[0])
            .compactMap { $0 }
        let together = try graph.gradients(
            of: Array(repeating: outputs[0], count: 3), withRespectTo: targets, cotangents: cotangents)
        gradients += together.compactMap { $0 }.flatMap { gradient in gradient.tasks.compactMap { gradient[$0] } }
    }
}
