/// Which losses' gradients come to which nodes.
struct TaskReach {
    /// By node, the losses, ascending.
    let tasks: [[Int]]
    /// By node: do the gradients of the same losses come to everything that it depends on?
    private let isLast: [Bool]

    /// By a whole sweep: what a rule sends nothing to is not reached. Nobody reads its nodes, so compiling drops them.
    init(_ graph: Graph, from losses: [Value], to targets: [Value]) throws(GraphError) {
        var tasks = [[Int]](repeating: [], count: graph.nodes.count)
        var sweep = Sweep(graph, to: targets)
        sweep.start(from: losses, cotangents: nil)
        try sweep.run { id, cotangent in tasks[id] = cotangent.tasks }
        var isLast = [Bool](repeating: false, count: tasks.count)
        for id in tasks.indices where !tasks[id].isEmpty {
            isLast[id] = graph.nodes[id].inputs.allSatisfy {
                tasks[$0].isEmpty || isLast[$0] && tasks[$0] == tasks[id]
            }
        }
        (self.tasks, self.isLast) = (tasks, isLast)
    }

    /// Do the gradients of several losses come to the node, and no more of them to any that it depends on?
    func isEnd(_ id: Int) -> Bool { tasks[id].count > 1 && isLast[id] }

    /// The sets of tasks of these values that are no part of another's.
    func largestSets(of values: [Value]) -> [[Int]] {
        let sets = Set(values.map { tasks[$0.id] })
        return sets.filter { set in !sets.contains { Set(set).isStrictSubset(of: $0) } }
    }
}
