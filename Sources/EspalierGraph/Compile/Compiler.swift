import EspalierKernels
import EspalierTensor

/// Where a gradient is to be written: into a slab, at the place of a parameter.
public struct GradientDestination {
    let value: Value
    let slab: ParameterSlab
    let name: String

    /// The value, of the shape of the slab's parameter `name`, is written there at every run.
    public init(_ value: Value, in slab: ParameterSlab, at name: String) {
        (self.value, self.slab, self.name) = (value, slab, name)
    }
}

/// What compiling may do; both are on unless a test compares.
public struct CompileOptions: Sendable {
    /// Fuse epilogues into products, and losses with their gradients.
    public var fuses = true
    /// Let values whose lifetimes do not meet share memory.
    public var reusesMemory = true

    public init() {}
}

extension Graph {
    /// Turns the graph into a program: dead nodes dropped, epilogues fused, every value placed, kernels chosen.
    ///
    /// - Parameters:
    ///   - outputs: values to be read after a run.
    ///   - parameters: must hold every parameter that the outputs and gradients depend on.
    ///   - gradients: values to be written into slabs.
    ///   - backend: carries out the kernel calls.
    ///   - seed: of dropout.
    /// - Throws: `GraphError.parameterMismatch`.
    public func compile(
        outputs: [Value], parameters: ParameterSlab, gradients: [GradientDestination] = [], backend: any Backend,
        seed: UInt64 = 0, options: CompileOptions = CompileOptions()
    ) throws(GraphError) -> Program {
        require(
            (outputs + gradients.map(\.value)).allSatisfy { $0.graph === self },
            "[compile] an output or gradient belongs to another graph")
        let compiler = Compiler(graph: self, outputs: outputs, gradients: gradients, options: options)
        return try compiler.program(parameters: parameters, backend: backend, seed: seed)
    }
}

/// The steps of `Graph.compile`, in the order of the methods.
private struct Compiler {
    let graph: Graph
    let outputs: [Value]
    let gradients: [GradientDestination]
    let options: CompileOptions
    let live: [Bool]
    let home: MemoryHomes
    let units: [Unit]

    init(graph: Graph, outputs: [Value], gradients: [GradientDestination], options: CompileOptions) {
        self.graph = graph
        self.outputs = outputs
        self.gradients = gradients
        self.options = options
        let roots = (outputs + gradients.map(\.value)).map(\.id)
        live = graph.live(for: roots)
        var home = MemoryHomes(graph)
        var fusion = Fusion(graph, live: live, roots: roots)
        units = schedule(fusion.units(fuse: options.fuses), nodeCount: graph.nodes.count) { [home] in home[$0] }
        for unit in units {
            if case .gemm(let gemm) = unit.kind, let residual = gemm.residual {
                home.place(gemm.output, inMemoryOf: residual)
            }
        }
        if options.reusesMemory { home.computeInPlace(units, of: graph, kept: roots) }
        self.home = home
    }

    func program(
        parameters: ParameterSlab, backend: any Backend, seed: UInt64
    ) throws(GraphError) -> Program {
        var memory: [Int: UnsafeMutableRawPointer] = [:]
        try placeParameters(in: parameters, &memory)
        let constants = placeLeaves(&memory)
        let copies = placeGradients(besides: parameters, &memory)
        let plan = MemoryPlan(lifetimes(except: memory), reuse: options.reusesMemory)
        let arena = AlignedBuffer(byteCount: plan.byteCount)
        for (value, offset) in plan.offsets { memory[value] = arena.pointer + offset }

        let step = AlignedBuffer(byteCount: MemoryLayout<UInt64>.stride)
        let randomness = Randomness(seed: seed, step: UnsafePointer(step.pointer.assumingMemoryBound(to: UInt64.self)))
        func operand(_ id: Int) -> Operand {
            guard let pointer = memory[home[id]] else { fatalError("[compile] node \(id) has no memory") }
            return Operand(pointer: pointer, shape: graph.nodes[id].shape)
        }
        var calls: [KernelCall] = []
        var origins: [Program.Origin] = []
        for unit in units {
            let lowered = lower(unit, operand, randomness)
            calls += lowered
            let buffer = plan.offsets[home[unit.outputs.last!]].map { "arena \($0)" } ?? "slab"
            origins += lowered.map { _ in Program.Origin(nodes: unit.nodes, buffer: buffer) }
        }
        for destination in copies {
            let (from, to) = (operand(destination.value.id), Self.place(of: destination))
            calls.append(
                .copy(
                    .init(
                        rows: 1, columns: from.count, x: Matrix(from.floats, leadingDimension: max(from.count, 1)),
                        y: Matrix(to.assumingMemoryBound(to: Float.self), leadingDimension: max(from.count, 1)))))
            origins.append(Program.Origin(nodes: [destination.value.id], buffer: "slab"))
        }
        let inputs = graph.inputs.filter { live[$0.id] }
        return Program(
            graph: graph, calls: calls, origins: origins, backend: backend, arena: arena, constants: constants,
            step: step, slabs: [parameters] + gradients.map(\.slab),
            operands: Dictionary(
                (outputs + inputs).map { ($0.id, operand($0.id)) }, uniquingKeysWith: { first, _ in first }))
    }

    // MARK: Memory

    private func placeParameters(
        in slab: ParameterSlab, _ memory: inout [Int: UnsafeMutableRawPointer]
    ) throws(GraphError) {
        for value in graph.parameters where live[value.id] {
            guard case .parameter(let parameter) = value.node.operation else { continue }
            guard let entry = slab.layout[parameter.name] else {
                throw .parameterMismatch(name: parameter.name, detail: "not in the slab")
            }
            guard entry.shape == parameter.shape else {
                throw .parameterMismatch(
                    name: parameter.name, detail: "\(parameter.shape) in the graph, \(entry.shape) in the slab")
            }
            memory[value.id] = UnsafeMutableRawPointer(slab.buffer.floats.baseAddress! + entry.offset)
        }
    }

    /// Inputs and constants keep memory of their own between runs.
    private func placeLeaves(_ memory: inout [Int: UnsafeMutableRawPointer]) -> [AlignedBuffer] {
        graph.nodes.indices.filter { live[$0] }.compactMap { id in
            let node = graph.nodes[id]
            let buffer: AlignedBuffer
            switch node.operation {
            case .input: buffer = AlignedBuffer(byteCount: node.shape.count * 4)
            case .constant(let constant):
                buffer = AlignedBuffer(byteCount: node.shape.count * 4)
                constant.tensor.withUnsafeBuffer { _ = buffer.floats.update(fromContentsOf: $0) }
            default: return nil
            }
            memory[id] = buffer.pointer
            return buffer
        }
    }

    /// Gives computed gradients their slab's memory, and returns those that must be copied there instead, at the end: a
    /// value that is a leaf, an output read elsewhere, wanted in two places, or meant for the parameters themselves.
    private func placeGradients(
        besides parameters: ParameterSlab, _ memory: inout [Int: UnsafeMutableRawPointer]
    ) -> [GradientDestination] {
        let outputHomes = Set(outputs.map { home[$0.id] })
        var names: [ObjectIdentifier: Set<String>] = [:]
        return gradients.filter { destination in
            let (value, place) = (home[destination.value.id], Self.place(of: destination))
            let isNew = names[ObjectIdentifier(destination.slab), default: []].insert(destination.name).inserted
            require(isNew, "[compile] two gradients for \(destination.name) in one slab")
            if memory[value] != nil || outputHomes.contains(value) || destination.slab === parameters { return true }
            memory[value] = place
            return false
        }
    }

    private static func place(of destination: GradientDestination) -> UnsafeMutableRawPointer {
        guard let entry = destination.slab.layout[destination.name], entry.shape == destination.value.shape else {
            fatalError("[compile] no parameter \(destination.name) of shape \(destination.value.shape)")
        }
        return UnsafeMutableRawPointer(destination.slab.buffer.floats.baseAddress! + entry.offset)
    }

    private func lifetimes(except placed: [Int: UnsafeMutableRawPointer]) -> [Lifetime] {
        var lifetimes: [Int: Lifetime] = [:]
        for (time, unit) in units.enumerated() {
            for output in unit.outputs where placed[home[output]] == nil && lifetimes[home[output]] == nil {
                lifetimes[home[output]] = Lifetime(
                    value: home[output], byteCount: graph.nodes[output].shape.count * 4, first: time, last: time)
            }
            for used in unit.inputs + unit.outputs { lifetimes[home[used]]?.last = time }
        }
        for value in outputs + gradients.map(\.value) { lifetimes[home[value.id]]?.last = units.count }
        return Array(lifetimes.values)
    }

    // MARK: Kernel calls

    private func lower(_ unit: Unit, _ operand: (Int) -> Operand, _ randomness: Randomness) -> [KernelCall] {
        switch unit.kind {
        case .single(let id):
            let node = graph.nodes[id]
            let site = KernelSite(inputs: node.inputs.map(operand), output: operand(id), randomness: randomness)
            return node.operation.rule.kernels(at: site)
        case .gemm(let fused):
            let node = graph.nodes[fused.matmul]
            guard case .matmul(let matmul) = node.operation else { fatalError("[compile] not a product") }
            var call = matmul.call(
                a: operand(node.inputs[0]), b: operand(node.inputs[1]), c: operand(fused.output))
            call.bias = fused.bias.map { operand($0).floats }
            call.activation = fused.activation
            call.beta = fused.residual == nil ? 0 : 1
            return [.gemm(call)]
        case .loss(let loss, let gradient):
            guard case .loss(let operation) = graph.nodes[loss].operation else {
                fatalError("[compile] no loss")
            }
            let inputs = graph.nodes[gradient].inputs.map(operand)
            return [
                operation.kind.call(
                    inputs.dropLast(), cotangent: inputs.last, loss: operand(loss), gradient: operand(gradient))
            ]
        }
    }
}
