/// Puts units into an order in which every value exists before it is used, as close as can be to the order drawn.
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

    func place(_ index: Int) {
        if placed[index] { return }
        placed[index] = true
        for input in units[index].inputs {
            if let earlier = producer[root(input)] { place(earlier) }
        }
        ordered.append(units[index])
    }
    let byDrawing = units.indices.sorted { units[$0].outputs[0] < units[$1].outputs[0] }
    for index in byDrawing { place(index) }
    return ordered
}
