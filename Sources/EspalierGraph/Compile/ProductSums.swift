import EspalierKernels

extension Graph {
    /// Units in which products that add up in one place are one call that writes there once: what several heads send into
    /// a trunk.
    func summingProducts(_ units: [Unit]) -> [Unit] {
        var units: [Unit?] = units
        var places: [Int: Int] = [:]
        for (index, unit) in units.enumerated() { places[unit!.outputs.last!] = index }
        let ways = ForwardWays(of: self)
        /// Products that are added to a sum with as many terms as one may have: they begin the next.
        var seconds: Set<Int> = []
        // Ascending, so that the sum before this one is whole.
        for index in units.indices {
            guard let unit = units[index], case .gemm(var gemm) = unit.kind, isSummable(gemm),
                let summand = gemm.summand, let place = places[summand], let before = units[place].flatMap(product),
                before.summand == nil || seconds.contains(before.output), isSummable(before),
                transposesB(before) == transposesB(gemm), areOfDifferentLosses(before, gemm, ways)
            else { continue }
            if before.earlier.count + 2 > KernelCall.GEMMSum.mostTerms {
                seconds.insert(gemm.output)
                continue
            }
            var first = before
            (first.earlier, first.summand) = ([], nil)
            gemm.earlier = before.earlier + [first]
            gemm.summand = before.summand
            let inputs = units[place]!.inputs + unit.inputs.filter { $0 != summand }
            if seconds.contains(before.output) { seconds.insert(gemm.output) }
            units[place] = nil
            units[index] = Unit(kind: .gemm(gemm), outputs: unit.outputs, inputs: inputs, stage: unit.stage)
        }
        return units.compactMap { $0 }
    }

    /// The unit's product or sum of products, if nothing has become of it.
    private func product(_ unit: Unit) -> FusedGEMM? {
        switch unit.kind {
        case .gemm(let gemm): return gemm.isGradient && gemm.slope == nil && gemm.columnSums == nil ? gemm : nil
        case .single(let id):
            guard case .matmul = nodes[id].operation else { return nil }
            return FusedGEMM(nodes: [id])
        case .chain, .loss: return nil
        }
    }

    private func transposesB(_ gemm: FusedGEMM) -> Bool {
        guard case .matmul(let matmul) = nodes[gemm.matmul].operation else { return false }
        return matmul.transposeB
    }

    /// A sum pays where reading and writing C costs more than the product: from heads of few outputs. Those of 10 classes
    /// or more gain nothing.
    private func isSummable(_ gemm: FusedGEMM) -> Bool {
        let node = nodes[gemm.matmul]
        guard gemm.isGradient, case .matmul(let matmul) = node.operation else { return false }
        let outputs = nodes[node.inputs[0]].shape[1]
        return node.lanes == 1 && node.shape[1] > 64 && outputs <= 4 && !matmul.transposeA
    }

    /// Is each product what another loss sends back, of one task alone?
    ///
    /// A sum of products rounds otherwise than products that are added, as those of one task are in the sweep of all. So
    /// what a task sends two ways is never summed.
    private func areOfDifferentLosses(_ before: FusedGEMM, _ last: FusedGEMM, _ ways: ForwardWays) -> Bool {
        let losses = (before.earlier + [before, last]).map { gemm -> Int? in
            guard case .lossGradient(let gradient) = nodes[nodes[gemm.matmul].inputs[0]].operation else { return nil }
            return ways.hasOneEnd(from: gradient.loss) ? gradient.loss : nil
        }
        return !losses.contains(nil) && Set(losses).count == losses.count
    }
}

/// Who uses the values that a user drew.
private struct ForwardWays {
    private var users: [Int]
    private var userCount: [Int]

    init(of graph: Graph) {
        users = Array(repeating: -1, count: graph.nodes.count)
        userCount = Array(repeating: 0, count: graph.nodes.count)
        for (id, node) in graph.nodes.enumerated() where !node.isGradient {
            for input in node.inputs { (users[input], userCount[input]) = (id, userCount[input] + 1) }
        }
    }

    /// Does all that is made from the value come together in one? So that it is a part of one task's loss.
    func hasOneEnd(from id: Int) -> Bool {
        var id = id
        while userCount[id] == 1 { id = users[id] }
        return userCount[id] == 0
    }
}
