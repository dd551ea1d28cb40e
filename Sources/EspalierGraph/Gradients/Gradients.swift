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
        let sweep = try swept(from: [output], to: targets, cotangents: cotangent.map { [$0] })
        return targets.map { sweep.cotangents[$0.id]?.value }
    }

    /// Appends the nodes that compute the gradients of several losses in one sweep: through what they share, their
    /// cotangents travel together, so that a layer's activations are read once and its products are one.
    ///
    /// Each loss's gradient has the bits that `gradients(of:withRespectTo:cotangent:)` of that loss alone would give.
    ///
    /// - Parameters:
    ///   - losses: scalars (one element each), unless cotangents are given.
    ///   - targets: what to derive by; parameters, inputs or anything between.
    ///   - cotangents: what flows into each loss, of its shape; 1 if nil. An input that is 0 in a batch leaves a task
    ///     out of it.
    /// - Returns: for each target the gradients of the losses that depend on it; nil where none does.
    /// - Throws: `GraphError.notDifferentiable`, naming the operation and its layer.
    public func gradients(
        of losses: [Value], withRespectTo targets: [Value], cotangents: [Value]? = nil
    ) throws(GraphError) -> [TaskGradients?] {
        let sweep = try swept(from: losses, to: targets, cotangents: cotangents)
        return targets.map { sweep.cotangents[$0.id].map(TaskGradients.init) }
    }

    private func swept(
        from losses: [Value], to targets: [Value], cotangents: [Value]?
    ) throws(GraphError) -> Sweep {
        var sweep = Sweep(self, to: targets)
        sweep.start(from: losses, cotangents: cotangents)
        try sweep.run()
        return sweep
    }
}

/// The gradients of several losses by one value, of that value's shape each.
public struct TaskGradients {
    let cotangent: Cotangent

    init(_ cotangent: Cotangent) { self.cotangent = cotangent }

    /// The losses that depend on the value, by their place in the list that was derived, in ascending order.
    public var tasks: [Int] { cotangent.tasks }

    /// The gradient of one loss; nil if it does not depend on the value.
    public subscript(task: Int) -> Value? {
        cotangent.tasks.firstIndex(of: task).map { cotangent.value.graph.lane($0, of: cotangent.value) }
    }
}
