/// Puts units into an order in which every value exists before it is used, stage by stage, as close as can be to the
/// order drawn.
///
/// - Parameter root: maps a node to the node whose memory it shares (itself, unless it is an alias).
func schedule(_ units: [Unit], nodeCount: Int, root: (Int) -> Int) -> [Unit] {
    var producer = [Int?](repeating: nil, count: nodeCount)
    for (index, unit) in units.enumerated() {
        for output in unit.outputs { producer[output] = index }
    }
    var ordered: [Unit] = []
    ordered.reserveCapacity(units.count)
    var placed = [Bool](repeating: false, count: units.count)

    // A stack of our own: what a unit waits for goes on top of it, however long the chain.
    var pending = units.indices.sorted {
        (units[$0].stage, units[$0].outputs[0]) > (units[$1].stage, units[$1].outputs[0])
    }
    while let index = pending.last {
        let missing = units[index].inputs.compactMap { producer[root($0)] }.filter { !placed[$0] }
        if placed[index] || missing.isEmpty {
            pending.removeLast()
            if !placed[index] { ordered.append(units[index]) }
            placed[index] = true
        } else {
            pending += missing.reversed()
        }
    }
    return ordered
}
