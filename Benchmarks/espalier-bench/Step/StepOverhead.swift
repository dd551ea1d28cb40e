import Espalier

/// What a step costs besides its kernels: before the first, its graph drawn, derived and compiled; then, in every step,
/// the way from call to call.
struct StepOverhead {
    let example: StepCase
    let calls: Int
    /// Seconds: a graph from nothing to a program, memory for its values included; that of the parameters is there.
    let compiling: Double
    /// The same with the Gram matrices of the tasks' gradients.
    let compilingBalanced: Double
    /// Seconds of a step whose kernels do nothing: a batch's rows copied, a call of the backend for each kernel.
    let step: Double
    /// Seconds of the program's part of it: nothing but the calls.
    let program: Double

    init(of example: StepCase, rounds: Int) throws {
        self.example = example
        let backend = IdleBackend()
        let drawn = try DrawnStep(example, on: backend)
        calls = drawn.program.callCount
        let step = try PreparedStep(example, on: backend)
        let seconds = try RoundRobin(rounds: rounds, threads: 1).measure([
            Contestant(name: "compile") { _ = try DrawnStep(example, on: backend, slabs: drawn.slabs) },
            Contestant(name: "compile balanced") {
                _ = try DrawnStep(example, on: backend, slabs: drawn.slabs, level: .gram)
            },
            Contestant(name: "step") { try step.run() },
            Contestant(name: "program") { try drawn.program.run() },
        ])
        let medians = seconds.map(\.median)
        (compiling, compilingBalanced, self.step, program) = (medians[0], medians[1], medians[2], medians[3])
    }

    static func table(_ overheads: [StepOverhead]) -> String {
        var table = TextTable(
            [
                "step", "calls", "draw and compile, µs", "with Gram matrices, µs", "step without kernels, µs",
                "its program, µs",
            ],
            alignments: [.left] + Array(repeating: .right, count: 5))
        for overhead in overheads {
            table.append([
                overhead.example.name, "\(overhead.calls)", number(overhead.compiling * 1e6),
                number(overhead.compilingBalanced * 1e6), number(overhead.step * 1e6), number(overhead.program * 1e6),
            ])
        }
        return table.rendered()
    }
}

/// Carries out nothing.
private struct IdleBackend: Backend {
    let name = "idle"
    let threads = 1

    func run(_ call: KernelCall) throws(KernelError) {}
}

/// A case drawn by hand, layer by layer.
private struct DrawnStep {
    typealias Slabs = (parameters: ParameterSlab, gradients: ParameterSlab)

    let program: Program
    let slabs: Slabs

    /// - Parameters:
    ///   - slabs: of the same case; made if nil.
    ///   - level: of the tasks' gradients; nil for that of the losses' sum.
    init(_ example: StepCase, on backend: any Backend, slabs: Slabs? = nil, level: GradientLevel? = nil) throws {
        let graph = Graph()
        var hidden = graph.input("x", [example.batch, example.inputWidth])
        for (index, width) in example.trunk.enumerated() {
            hidden = graph.scope("trunk.\(index)") { dense(hidden, width).relu() }
        }
        let losses = example.heads.enumerated().map { index, classes in
            graph.scope("head.\(index)") {
                dense(hidden, classes).crossEntropy(graph.input("target.\(index)", [example.batch], type: .int32))
            }
        }
        let balanced = try level.map {
            try graph.balancedGradients(of: losses, withRespectTo: graph.parameters, level: $0)
        }
        let gradients =
            try balanced?.gradients
            ?? graph.gradients(of: losses.dropFirst().reduce(losses[0], +), withRespectTo: graph.parameters)
        if let slabs {
            self.slabs = slabs
        } else {
            let layout = ParameterLayout(of: graph)
            self.slabs = (ParameterSlab(zeros: layout), ParameterSlab(zeros: layout))
        }
        program = try graph.compile(
            outputs: losses + (balanced?.outputs ?? []), parameters: self.slabs.parameters,
            gradients: zip(gradients, self.slabs.gradients.layout.entries).map { [slab = self.slabs.gradients] in
                GradientDestination($0!, in: slab, at: $1.name)
            },
            backend: backend)
    }
}

private func dense(_ x: Value, _ width: Int) -> Value {
    let weight = x.graph.parameter("weight", [x.shape[1], width], .zeros)
    return x.matmul(weight) + x.graph.parameter("bias", [width], .zeros)
}
