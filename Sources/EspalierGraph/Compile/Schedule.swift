/// Puts units into an order in which every value exists before it is used, stage by stage, as close as can be to the
/// order drawn. A unit that may write over an operand comes after the others of its stage that read it, unless they
/// wait for it.
///
/// - Parameters:
///   - overwritten: the operand that a unit would like to write over.
///   - root: maps a node to the node whose memory it shares (itself, unless it is an alias).
func schedule(
    _ units: [Unit], nodeCount: Int, overwritten: (Unit) -> Int? = { _ in nil }, root: (Int) -> Int
) -> [Unit] {
    let producer = producers(units, nodeCount: nodeCount)
    var ordered: [Unit] = []
    ordered.reserveCapacity(units.count)
    var placed = [Bool](repeating: false, count: units.count)

    // A stack of our own: what a unit waits for goes on top of it, however long the chain.
    let rank = ranks(units, nodeCount: nodeCount, overwritten: overwritten, root: root)
    var pending = units.indices.sorted { (rank[$0], units[$0].outputs[0]) > (rank[$1], units[$1].outputs[0]) }
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

/// Where a unit would best stand.
private struct Rank: Comparable {
    let stage: Int
    /// Where the first output of this unit was drawn, or of the one that it comes after.
    let place: Int
    let comesAfter: Bool

    static func < (a: Rank, b: Rank) -> Bool {
        (a.stage, a.place, a.comesAfter ? 1 : 0) < (b.stage, b.place, b.comesAfter ? 1 : 0)
    }
}

private func ranks(
    _ units: [Unit], nodeCount: Int, overwritten: (Unit) -> Int?, root: (Int) -> Int
) -> [Rank] {
    let operands = units.map { overwritten($0).map(root) }
    // By node that may be overwritten: the stage of that, and its last reader there.
    var lastReader = [Int](repeating: -1, count: nodeCount)
    var stage = [Int](repeating: -1, count: nodeCount)
    for (unit, operand) in zip(units, operands) {
        if let operand { stage[operand] = unit.stage }
    }
    for unit in units {
        for input in unit.inputs.map(root) where stage[input] == unit.stage {
            lastReader[input] = max(lastReader[input], unit.outputs[0])
        }
    }
    return zip(units, operands).map { unit, operand in
        let (own, last) = (unit.outputs[0], operand.map { lastReader[$0] } ?? -1)
        return Rank(stage: unit.stage, place: max(own, last), comesAfter: last > own)
    }
}
