import EspalierTensor

/// The gradients of several losses, weighted by numbers that are chosen while the program runs.
///
/// A program that computes them runs in stages. All but the last measure: run them, read the losses and each group's
/// Gram matrix, set each group's weights; then run the last.
///
///     let balanced = try graph.balancedGradients(of: losses, withRespectTo: graph.parameters, level: .gram)
///     let program = try graph.compile(outputs: losses + balanced.outputs, …)
///     try program.run(stage: 0)
///     let gram = balanced.groups[0].gramMatrix(in: program)
///     program.input(balanced.groups[0].weights).set(weights(for: gram))
///     try program.run(stage: 1)
public struct BalancedGradients {
    /// Parameters that share one set of weights.
    public struct Group {
        /// The losses that the group's targets belong to, by their place in the list that was derived, ascending.
        public let tasks: [Int]
        /// The group's targets, by their place in the list of targets.
        public let targets: [Int]
        /// An input `[tasks]`, to be set before the last stage.
        public let weights: Value
        /// Gram matrices of parts of the group, each with the places of its lanes among the group's tasks. Their sum
        /// is the group's.
        let parts: [(places: [Int], gram: Value)]
    }

    /// By target: Σ w_i · ∂L_i/∂target where more than one loss depends on it; the loss's own gradient where one does;
    /// nil where none does.
    public let gradients: [Value?]
    /// In the order of the first target of each.
    public let groups: [Group]
    /// At the level of rows, or where runs accumulate: each task's gradient by target, before weights.
    public let rows: [TaskGradients?]
    /// Whether the last stage needs nothing of the one before: a run that keeps its weights may then leave that one out.
    public let isMeasuredApart: Bool

    /// What a program must have as outputs for the Gram matrices to be read.
    public var outputs: [Value] { groups.flatMap { $0.parts.map(\.gram) } }
}

extension Graph {
    /// Appends the nodes that compute weighted gradients of several losses, and what the weights are chosen by.
    ///
    /// - Parameters:
    ///   - losses: scalars.
    ///   - targets: what to derive by; commonly all parameters.
    ///   - level: what the weights are chosen by.
    ///   - grouping: which targets share weights.
    ///   - scope: which of a group's targets make its Gram matrix; not asked at the level of representations.
    ///   - cotangents: what flows into each loss; 1 if nil. An input that is 0 leaves a task out of a batch.
    ///   - weightsHeads: multiplies a target that one loss alone depends on by that loss's weight too; needs one group.
    ///   - accumulates: sums gradients over the runs of stage 0 since `Program.clearAccumulators`, so that a batch may
    ///     come in parts. Holds a row a task; the Gram matrices are measured in stage 1, the weights wanted in stage 2.
    ///   - measuresApart: what the Gram matrices alone need is computed in stage 1, and the weights are wanted in stage 2:
    ///     a run that keeps its weights leaves stage 1 out. Not where a checkpoint holds layers of all tasks and of one.
    /// - Throws: `GraphError.notDifferentiable`; `GraphError.notShared` for a layer of the scope.
    public func balancedGradients(
        of losses: [Value], withRespectTo targets: [Value], level: GradientLevel,
        grouping: GradientGrouping = .byTasks, scope: GradientScope = .all, cotangents: [Value]? = nil,
        weightsHeads: Bool = false, accumulates: Bool = false, measuresApart: Bool = false
    ) throws(GraphError) -> BalancedGradients {
        let balancing = Balancing(
            graph: self, losses: losses, targets: targets, cotangents: cotangents, level: level,
            accumulates: accumulates, measuresApart: measuresApart)
        return try balancing.draw(grouping, scope, weightsHeads: weightsHeads)
    }
}

/// The steps of `Graph.balancedGradients`.
private struct Balancing {
    let graph: Graph
    let losses, targets: [Value]
    let cotangents: [Value]?
    let level: GradientLevel
    let accumulates, measuresApart: Bool

    /// Whether each task's gradients are formed.
    private var hasRows: Bool { level == .rows || accumulates }
    private var measuringStage: Int { accumulates || measuresApart ? 1 : 0 }
    private var lastStage: Int { measuringStage + 1 }

    func draw(
        _ grouping: GradientGrouping, _ scope: GradientScope, weightsHeads: Bool
    ) throws(GraphError) -> BalancedGradients {
        if level == .losses, !accumulates { return try drawOfWeightedLosses() }
        let weightsHeads = weightsHeads || level == .losses
        var sweep = Sweep(graph, to: targets)
        sweep.start(from: losses, cotangents: cotangents)
        // By node: what measures it, and each task's gradient.
        var grams: [Int: Measured] = [:]
        var rows: [Int: Cotangent] = [:]
        var drawing = GramDrawing(graph, level)
        let isTarget = Set(targets.map(\.id))
        let reach = try TaskReach(graph, from: losses, to: targets)
        let groups = members(grouping, reach).map {
            Weighting(graph, tasks: $0.tasks, layer: $0.layer, targets: $0.targets)
        }
        if level.measuresParameters { try scope.check(groups.flatMap { $0.targets.map { targets[$0] } }) }
        let chosen = groups.map { scope.targets(of: $0.targets.map { targets[$0] }, reach) }
        let measured = Set(
            zip(groups, chosen).flatMap { group, chosen in
                chosen.isEmpty ? group.targets.map { targets[$0] } : chosen
            }.map(\.id))
        // Measured as soon as it is swept, so that cotangents need not be kept.
        try sweep.run(
            endingAtLastMeetings: level == .representation && !hasRows ? reach : nil,
            sharedStage: hasRows ? nil : measuringStage
        ) { id, cotangent in
            guard isTarget.contains(id) else { return }
            let row = accumulates ? cotangent.mapped { $0.accumulated() } : cotangent
            rows[id] = row
            guard row.tasks.count > 1, measured.contains(id), level.measuresParameters else { return }
            grams[id] = graph.stage(measuringStage) {
                // Rows that are formed anyway are the cheapest.
                Measured(tasks: row.tasks, gram: hasRows ? row.value.gram() : drawing.gram(of: row.value))
            }
        }
        if level == .representation {
            for meeting in sweep.meetings {
                let entering = sweep.entering(meeting)
                let gram = representationGram(of: entering.value, isTarget: isTarget.contains(meeting.id))
                grams[meeting.id] = Measured(tasks: entering.tasks, gram: gram)
            }
        }

        require(
            !weightsHeads || groups.count <= 1, "[balance] heads can be weighted where there is one group of targets")
        var gradients = targets.map { rows[$0.id]?.value }
        var finished: [BalancedGradients.Group] = []
        for group in groups {
            let groupTargets = group.targets.map { targets[$0] }
            if hasRows {
                for index in group.targets {
                    gradients[index] = rows[targets[index].id].map { row in
                        graph.stage(lastStage) { group.combined([row]) }
                    }
                }
            } else {
                var combined = Sweep(graph, to: groupTargets)
                try graph.stage(lastStage) { () throws(GraphError) in
                    combined.start(
                        fromMeetingsOf: sweep, measured: level.measuresParameters && !measuresApart ? measured : [],
                        combined: group.combined)
                    try combined.run()
                }
                for index in group.targets { gradients[index] = combined.cotangents[targets[index].id]?.value }
            }
            let sets = reach.largestSets(of: groupTargets)
            let measuredNodes =
                level == .representation
                ? sweep.meetings.map(\.id).filter { sets.contains(reach.tasks[$0]) } : groupTargets.map(\.id)
            finished.append(
                .init(
                    tasks: group.tasks, targets: group.targets, weights: group.weights,
                    parts: group.sums(of: measuredNodes.compactMap { grams[$0] })))
        }
        if weightsHeads, let group = groups.first {
            for index in targets.indices {
                guard let row = rows[targets[index].id], row.tasks.count == 1, group.tasks.contains(row.tasks[0]) else {
                    continue
                }
                gradients[index] = graph.stage(lastStage) { group.combined([row]) }
            }
        }
        return BalancedGradients(
            gradients: gradients, groups: finished,
            rows: targets.map { target in hasRows ? rows[target.id].map(TaskGradients.init) : nil },
            isMeasuredApart: measuringStage == 1 && !needMeasuring(gradients.compactMap { $0 }))
    }

    /// Does any of the values depend on what the measuring stage computes?
    private func needMeasuring(_ values: [Value]) -> Bool {
        zip(graph.nodes, graph.live(for: values.map(\.id))).contains { $0.stage == measuringStage && $1 }
    }

    /// Of what flows into a meeting. Parts of a batch are rows of a representation, but summands of a gradient by a target.
    private func representationGram(of entering: Value, isTarget: Bool) -> Value {
        if !accumulates { return graph.stage(measuringStage) { entering.gram() } }
        if !isTarget { return entering.gram().accumulated() }
        // Summed in every run, measured once.
        let sum = entering.accumulated()
        return graph.stage(measuringStage) { sum.gram() }
    }

    /// One sweep, each loss's cotangent multiplied by its weight.
    private func drawOfWeightedLosses() throws(GraphError) -> BalancedGradients {
        let group = Weighting(graph, tasks: Array(losses.indices), targets: Array(targets.indices))
        var sweep = Sweep(graph, to: targets)
        try graph.stage(lastStage) { () throws(GraphError) in
            let weighted = losses.indices.map { task in
                let cotangent = cotangents?[task] ?? graph.constant(Tensor([1], shape: losses[task].shape))
                return group.combined([Cotangent(value: cotangent, tasks: [task])])
            }
            sweep.start(from: losses, cotangents: weighted, together: true)
            try sweep.run()
        }
        return BalancedGradients(
            gradients: targets.map { sweep.cotangents[$0.id]?.value },
            groups: [.init(tasks: group.tasks, targets: group.targets, weights: group.weights, parts: [])],
            rows: targets.map { _ in nil }, isMeasuredApart: false)
    }

    /// What shares weights: its tasks, the layer where each has its own, and its places in `targets`.
    private typealias Members = (tasks: [Int], layer: String, targets: [Int])

    /// Groups of what several tasks depend on.
    private func members(_ grouping: GradientGrouping, _ reach: TaskReach) -> [Members] {
        let shared = targets.indices.filter { reach.tasks[targets[$0].id].count > 1 }
        if level == .losses { return [(Array(losses.indices), "", shared)] }
        switch grouping {
        case .whole:
            return shared.isEmpty ? [] : [(Set(shared.flatMap { reach.tasks[targets[$0].id] }).sorted(), "", shared)]
        case .byTasks: return members(of: shared, reach) { _ in "" }
        case .byLayers: return members(of: shared, reach) { $0.node.path }
        }
    }

    /// A group for each set of tasks and each of its layers.
    private func members(of shared: [Int], _ reach: TaskReach, layer: (Value) -> String) -> [Members] {
        var members: [Members] = []
        for index in shared {
            let (tasks, layer) = (reach.tasks[targets[index].id], layer(targets[index]))
            if let place = members.firstIndex(where: { $0.tasks == tasks && $0.layer == layer }) {
                members[place].targets.append(index)
            } else {
                members.append((tasks, layer, [index]))
            }
        }
        return members
    }
}

extension GradientLevel {
    fileprivate var measuresParameters: Bool {
        switch self {
        case .losses, .representation: false
        case .sketch, .gram, .rows: true
        }
    }
}

extension GradientScope {
    /// - Parameter group: in the order drawn.
    fileprivate func targets(of group: [Value], _ reach: TaskReach) -> [Value] {
        switch self {
        case .all: return group
        case .lastLayer:
            // Of a tree's parts, those that no other's tasks include: the trunk, not a branch.
            return reach.largestSets(of: group).flatMap { set in
                let part = group.filter { reach.tasks[$0.id] == set }
                let last = part.last { $0.shape.rank > 1 } ?? part.last
                return part.filter { $0.node.path == last?.node.path }
            }
        case .layers(let paths):
            return group.filter { target in paths.contains { target.lies(in: $0) } }
        }
    }

    /// - Parameter shared: what several tasks depend on.
    /// - Throws: `GraphError.notShared` for a layer that has none of it.
    fileprivate func check(_ shared: [Value]) throws(GraphError) {
        guard case .layers(let paths) = self, !shared.isEmpty else { return }
        for path in paths where !shared.contains(where: { $0.lies(in: path) }) {
            var layers: [String] = []
            for layer in shared.map(\.node.path) where !layers.contains(layer) { layers.append(layer) }
            throw .notShared(layer: path, shared: layers)
        }
    }
}

extension Value {
    /// Does it belong to the layer, or to one within it?
    fileprivate func lies(in layer: String) -> Bool { node.path == layer || node.path.hasPrefix(layer + ".") }
}

extension GramDrawing {
    fileprivate init(_ graph: Graph, _ level: GradientLevel) {
        if case .sketch(let columns) = level {
            require(columns > 0, "[balance] a sketch of \(columns) columns")
            self.init(graph, sketchColumns: columns)
        } else {
            self.init(graph, sketchColumns: nil)
        }
    }
}

/// The Gram matrix of some tasks' gradients by one value.
private struct Measured {
    let tasks: [Int]
    let gram: Value
}

/// The weights of one group.
private struct Weighting {
    let graph: Graph
    let tasks, targets: [Int]
    let weights: Value
    private let place: [Int: Int]

    /// - Parameter layer: tells the groups of the same tasks apart.
    init(_ graph: Graph, tasks: [Int], layer: String = "", targets: [Int]) {
        (self.graph, self.tasks, self.targets) = (graph, tasks, targets)
        place = Dictionary(uniqueKeysWithValues: tasks.enumerated().map { ($1, $0) })
        let name = "balance.\(tasks.map(String.init).joined(separator: "."))"
        weights = graph.input(layer.isEmpty ? name : name + " of " + layer, [tasks.count])
    }

    /// Σ w_i · c_i.
    func combined(_ cotangents: [Cotangent]) -> Value {
        graph.append(
            .combine(.init(positions: cotangents.map { $0.tasks.map { place[$0]! } })),
            cotangents.map(\.value) + [weights])
    }

    /// Matrices of the same tasks become one.
    func sums(of measured: [Measured]) -> [(places: [Int], gram: Value)] {
        var sums: [(places: [Int], gram: Value)] = []
        for part in measured {
            let places = part.tasks.map { place[$0]! }
            if let index = sums.firstIndex(where: { $0.places == places }) {
                sums[index].gram = sums[index].gram + part.gram
            } else {
                sums.append((places, part.gram))
            }
        }
        return sums
    }
}

extension BalancedGradients.Group {
    /// The Gram matrix of the group's gradients, `[tasks, tasks]` row by row, as the program has measured it.
    public func gramMatrix(in program: Program) -> [Double] {
        var matrix = [Double](repeating: 0, count: tasks.count * tasks.count)
        for part in parts {
            let numbers = program.output(part.gram).tensor.scalars
            let width = part.places.count
            for (row, i) in part.places.enumerated() {
                for (column, j) in part.places.enumerated() {
                    // Symmetric to rounding; made so to the bit.
                    let sum = Double(numbers[row * width + column]) + Double(numbers[column * width + row])
                    matrix[i * tasks.count + j] += sum / 2
                }
            }
        }
        return matrix
    }
}
