import EspalierTensor

extension Graph {
    /// Appends the nodes that compute d(output)/d(targets) by reverse accumulation; gradients are values like any other
    /// and can be derived again where the rules allow it.
    ///
    /// - Parameters:
    ///   - output: a scalar (one element), unless a cotangent is given.
    ///   - targets: what to derive by; parameters, inputs or anything between.
    ///   - cotangent: what flows into `output`, of its shape; 1 if nil.
    /// - Returns: for each target a value of its shape; nil where `output` does not depend on it or is flat.
    /// - Throws: `GraphError.notDifferentiable`, naming the operation and its layer.
    public func gradients(
        of output: Value, withRespectTo targets: [Value], cotangent: Value? = nil
    ) throws(GraphError) -> [Value?] {
        require(
            cotangent?.shape ?? [] == (cotangent == nil ? [] : output.shape),
            "[gradients] a cotangent of shape \(cotangent?.shape ?? []) for an output of shape \(output.shape)")
        require(
            cotangent != nil || output.shape.count == 1,
            "[gradients] the output has the shape \(output.shape): derive a scalar, or give a cotangent")
        let depends = dependents(on: targets, upTo: output.id)
        guard depends[output.id] else { return targets.map { _ in nil } }

        var cotangents = [Value?](repeating: nil, count: output.id + 1)
        cotangents[output.id] = cotangent ?? constant(Tensor([1], shape: output.shape))
        let isTarget = Set(targets.map(\.id))
        for id in stride(from: output.id, through: 0, by: -1) where depends[id] {
            guard let cotangent = cotangents[id], !nodes[id].inputs.isEmpty else { continue }
            // Beyond a target that nothing else asks for, `depends` is false and the sweep ends by itself.
            let node = nodes[id]
            let needed = node.inputs.map { depends[$0] }
            if !needed.contains(true) { continue }
            let site = GradientSite(output: Value(graph: self, id: id), cotangent: cotangent, needed: needed)
            let contributions = try atPath(of: node) { () throws(GraphError) in
                try node.operation.rule.gradient(at: site)
            }
            for (operand, contribution) in zip(node.inputs, contributions) {
                guard let contribution, depends[operand] else { continue }
                require(
                    contribution.shape == nodes[operand].shape,
                    "[\(node.operation.rule.name)] gradient of shape \(contribution.shape) for \(nodes[operand].shape)")
                guard let sum = cotangents[operand] else {
                    cotangents[operand] = contribution
                    continue
                }
                cotangents[operand] = atPath(of: nodes[operand]) { sum + contribution }
            }
            if !isTarget.contains(id) { cotangents[id] = nil }
        }
        return targets.map { $0.id <= output.id ? cotangents[$0.id] : nil }
    }

    /// For every node up to `last`: does it depend smoothly on one of the targets (or is one)?
    private func dependents(on targets: [Value], upTo last: Int) -> [Bool] {
        var depends = [Bool](repeating: false, count: last + 1)
        for target in targets where target.id <= last { depends[target.id] = true }
        for id in 0...last where !depends[id] && nodes[id].operation.rule.passesGradient {
            depends[id] = nodes[id].inputs.contains { depends[$0] }
        }
        return depends
    }
}
