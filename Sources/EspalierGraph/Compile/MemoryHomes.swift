/// In whose memory a value lies: its own, or that of a value it is an alias of or is computed in place of.
struct MemoryHomes {
    /// For every node, the node it shares memory with, or itself.
    private var parent: [Int]

    /// Aliases alone.
    init(_ graph: Graph) {
        parent = graph.nodes.indices.map { id in
            graph.nodes[id].operation.rule.isAlias ? graph.nodes[id].inputs[0] : id
        }
    }

    subscript(id: Int) -> Int {
        var home = id
        while parent[home] != home { home = parent[home] }
        return home
    }

    /// From now on the value and its aliases lie where the operand lies.
    mutating func place(_ value: Int, inMemoryOf operand: Int) { parent[value] = self[operand] }
}

extension MemoryHomes {
    /// Lets units write over operands that are computed before and read never again: half the memory that a step of a deep
    /// chain touches.
    ///
    /// - Parameters:
    ///   - units: in their order of execution.
    ///   - kept: nodes whose values are wanted after the last unit.
    mutating func computeInPlace(_ units: [Unit], of graph: Graph, kept: [Int]) {
        var lastUse = [Int](repeating: -1, count: graph.nodes.count)
        for (time, unit) in units.enumerated() {
            for id in unit.inputs + unit.outputs { lastUse[self[id]] = time }
        }
        for id in kept { lastUse[self[id]] = units.count }
        let isComputed = graph.nodes.map { !($0.operation.rule is any LeafRule) }

        for (time, unit) in units.enumerated() {
            guard let output = unit.outputs.last, self[output] == output else { continue }
            let shape = graph.nodes[output].shape
            let operand = unit.overwritable(in: graph).first { candidate in
                let home = self[candidate]
                return isComputed[home] && lastUse[home] == time && graph.nodes[candidate].shape == shape
                    && unit.inputs.count { self[$0] == home } == 1
            }
            guard let operand else { continue }
            lastUse[self[operand]] = lastUse[output]
            place(output, inMemoryOf: operand)
        }
    }
}

extension Unit {
    /// Nodes that the kernel may write the unit's last output over.
    fileprivate func overwritable(in graph: Graph) -> [Int] {
        if case .gemm = kind { return [] }
        let node = graph.nodes[outputs[outputs.count - 1]]
        return node.operation.rule.overwritable.map { node.inputs[$0] }
    }
}
