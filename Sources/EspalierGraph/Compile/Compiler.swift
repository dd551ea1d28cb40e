import EspalierKernels
import EspalierTensor

/// What compiling may do; what is public is on unless a test compares.
public struct CompileOptions: Sendable {
    /// Fuse epilogues into products, elementwise operations with one another, and losses with their gradients. On our own
    /// kernels that changes no bit.
    public var fuses = true
    /// Let values whose lifetimes do not meet share memory.
    public var reusesMemory = true
    /// For tests on small graphs: join the products of one A also where that does not pay.
    var joinsAllSiblings = false

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
        let compiler = Compiler(
            graph: self, outputs: outputs, gradients: gradients, options: options, branches: backend.threads > 1)
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
    let branches: Branches
    private var units: [Unit] { branches.units }

    /// - Parameter branches: may units run at the same time?
    init(
        graph: Graph, outputs: [Value], gradients: [GradientDestination], options: CompileOptions, branches: Bool
    ) {
        self.graph = graph
        self.outputs = outputs
        self.gradients = gradients
        self.options = options
        let roots = (outputs + gradients.map(\.value)).map(\.id)
        live = graph.live(for: roots)
        var fusion = Fusion(graph, live: live, roots: roots)
        var home = MemoryHomes(graph)
        let units = schedule(
            fusion.units(options), nodeCount: graph.nodes.count,
            overwritten: { $0.overwrittenLanes(in: graph) }, root: { [home] in home[$0][0].node })
        self.branches =
            branches ? Branches(of: units, in: graph) { [home] in home[$0][0].node } : Branches(serial: units)
        home.computeInStacks(live: live, except: Set(gradients.map(\.value.id)))
        if options.reusesMemory { home.computeInPlace(self.branches, kept: roots) }
        self.home = home
    }

    func program(
        parameters: ParameterSlab, backend: any Backend, seed: UInt64
    ) throws(GraphError) -> Program {
        var memory: [Int: [UnsafeMutableRawPointer]] = [:]
        try placeParameters(in: parameters, &memory)
        let constants = placeLeaves(&memory)
        let copies = placeGradients(besides: parameters, &memory)
        let (sums, accumulators) = placeAccumulators(&memory)
        let plan = MemoryPlan(lifetimes(except: memory), reuse: options.reusesMemory)
        let arena = AlignedBuffer(byteCount: plan.byteCount)
        for (value, offset) in plan.offsets where value >= 0 {
            let node = graph.nodes[value]
            memory[value] = (0..<node.lanes).map { arena.pointer + offset + $0 * node.shape.count * 4 }
        }

        let step = AlignedBuffer(byteCount: MemoryLayout<UInt64>.stride)
        let site = SiteMaker(
            graph: graph, memory: memory, home: home,
            randomness: Randomness(
                seed: seed, step: UnsafePointer(step.pointer.assumingMemoryBound(to: UInt64.self)))
        ) { id in plan.offsets[scratchKey(id)].map { (arena.pointer + $0).assumingMemoryBound(to: Float.self) } }
        var steps: [[Program.Step]] = []
        var origins: [Program.Origin] = []
        let lastStage = (units.map(\.stage) + copies.map(\.value.node.stage)).max() ?? 0
        for stage in 0...lastStage {
            var stageSteps = Program.Steps()
            for (unit, branch) in zip(units, branches.branch) where unit.stage == stage {
                let lowered = unit.calls(at: site)
                stageSteps.append(lowered, branch: branch)
                let buffer = plan.offsets[home[unit.outputs.last!][0].node].map { "arena \($0)" } ?? "slab"
                origins += lowered.map { _ in Program.Origin(nodes: unit.nodes, buffer: buffer) }
            }
            for destination in copies where stage == destination.value.node.stage {
                let lowered = copy(site.operand(destination.value.id), to: destination.places)
                stageSteps.append(lowered, branch: nil)
                origins += lowered.map { _ in Program.Origin(nodes: [destination.value.id], buffer: "slab") }
            }
            steps.append(stageSteps.steps(threads: backend.threads))
        }
        let inputs = graph.inputs.filter { live[$0.id] }
        return Program(
            graph: graph, stages: steps, origins: origins, backend: backend, arena: arena,
            accumulators: accumulators, step: step, kept: constants + sums + [parameters] + gradients.map(\.owner),
            operands: Dictionary(
                (outputs + inputs).map { ($0.id, site.operand($0.id)) }, uniquingKeysWith: { first, _ in first }))
    }

    // MARK: Memory

    private func placeParameters(
        in slab: ParameterSlab, _ memory: inout [Int: [UnsafeMutableRawPointer]]
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
            memory[value.id] = [slab.place(of: parameter.name, shape: parameter.shape)]
        }
    }

    /// Inputs and constants keep memory of their own between runs.
    private func placeLeaves(_ memory: inout [Int: [UnsafeMutableRawPointer]]) -> [AlignedBuffer] {
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
            memory[id] = [buffer.pointer]
            return buffer
        }
    }

    /// Gives computed gradients their slab's memory, and returns those that must be copied there instead, at the end: a
    /// value that is a leaf, an output read elsewhere, wanted in two places, a part of another value, or meant for the
    /// parameters themselves.
    private func placeGradients(
        besides parameters: ParameterSlab, _ memory: inout [Int: [UnsafeMutableRawPointer]]
    ) -> [GradientDestination] {
        let outputHomes = Set(outputs.flatMap { home[$0.id].map(\.node) })
        var names: [ObjectIdentifier: Set<String>] = [:]
        return gradients.filter { destination in
            let isNew = names[ObjectIdentifier(destination.owner), default: []].insert(destination.name).inserted
            require(isNew, "[compile] two gradients for \(destination.name) in one slab")
            guard let owner = home.owner(of: destination.value.id), memory[owner] == nil,
                !outputHomes.contains(owner), destination.owner !== parameters
            else { return true }
            memory[owner] = destination.places
            return false
        }
    }

    /// Sums over runs keep their memory too, in a slab or of their own.
    private func placeAccumulators(
        _ memory: inout [Int: [UnsafeMutableRawPointer]]
    ) -> (own: [AlignedBuffer], all: [UnsafeMutableBufferPointer<Float>]) {
        var own: [AlignedBuffer] = []
        var all: [UnsafeMutableBufferPointer<Float>] = []
        for id in graph.nodes.indices where live[id] {
            let node = graph.nodes[id]
            guard case .accumulate = node.operation else { continue }
            if memory[id] == nil {
                let buffer = AlignedBuffer(floats: node.lanes * node.shape.count)
                own.append(buffer)
                memory[id] = (0..<node.lanes).map { buffer.pointer + $0 * node.shape.count * 4 }
            }
            all += memory[id]!.map {
                UnsafeMutableBufferPointer(start: $0.assumingMemoryBound(to: Float.self), count: node.shape.count)
            }
        }
        return (own, all)
    }

    private func lifetimes(except placed: [Int: [UnsafeMutableRawPointer]]) -> [Lifetime] {
        var lifetimes: [Int: Lifetime] = [:]
        for (time, unit) in zip(branches.times, units) {
            for owner in Set(unit.outputs.flatMap { home[$0].map(\.node) })
            where placed[owner] == nil && lifetimes[owner] == nil {
                let node = graph.nodes[owner]
                lifetimes[owner] = Lifetime(
                    value: owner, byteCount: node.lanes * node.shape.count * 4, first: time, last: time)
            }
            for used in unit.inputs + unit.outputs {
                for slot in home[used] { lifetimes[slot.node]?.last = time }
            }
            if let scratch = scratchCount(of: unit), scratch.count > 0 {
                let key = scratchKey(scratch.node)
                lifetimes[key] = Lifetime(value: key, byteCount: scratch.count * 4, first: time, last: time)
            }
        }
        for value in outputs + gradients.map(\.value) {
            for slot in home[value.id] { lifetimes[slot.node]?.last = units.count }
        }
        return Array(lifetimes.values)
    }

    private func scratchCount(of unit: Unit) -> (node: Int, count: Int)? {
        guard case .single(let id) = unit.kind else { return nil }
        let node = graph.nodes[id]
        let inPlace = node.inputs.contains { home[$0] == home[id] }
        return (id, node.operation.rule.scratchCount(for: node.inputs.map { graph.nodes[$0] }, inPlace: inPlace))
    }

    // MARK: Kernel calls

    private func copy(_ value: Operand, to places: [UnsafeMutableRawPointer]) -> [KernelCall] {
        places.indices.map { lane in
            let (x, y) = (value.lane(lane), Operand(lanes: [places[lane]], shape: value.shape))
            return .copy(.init(rows: x.rows, columns: x.columns, x: x.matrix, y: y.matrix))
        }
    }
}

/// Where a node's scratch stands among the lifetimes.
private func scratchKey(_ id: Int) -> Int { -1 - id }
