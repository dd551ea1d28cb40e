/// The cotangents of many tasks that a sweep computes last: they flow to targets alone.
///
/// Nothing is written over them, so a second sweep, for a combination of the tasks, can take them as they are. To combine
/// K lanes costs K reads an element. To come there from the trunk's end costs a product: 2 · outputs operations an element,
/// and that for the whole width of a layer.
struct LastCotangents {
    private let first: Sweep
    private let depends: [Bool]
    private let targets, measured: Set<Int>
    private let users: [[Int]]

    /// Operations that take as long as to read one element of one lane.
    private static let operationsPerRead = 32

    /// - Parameters:
    ///   - first: has run to its end, with lanes.
    ///   - depends: by node, does it depend on what the second sweep derives by?
    ///   - targets: what that is.
    ///   - measured: those whose Gram matrices are formed. Only there the lanes are computed anyway.
    init(of first: Sweep, depends: [Bool], targets: Set<Int>, measured: Set<Int>) {
        (self.first, self.depends, self.targets, self.measured) = (first, depends, targets, measured)
        var users = [[Int]](repeating: [], count: depends.count)
        for id in depends.indices where depends[id] {
            for input in first.graph.nodes[id].inputs { users[input].append(id) }
        }
        self.users = users
    }

    /// The nodes into which those cotangents flow, where it pays to begin with them; ascending.
    var nodes: [Int] {
        if measured.isEmpty { return [] }
        return depends.indices.filter { id in
            guard depends[id], flowsToMeasuredAlone(id), let cotangent = first.cotangents[id] else { return false }
            // Of nodes that hand the same cotangent on, the one that had it first.
            let isHandedDown = users[id].contains { first.cotangents[$0]?.value.id == cotangent.value.id }
            return !isHandedDown && isBehindProduct(id, lanes: cotangent.tasks.count)
        }
    }

    private func flowsToMeasuredAlone(_ id: Int) -> Bool {
        // A target's own cotangents are the gradients, which nobody may want to form.
        guard let cotangent = first.cotangents[id], cotangent.tasks.count > 1, !targets.contains(id) else {
            return false
        }
        let inputs = first.graph.nodes[id].inputs.filter { depends[$0] }
        return !inputs.isEmpty
            && inputs.allSatisfy { input in
                measured.contains(input) && targets.contains(input)
                    || first.cotangents[input]?.value.id == cotangent.value.id && flowsToMeasuredAlone(input)
            }
    }

    /// Does a product wide enough stand between this node and the tasks?
    private func isBehindProduct(_ id: Int, lanes: Int) -> Bool {
        let shape = first.graph.nodes[id].shape
        var seen: Set = [id]
        var next = [id]
        while let node = next.popLast() {
            for user in users[node] where seen.insert(user).inserted {
                if case .matmul = first.graph.nodes[user].operation {
                    let isShared = first.cotangents[user].map { $0.tasks.count > 1 } ?? false
                    if isShared, 2 * first.graph.nodes[user].shape[1] >= Self.operationsPerRead * lanes { return true }
                } else if first.graph.nodes[user].shape == shape {
                    next.append(user)
                }
            }
        }
        return false
    }
}
