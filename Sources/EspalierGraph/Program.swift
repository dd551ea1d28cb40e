import EspalierKernels
import EspalierTensor

/// A compiled graph: kernel calls with their operands in place. A run allocates nothing, takes no lock and looks nothing
/// up. One program serves one thread at a time.
public final class Program {
    private let stages: [[Step]]
    private let origins: [Origin]
    private let graph: Graph
    private let backend: any Backend
    private let operands: [Int: Operand]
    private let step: AlignedBuffer
    private let accumulators: [UnsafeMutableBufferPointer<Float>]
    /// What the calls' pointers point into.
    private let memory: [AnyObject]
    /// Bytes of the arena that holds all values between the leaves and the outputs.
    public let arenaByteCount: Int

    init(
        graph: Graph, stages: [[Step]], origins: [Origin], backend: any Backend,
        arena: AlignedBuffer, accumulators: [UnsafeMutableBufferPointer<Float>], step: AlignedBuffer,
        kept: [AnyObject], operands: [Int: Operand]
    ) {
        self.graph = graph
        self.stages = stages
        self.origins = origins
        self.backend = backend
        self.operands = operands
        self.step = step
        self.accumulators = accumulators
        memory = [arena] + kept
        arenaByteCount = arena.byteCount
    }

    /// What a kernel call stands for.
    struct Origin {
        /// The nodes it computes, the stored one last.
        let nodes: [Int]
        /// Where its result lies: at a byte of the arena, or in a slab.
        let buffer: String
    }

    /// How often the program has run its first stage: what dropout draws by.
    public var stepCount: UInt64 = 0

    /// Computes all outputs and gradients from the present inputs and parameters.
    ///
    /// - Throws: `KernelError.indexOutOfRange` for a target or id out of range. Values are then partly old.
    public func run() throws(KernelError) {
        for stage in stages.indices { try run(stage: stage) }
    }

    /// Computes one stage, as `Graph.stage` has cut them. The caller runs them in order; what an earlier one has computed
    /// holds until the first runs again.
    public func run(stage: Int) throws(KernelError) {
        if stage == 0 { step.pointer.storeBytes(of: stepCount, as: UInt64.self) }
        let steps = stages[stage]
        for index in steps.indices {
            switch steps[index] {
            case .call(let call): try backend.run(call)
            case .branches(let branches): try backend.run(branches)
            }
        }
        if stage == 0 { stepCount &+= 1 }
    }

    /// Sets to zero what is summed over runs.
    public func clearAccumulators() {
        for sum in accumulators { sum.update(repeating: 0) }
    }

    /// How many stages a run has.
    public var stageCount: Int { stages.count }

    /// Kernel calls in a run.
    public var callCount: Int { origins.count }

    /// Where an input is set. Kept by the caller, so that a run needs no look-up.
    public func input(_ value: Value) -> ProgramInput {
        ProgramInput(operand(value, role: "input"), type: value.node.type, owner: self)
    }

    /// An input by its name; nil if the program does not use it.
    public func input(named name: String) -> ProgramInput? {
        graph.inputs.first { input in
            if case .input(let leaf) = input.node.operation { return leaf.name == name && operands[input.id] != nil }
            return false
        }.map(input(_:))
    }

    /// Where an output is read.
    public func output(_ value: Value) -> ProgramOutput {
        ProgramOutput(operand(value, role: "output"), owner: self)
    }

    private func operand(_ value: Value, role: String) -> Operand {
        guard value.graph === graph, let operand = operands[value.id] else {
            fatalError("[program] node \(value.id) is no \(role) of this program")
        }
        return operand
    }

    /// A table of the kernel calls: number, layer, kernel, the result's shape, floating-point operations, bytes that
    /// have to move at least, where the result lies, and the operations that one call does together; a line of totals.
    /// What several calls of a kernel compute, lane by lane and a block of rows at a time, is one line with their numbers
    /// and their sums.
    public func describe() -> String {
        var table = TextTable(
            ["", "layer", "kernel", "result", "flops", "bytes", "buffer", "fused"],
            alignments: [.right, .left, .left, .left, .right, .right, .left, .left])
        let calls = stages.joined().flatMap(\.calls)
        var start = 0
        while start < calls.count {
            let (name, origin) = (calls[start].name, origins[start])
            let end = calls.indices[start...].first { origins[$0].nodes != origin.nodes || calls[$0].name != name }
            let range = start..<(end ?? calls.count)
            let result = graph.nodes[origin.nodes[origin.nodes.count - 1]]
            let names = origin.nodes.map { graph.nodes[$0].operation.rule.name }
            let (flops, bytes) = Self.work(of: calls[range])
            table.append([
                range.count == 1 ? "\(start)" : "\(start)-\(range.upperBound - 1)", result.path, name, result.shapeText,
                "\(flops)", "\(bytes)", origin.buffer, names.count > 1 ? names.joined(separator: " + ") : "",
            ])
            start = range.upperBound
        }
        let (flops, bytes) = Self.work(of: calls[...])
        table.append(["", "", "\(calls.count) calls", "", "\(flops)", "\(bytes)", "arena of \(arenaByteCount)", ""])
        return table.rendered()
    }

    private static func work(of calls: ArraySlice<KernelCall>) -> (flops: Int, bytes: Int) {
        calls.reduce((0, 0)) { ($0.0 + $1.flops, $0.1 + $1.bytes) }
    }
}
