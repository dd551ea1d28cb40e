/// One lane of a value's memory.
struct Slot: Hashable {
    /// The node that the memory belongs to.
    let node: Int
    let lane: Int
}

/// In whose memory each lane of a value lies: in its own, or in that of a value it is an alias of, is computed in place
/// of, or is a part of.
struct MemoryHomes {
    private let graph: Graph
    /// By node, where its lanes lie instead of in memory of its own.
    private var moved: [Int: [Slot]] = [:]

    /// Aliases alone.
    init(_ graph: Graph) {
        self.graph = graph
        for (id, node) in graph.nodes.enumerated() where node.operation.rule.isAlias {
            let lanes = lanes(of: node.inputs[0])
            if case .lane(let lane) = node.operation {
                moved[id] = [lanes[lane.index]]
            } else {
                moved[id] = lanes
            }
        }
    }

    subscript(id: Int) -> [Slot] { moved[id].map { $0.map(home) } ?? lanes(of: id) }

    /// The node whose memory holds this one's lanes just so; nil if they lie otherwise.
    func owner(of id: Int) -> Int? {
        let slots = self[id]
        return slots == lanes(of: slots[0].node) ? slots[0].node : nil
    }

    /// From now on the value and its aliases lie where the operand lies.
    private mutating func place(_ value: Int, inMemoryOf operand: Int) { moved[value] = self[operand] }

    private func home(_ slot: Slot) -> Slot { moved[slot.node].map { home($0[slot.lane]) } ?? slot }

    private func lanes(of id: Int) -> [Slot] { (0..<graph.nodes[id].lanes).map { Slot(node: id, lane: $0) } }
}

extension MemoryHomes {
    /// Lets what is stacked be computed in the stack, where it alone makes a lane.
    ///
    /// - Parameter kept: nodes whose memory is given.
    mutating func computeInStacks(live: [Bool], except kept: Set<Int>) {
        for (id, node) in graph.nodes.enumerated() where live[id] {
            guard case .stack(let stack) = node.operation else { continue }
            for (operand, input) in node.inputs.enumerated() {
                guard let owner = owner(of: input), !kept.contains(owner), !graph.nodes[owner].keepsMemory else {
                    continue
                }
                let places = (0..<graph.nodes[owner].lanes).compactMap { lane in
                    stack.sources.firstIndex { $0 == [.init(operand: operand, lane: lane)] }
                }
                if places.count == graph.nodes[owner].lanes {
                    moved[owner] = places.map { Slot(node: id, lane: $0) }
                }
            }
        }
    }

    /// Lets units write over operands that are computed before and read never again: half the memory that a step of a deep
    /// chain touches.
    ///
    /// - Parameters:
    ///   - branches: units in their order of execution. What several branches read is not overwritten.
    ///   - kept: nodes whose values are wanted after the last unit.
    mutating func computeInPlace(_ branches: Branches, kept: [Int]) {
        let units = branches.units
        var readers = [Set<Int>](repeating: [], count: graph.nodes.count)
        for (unit, branch) in zip(units, branches.branch) {
            guard let branch else { continue }
            for slot in unit.inputs.flatMap({ self[$0] }) { readers[slot.node].insert(branch) }
        }
        var lastUse = [Int](repeating: -1, count: graph.nodes.count)
        for (time, unit) in units.enumerated() {
            for id in unit.inputs + unit.outputs {
                for slot in self[id] { lastUse[slot.node] = time }
            }
        }
        for id in kept {
            for slot in self[id] { lastUse[slot.node] = units.count }
        }

        for (time, unit) in units.enumerated() {
            guard let output = unit.outputs.last, owner(of: output) == output else { continue }
            let node = graph.nodes[output]
            if node.keepsMemory { continue }
            let operand = unit.overwritable(in: graph).first { candidate in
                let (owners, operand) = (Set(self[candidate].map(\.node)), graph.nodes[candidate])
                return operand.shape == node.shape && operand.lanes == node.lanes
                    && owners.allSatisfy {
                        !graph.nodes[$0].keepsMemory && lastUse[$0] == time && readers[$0].count <= 1
                    }
                    && unit.inputs.count { self[$0].contains { owners.contains($0.node) } } == 1
            }
            guard let operand else { continue }
            for slot in self[operand] {
                lastUse[slot.node] = max(lastUse[slot.node], lastUse[output])
                readers[slot.node].formUnion(readers[output])
            }
            place(output, inMemoryOf: operand)
        }
    }
}

extension Graph.Node {
    /// Whether its memory outlives a run: a leaf's, and a sum's over runs.
    var keepsMemory: Bool {
        if case .accumulate = operation { return true }
        return operation.rule is any LeafRule
    }
}

extension Unit {
    /// The operand of several lanes that the kernel may write the unit's last output over, if there is one.
    func overwrittenLanes(in graph: Graph) -> Int? {
        let output = graph.nodes[outputs[outputs.count - 1]]
        guard output.lanes > 1 else { return nil }
        return overwritable(in: graph).first { graph.nodes[$0].lanes == output.lanes }
    }

    /// Nodes that the kernel may write the unit's last output over.
    fileprivate func overwritable(in graph: Graph) -> [Int] {
        switch kind {
        case .gemm, .siblings: return []
        case .chain(let chain): return chain.operands
        case .single, .loss:
            let node = graph.nodes[outputs[outputs.count - 1]]
            return node.operation.rule.overwritable(of: node.inputs.map { graph.nodes[$0] }).map { node.inputs[$0] }
        }
    }
}
