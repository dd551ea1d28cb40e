import EspalierTensor

/// What flows back into a node: a lane for each task whose loss depends on it.
struct Cotangent {
    var value: Value
    /// Whose lane is which, ascending.
    let tasks: [Int]

    func mapped(_ transform: (Value) -> Value) -> Cotangent { Cotangent(value: transform(value), tasks: tasks) }
}

/// A node where the tasks' ways meet.
struct Meeting {
    /// What flowed into it from a node that fewer tasks depend on.
    struct Sent {
        let cotangent: Cotangent
        /// That node, and what had flowed into it; nil for what the sweep began with.
        let source: (id: Int, cotangent: Cotangent)?

        /// Does it come from one task's own part?
        var isAlone: Bool { cotangent.tasks.count == 1 }
    }

    let id: Int
    let sent: [Sent]
    /// Did nothing else flow into it?
    let isAll: Bool
}

/// Reverse accumulation for one loss, or for several at once.
///
/// A node that one task's loss depends on carries one lane, a node that n of them depend on carries n: heads are swept
/// once each, and what is shared is swept once for all.
struct Sweep {
    let graph: Graph
    /// By node, once swept; kept for targets, and where tasks meet.
    private(set) var cotangents: [Int: Cotangent] = [:]
    /// Where the tasks' ways meet, in the order of the sweep.
    private(set) var meetings: [Meeting] = []

    private let depends: [Bool]
    private let isTarget: Set<Int>
    /// By node, what was sent there so far.
    private var sent: [Int: [Meeting.Sent]] = [:]
    /// By node that passes on to some of its operands only, those.
    private var onlyTo: [Int: Set<Int>] = [:]
    /// Nodes that the sweep starts from in the middle: nothing else is to flow into them.
    private var starts: Set<Int> = []
    private var recomputation: Recomputation
    /// By node, what its users have sent so far, in order.
    private var arrived: [[Cotangent]]

    init(_ graph: Graph, to targets: [Value]) {
        self.graph = graph
        depends = graph.dependents(on: targets)
        isTarget = Set(targets.map(\.id))
        recomputation = Recomputation(graph)
        arrived = Array(repeating: [], count: graph.nodes.count)
    }

    /// Lets a cotangent flow into each loss, 1 if nil.
    ///
    /// - Parameter together: as one task, the sum of all.
    mutating func start(from losses: [Value], cotangents: [Value]?, together: Bool = false) {
        require(
            cotangents == nil || cotangents!.count == losses.count,
            "[gradients] \(cotangents?.count ?? 0) cotangents for \(losses.count) losses")
        for (task, loss) in losses.enumerated() {
            let cotangent = cotangents?[task]
            require(
                cotangent?.shape ?? [] == (cotangent == nil ? [] : loss.shape),
                "[gradients] a cotangent of shape \(cotangent?.shape ?? []) for an output of shape \(loss.shape)")
            require(
                cotangent != nil || loss.shape.count == 1,
                "[gradients] the output has the shape \(loss.shape): derive a scalar, or give a cotangent")
            guard depends[loss.id] else { continue }
            let value = cotangent ?? graph.constant(Tensor([1], shape: loss.shape))
            send(Cotangent(value: value, tasks: [together ? 0 : task]), to: loss.id)
        }
    }

    /// Lets a cotangent flow into a node.
    private mutating func send(_ cotangent: Cotangent, to id: Int, from source: (Int, Cotangent)? = nil) {
        sent[id, default: []].append(.init(cotangent: cotangent, source: source.map { ($0.0, $0.1) }))
        // Summed at once where that is the order in which a task alone would sum.
        if arrived[id].count == 1, arrived[id][0].tasks == cotangent.tasks,
            arrived[id][0].value.lanes == cotangent.value.lanes
        {
            arrived[id][0].value = graph.deriving(graph.nodes[id]) { arrived[id][0].value + cotangent.value }
        } else {
            arrived[id].append(cotangent)
        }
    }

    /// Sweeps all nodes that the targets depend on.
    ///
    /// - Parameters:
    ///   - reach: where it is given, the sweep ends as soon as no more tasks join: a node there gets what those before
    ///     it send, and passes nothing on.
    ///   - sharedStage: the stage that computes what flows on from a node that several tasks depend on; nil for the
    ///     present one.
    ///   - reached: told each node's cotangent when it is whole.
    mutating func run(
        endingAtLastMeetings reach: TaskReach? = nil, sharedStage: Int? = nil,
        reached: (Int, Cotangent) -> Void = { _, _ in }
    ) throws(GraphError) {
        // Nodes drawn meanwhile are none that gradients flow through.
        for id in arrived.indices.reversed() where !arrived[id].isEmpty {
            let node = graph.nodes[id]
            let cotangent = graph.stacked(arrived[id], at: id)
            let taskCount = reach?.tasks[id].count ?? cotangent.tasks.count
            if taskCount > 1 {
                let all = sent[id]!
                let fromFewer = all.filter { ($0.source?.cotangent.tasks.count ?? 1) < taskCount }
                if !fromFewer.isEmpty {
                    meetings.append(Meeting(id: id, sent: fromFewer, isAll: fromFewer.count == all.count))
                }
            }
            (arrived[id], sent[id]) = ([], nil)
            if taskCount > 1 || isTarget.contains(id) { cotangents[id] = cotangent }
            reached(id, cotangent)
            if node.inputs.isEmpty || reach?.isEnd(id) ?? false { continue }
            // Beyond a target that nothing else asks for, `depends` is false and the sweep ends by itself.
            let needed = node.inputs.map {
                depends[$0] && !starts.contains($0) && onlyTo[id]?.contains($0) ?? true
            }
            if !depends[id] || !node.operation.rule.passesGradient || !needed.contains(true) { continue }
            let contributions: [Value?]
            if let sharedStage, taskCount > 1 {
                contributions = try graph.stage(sharedStage) { () throws(GraphError) in
                    try derive(id, cotangent, needed: needed)
                }
            } else {
                contributions = try derive(id, cotangent, needed: needed)
            }
            for (place, contribution) in contributions.enumerated() {
                guard let contribution, needed[place] else { continue }
                let operand = node.inputs[place]
                require(
                    contribution.shape == graph.nodes[operand].shape,
                    "[\(node.operation.rule.name)] gradient of shape \(contribution.shape) "
                        + "for \(graph.nodes[operand].shape)")
                send(Cotangent(value: contribution, tasks: cotangent.tasks), to: operand, from: (id, cotangent))
            }
        }
    }

    /// What a node sends to its operands.
    private mutating func derive(
        _ id: Int, _ cotangent: Cotangent, needed: [Bool]
    ) throws(GraphError) -> [Value?] {
        let node = graph.nodes[id]
        recomputation.pass(id)
        let site = GradientSite(
            inputs: node.inputs.map(recomputation.value), output: recomputation.value(of: id),
            cotangent: cotangent.value, needed: needed)
        if node.lanes > 1 { throw site.notDifferentiable(lanesHint) }
        return try graph.deriving(node) { () throws(GraphError) in try node.operation.rule.gradient(at: site) }
    }

    /// What flowed into it from nodes that fewer tasks depend on, stacked.
    func entering(_ meeting: Meeting) -> Cotangent {
        meeting.isAll ? cotangents[meeting.id]! : graph.stacked(meeting.sent.map(\.cotangent), at: meeting.id)
    }

    /// Starts as one task, a combination of those of an earlier sweep, where their ways met.
    ///
    /// What a small cotangent was turned into (the few columns of a head's logits into the many of the trunk) is drawn
    /// again from the combined small one, so that the lanes of the large one need not be kept until then. Those that the
    /// earlier sweep ended with are there still: they are combined, instead of multiplying a way to them once more.
    ///
    /// - Parameter measured: targets whose lanes the earlier sweep's Gram matrices are formed from.
    mutating func start(
        fromMeetingsOf first: Sweep, measured: Set<Int>, combined: ([Cotangent]) -> Value
    ) {
        var isSmall: [Int: Bool] = [:]
        for sent in first.meetings.flatMap(\.sent) where sent.isAlone {
            guard let source = sent.source else { continue }
            let ratio = sent.cotangent.value.shape.count / max(1, source.cotangent.value.shape.count)
            isSmall[source.id] = (isSmall[source.id] ?? true) && ratio >= 32
        }
        let ends = LastCotangents(of: first, depends: depends, targets: isTarget, measured: measured).nodes
        starts = Set(ends)
        var sources: [Int: Cotangent] = [:]
        for meeting in first.meetings where depends[meeting.id] && !starts.contains(meeting.id) {
            var kept: [Cotangent] = []
            for sent in meeting.sent where sent.isAlone {
                if let source = sent.source, isSmall[source.id]! {
                    sources[source.id] = source.cotangent
                    onlyTo[source.id, default: []].insert(meeting.id)
                } else {
                    kept.append(sent.cotangent)
                }
            }
            if kept.isEmpty { continue }
            let isWhole = meeting.isAll && kept.count == meeting.sent.count
            let value = combined(isWhole ? [first.cotangents[meeting.id]!] : kept)
            send(Cotangent(value: value, tasks: [0]), to: meeting.id)
        }
        for (id, cotangent) in sources.sorted(by: { $0.key > $1.key }) {
            send(Cotangent(value: combined([cotangent]), tasks: [0]), to: id)
        }
        for id in ends { send(Cotangent(value: combined([first.cotangents[id]!]), tasks: [0]), to: id) }
    }
}

extension Graph {
    /// All that arrived at a node, task by task in the order of arrival.
    func stacked(_ parts: [Cotangent], at id: Int) -> Cotangent {
        if parts.count == 1, parts[0].value.lanes == parts[0].tasks.count { return parts[0] }
        let tasks = Set(parts.flatMap(\.tasks)).sorted()
        let sources = tasks.map { task in
            parts.enumerated().compactMap { operand, part in
                part.tasks.firstIndex(of: task).map { lane in
                    // What does not depend on the cotangent is the same for every task.
                    Operation.Stack.Source(operand: operand, lane: part.value.lanes == 1 ? 0 : lane)
                }
            }
        }
        let stack = deriving(nodes[id]) { append(.stack(.init(sources: sources)), parts.map(\.value)) }
        return Cotangent(value: stack, tasks: tasks)
    }

    /// For every node: does it depend smoothly on one of the targets (or is one)?
    func dependents(on targets: [Value]) -> [Bool] {
        var depends = [Bool](repeating: false, count: nodes.count)
        for target in targets { depends[target.id] = true }
        for id in nodes.indices where !depends[id] && nodes[id].operation.rule.passesGradient {
            depends[id] = nodes[id].inputs.contains { depends[$0] }
        }
        return depends
    }
}
