import EspalierKernels
import EspalierTensor
import EspalierTestSupport

@testable import EspalierGraph

/// What an input is set to.
enum Contents: Sendable {
    case floats([Float])
    case indices([Int32])
}

/// A graph's inputs with their numbers.
struct Feed {
    var contents: [(input: Value, contents: Contents)] = []

    /// Draws an input and notes its numbers.
    mutating func draw(_ graph: Graph, _ name: String, _ shape: Shape, _ contents: Contents) -> Value {
        let type: Graph.ScalarType =
            switch contents {
            case .floats: .float32
            case .indices: .int32
            }
        let value = graph.input(name, shape, type: type)
        self.contents.append((value, contents))
        return value
    }

    /// Sets all inputs that the program uses.
    func set(_ program: Program) {
        for (value, contents) in contents {
            guard case .input(let input) = value.node.operation, let slot = program.input(named: input.name) else {
                continue
            }
            switch contents {
            case .floats(let floats): slot.set(Tensor(floats, shape: value.shape))
            case .indices(let indices): slot.set(indices)
            }
        }
    }
}

extension Graph {
    /// Compiles against parameters initialised by seed 1.
    func compile(
        _ outputs: [Value], on backend: any Backend = ReferenceBackend(), fuses: Bool = true, reusesMemory: Bool = true,
        joinsAllSiblings: Bool = false
    ) throws -> Program {
        var options = CompileOptions()
        options.fuses = fuses
        options.reusesMemory = reusesMemory
        options.joinsAllSiblings = joinsAllSiblings
        let parameters = ParameterSlab(initializing: ParameterLayout(of: self), seed: 1)
        return try compile(outputs: outputs, parameters: parameters, backend: backend, options: options)
    }

    /// Compiles, runs once, and reads all outputs.
    func evaluate(
        _ outputs: [Value], _ feed: Feed = Feed(), on backend: any Backend = ReferenceBackend(), fuses: Bool = true,
        reusesMemory: Bool = true, joinsAllSiblings: Bool = false
    ) throws -> [[Float]] {
        let program = try compile(
            outputs, on: backend, fuses: fuses, reusesMemory: reusesMemory, joinsAllSiblings: joinsAllSiblings)
        feed.set(program)
        try program.run()
        return outputs.map { program.output($0).tensor.scalars }
    }
}

/// Multiples of 2^-12 in a range: differences of such numbers have no rounding error.
func gridNumbers(_ count: Int, seed: UInt64, in range: ClosedRange<Float>) -> [Float] {
    randomArray(count, seed: seed, in: range).map { ($0 * 4096).rounded() / 4096 }
}

extension Sequence where Element == [Float] {
    var bits: [[UInt32]] { map { $0.map(\.bitPattern) } }
}
