/// Which losses depend on which nodes.
struct TaskReach {
    /// By node, the losses that depend on it by a way to one of the targets, ascending.
    let tasks: [[Int]]
    /// By node: do the same losses depend on everything that it depends on, and more than one?
    private let isLast: [Bool]

    init(_ graph: Graph, losses: [Value], targets: [Value]) {
        let depends = graph.dependents(on: targets)
        var reach = [Set<Int>](repeating: [], count: graph.nodes.count)
        for (task, loss) in losses.enumerated() where depends[loss.id] { reach[loss.id].insert(task) }
        for (id, node) in graph.nodes.enumerated().reversed()
        where !reach[id].isEmpty && node.operation.rule.passesGradient {
            for input in node.inputs where depends[input] { reach[input].formUnion(reach[id]) }
        }
        var isLast = [Bool](repeating: false, count: graph.nodes.count)
        for (id, node) in graph.nodes.enumerated() where !reach[id].isEmpty {
            isLast[id] = node.inputs.allSatisfy {
                reach[$0].isEmpty || isLast[$0] && reach[$0].count == reach[id].count
            }
        }
        tasks = reach.map { $0.sorted() }
        self.isLast = isLast
    }

    /// Do several tasks depend on the node, and no more of them on any that it depends on?
    func isEnd(_ id: Int) -> Bool { tasks[id].count > 1 && isLast[id] }
}
