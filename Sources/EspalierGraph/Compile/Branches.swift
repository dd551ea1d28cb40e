/// Units in their order of execution, and which of them may run at the same time: a tree's heads, from where they leave
/// the trunk to what they send back into it.
///
/// A branch is what one loss alone has to do with: it leads to no other and comes from no other. So branches of one stage
/// know nothing of one another.
struct Branches {
    /// A branch's units follow one another, and the branches of a stage do.
    private(set) var units: [Unit]
    /// By unit, the loss whose branch it belongs to; nil for what all wait for.
    private(set) var branch: [Int?]
    /// By unit, when it runs: all branches of a stage have one time.
    private(set) var times: [Int]

    /// One after the other.
    init(serial units: [Unit]) {
        self.units = units
        branch = Array(repeating: nil, count: units.count)
        times = Array(units.indices)
    }

    /// - Parameters:
    ///   - units: in an order in which they may run one after the other.
    ///   - root: maps a node to the node whose memory it shares.
    init(of units: [Unit], in graph: Graph, root: (Int) -> Int) {
        self.init(serial: [])
        let sources = sources(of: units, nodeCount: graph.nodes.count, root: root)
        let losses = lossOfEach(units, sources, graph)
        var start = 0
        while start < units.count {
            let end = units[start...].firstIndex { $0.stage != units[start].stage } ?? units.count
            append(units, start..<end, sources, losses)
            start = end
        }
    }

    /// Appends one stage: what branches wait for, the branches, the rest.
    private mutating func append(_ units: [Unit], _ stage: Range<Int>, _ sources: [[Int]], _ losses: [Related]) {
        let isMember = stage.map { losses[$0].one != nil }
        var follows = isMember, precedes = isMember
        for index in stage {
            for source in sources[index] where stage.contains(source) && follows[source - stage.lowerBound] {
                follows[index - stage.lowerBound] = true
            }
        }
        for index in stage.reversed() where precedes[index - stage.lowerBound] {
            for source in sources[index] where stage.contains(source) { precedes[source - stage.lowerBound] = true }
        }
        // What waits for a branch while another one, or the same, waits for it would tear the branches apart.
        let isWhole = stage.allSatisfy { index in
            let place = index - stage.lowerBound
            return isMember[place] || !(follows[place] && precedes[place])
        }
        let branches = Dictionary(grouping: stage.filter { losses[$0].one != nil }) { losses[$0].one! }
        guard isWhole, branches.count > 1 else {
            for index in stage { append(units[index], nil, at: times.last.map { $0 + 1 } ?? 0) }
            return
        }
        let first = stage.first { isMember[$0 - stage.lowerBound] }!
        let others = stage.filter { !isMember[$0 - stage.lowerBound] }
        for index in others where index < first || precedes[index - stage.lowerBound] {
            append(units[index], nil, at: times.last.map { $0 + 1 } ?? 0)
        }
        let time = times.last.map { $0 + 1 } ?? 0
        for (loss, members) in branches.sorted(by: { $0.value[0] < $1.value[0] }) {
            for index in members { append(units[index], loss, at: time) }
        }
        for index in others where index > first && !precedes[index - stage.lowerBound] {
            append(units[index], nil, at: times.last! + 1)
        }
    }

    private mutating func append(_ unit: Unit, _ branch: Int?, at time: Int) {
        units.append(unit)
        self.branch.append(branch)
        times.append(time)
    }
}

/// The losses that a unit has to do with: none, one, or several.
private struct Related {
    private(set) var one: Int?
    private var several = false

    static let many: Related = {
        var related = Related()
        related.several = true
        return related
    }()

    init(_ loss: Int? = nil) { one = loss }

    mutating func join(_ other: Related) {
        if several || other.several || one != nil && other.one != nil && one != other.one {
            self = .many
        } else {
            one = one ?? other.one
        }
    }
}

/// By unit, the units whose results it reads.
private func sources(of units: [Unit], nodeCount: Int, root: (Int) -> Int) -> [[Int]] {
    let producer = producers(units, nodeCount: nodeCount)
    return units.map { unit in Array(Set(unit.inputs.compactMap { producer[root($0)] })) }
}

/// By unit, the losses that it comes from or leads to.
private func lossOfEach(_ units: [Unit], _ sources: [[Int]], _ graph: Graph) -> [Related] {
    let own = units.map { $0.loss(in: graph) }
    var from = own, to = own
    for index in units.indices {
        for source in sources[index] { from[index].join(from[source]) }
    }
    for index in units.indices.reversed() {
        for source in sources[index] { to[source].join(to[index]) }
    }
    return units.indices.map { index in
        var related = from[index]
        related.join(to[index])
        return related
    }
}

extension Unit {
    /// A loss itself. What a user has written is left where it is: it may not bear company.
    fileprivate func loss(in graph: Graph) -> Related {
        switch kind {
        case .loss(let loss, _): return Related(loss)
        case .single(let id):
            switch graph.nodes[id].operation {
            case .loss: return Related(id)
            case .custom: return .many
            default: return Related()
            }
        case .gemm, .siblings, .chain: return Related()
        }
    }
}
