import EspalierKernels
import EspalierTensor

extension Graph {
    /// Nodes that the given ones depend on, themselves included; the others are dead.
    func live(for roots: [Int]) -> [Bool] {
        var live = [Bool](repeating: false, count: nodes.count)
        for root in roots { live[root] = true }
        for id in nodes.indices.reversed() where live[id] {
            for input in nodes[id].inputs { live[input] = true }
        }
        return live
    }
}

/// Groups live nodes into units. What is fused depends on the graph alone, so that it never changes a result's bits
/// from one memory plan, thread count or backend to another.
struct Fusion {
    private let graph: Graph
    private let live: [Bool]
    /// For every node, the live nodes that use it; a root counts as used by the world outside.
    private var users: [[Int]]
    private let isRoot: [Bool]
    private let dependsOnLoss: [Bool]
    /// Nodes that a unit has taken.
    private var taken: [Bool]

    init(_ graph: Graph, live: [Bool], roots: [Int]) {
        self.graph = graph
        self.live = live
        users = Array(repeating: [], count: graph.nodes.count)
        taken = Array(repeating: false, count: graph.nodes.count)
        var isRoot = Array(repeating: false, count: graph.nodes.count)
        for root in roots { isRoot[root] = true }
        self.isRoot = isRoot
        var dependsOnLoss = Array(repeating: false, count: graph.nodes.count)
        for (id, node) in graph.nodes.enumerated() {
            if case .loss = node.operation { dependsOnLoss[id] = true }
            if node.inputs.contains(where: { dependsOnLoss[$0] }) { dependsOnLoss[id] = true }
        }
        self.dependsOnLoss = dependsOnLoss
        for id in graph.nodes.indices where live[id] {
            for input in graph.nodes[id].inputs { users[input].append(id) }
        }
    }

    /// - Parameter options: without fusing, every node is a unit of its own.
    mutating func units(_ options: CompileOptions) -> [Unit] {
        var fused: [Unit] = []
        if options.fuses {
            for id in graph.nodes.indices where live[id] {
                switch graph.nodes[id].operation {
                case .matmul: if let unit = gemmUnit(id) { fused.append(unit) }
                case .lossGradient(let gradient):
                    if let unit = lossUnit(loss: gradient.loss, gradient: id) { fused.append(unit) }
                default: break
                }
            }
            // From the last to the first: a chain takes what only it reads.
            for id in graph.nodes.indices.reversed() where live[id] && !taken[id] {
                if let unit = chainUnit(endingIn: id) { fused.append(unit) }
            }
        }
        let singles = graph.nodes.indices.filter { live[$0] && !taken[$0] }.compactMap { id -> Unit? in
            let node = graph.nodes[id]
            if node.operation.rule is any LeafRule || node.operation.rule.isAlias { return nil }
            return Unit(kind: .single(id), outputs: [id], inputs: node.inputs, stage: node.stage)
        }
        if !options.fuses { return singles }
        return graph.joiningSiblings(fused + singles, all: options.joinsAllSiblings)
    }

    // MARK: Products with their epilogue

    private mutating func gemmUnit(_ matmul: Int) -> Unit? {
        if graph.isSymmetric(matmul) { return nil }
        var gemm = FusedGEMM(nodes: [matmul])
        if let add = onlyUser(of: gemm.output), let row = rowAdded(by: add, to: gemm.output) {
            gemm.bias = row
            gemm.nodes.append(add)
        }
        if let user = onlyUser(of: gemm.output), case .activation(let activation) = graph.nodes[user].operation {
            gemm.activation = activation.kind
            gemm.nodes.append(user)
        }
        if let add = onlyUser(of: gemm.output), let summand = summandAdded(by: add, to: gemm.output) {
            gemm.summand = summand
            gemm.nodes.append(add)
        }
        if gemm.isGradient {
            if let user = onlyUser(of: gemm.output), let slope = slope(by: user, of: gemm.output) {
                gemm.slope = slope
                gemm.nodes.append(user)
            }
            gemm.columnSums = columnSums(of: gemm.output)
        }
        guard gemm.output != matmul || gemm.columnSums != nil else { return nil }
        for node in gemm.nodes { taken[node] = true }
        if let sums = gemm.columnSums { taken[sums] = true }
        return Unit(
            kind: .gemm(gemm), outputs: [gemm.columnSums, gemm.output].compactMap { $0 },
            inputs: graph.nodes[matmul].inputs + gemm.operands, stage: graph.nodes[matmul].stage)
    }

    /// The node that alone uses `id`, if nothing outside does; of the same stage, and with as many lanes.
    private func onlyUser(of id: Int) -> Int? {
        guard users[id].count == 1, !isRoot[id] else { return nil }
        let (node, user) = (graph.nodes[id], graph.nodes[users[id][0]])
        return user.stage == node.stage && user.lanes == node.lanes ? users[id][0] : nil
    }

    private func rowAdded(by add: Int, to value: Int) -> Int? {
        guard let other = otherSummand(of: add, beside: value) else { return nil }
        let (row, whole) = (graph.nodes[other].shape, graph.nodes[value].shape)
        return row.rows == 1 && row.columns == whole.columns && whole.rows != 1 ? other : nil
    }

    /// The other summand, of the value's own shape. With lanes, one call would not do.
    private func summandAdded(by add: Int, to value: Int) -> Int? {
        guard let other = otherSummand(of: add, beside: value), other != value,
            graph.nodes[other].shape == graph.nodes[value].shape, graph.nodes[add].lanes == 1
        else { return nil }
        return other
    }

    /// The derivative that the value, a cotangent, is multiplied by. Not with lanes: there a value may serve several.
    private func slope(by user: Int, of value: Int) -> (activation: ActivationKind, value: Int)? {
        let node = graph.nodes[user]
        guard case .activationGradient(let gradient) = node.operation, node.inputs[1] == value,
            node.inputs[0] != value, node.lanes == 1
        else { return nil }
        return (gradient.kind, node.inputs[0])
    }

    /// A user that sums the value's columns, as a bias does with its cotangent.
    private func columnSums(of value: Int) -> Int? {
        guard graph.nodes[value].lanes == 1 else { return nil }
        return users[value].first { user in
            guard case .sum(let sum) = graph.nodes[user].operation else { return false }
            return sum.axis == .rows && sum.scale == 1 && !taken[user]
                && graph.nodes[user].stage == graph.nodes[value].stage
        }
    }

    private func otherSummand(of add: Int, beside value: Int) -> Int? {
        let node = graph.nodes[add]
        guard case .binary(let binary) = node.operation, binary.kind == .add, !taken[add],
            node.shape == graph.nodes[value].shape
        else { return nil }
        return node.inputs[0] == value ? node.inputs[1] : node.inputs[0]
    }

    // MARK: Chains of elementwise operations

    private mutating func chainUnit(endingIn last: Int) -> Unit? {
        guard graph.nodes[last].operation.rule is any ElementwiseRule else { return nil }
        var chain: Set = [last]
        var candidates = Set(graph.nodes[last].inputs)
        // The latest first, so that all who may read a value have joined before it is its turn.
        while chain.count < KernelCall.Chain.mostSteps, let id = candidates.max() {
            candidates.remove(id)
            guard isStep(id, of: chain, endingIn: last) else { continue }
            chain.insert(id)
            candidates.formUnion(graph.nodes[id].inputs)
        }
        if chain.count == 1 { return nil }
        for node in chain { taken[node] = true }
        let nodes = chain.sorted()
        let operands = Set(nodes.flatMap { graph.nodes[$0].inputs }).subtracting(chain).sorted()
        return Unit(
            kind: .chain(.init(nodes: nodes, operands: operands)), outputs: [last], inputs: operands,
            stage: graph.nodes[last].stage)
    }

    private func isStep(_ id: Int, of chain: Set<Int>, endingIn last: Int) -> Bool {
        let (node, end) = (graph.nodes[id], graph.nodes[last])
        return node.operation.rule is any ElementwiseRule && !taken[id] && !isRoot[id]
            && node.shape == end.shape && node.lanes == end.lanes && node.stage == end.stage
            && users[id].allSatisfy(chain.contains)
    }

    // MARK: Losses with their gradient

    /// Only where the cotangent depends on no loss: it must exist before the loss is computed.
    private mutating func lossUnit(loss: Int, gradient: Int) -> Unit? {
        guard live[loss], !taken[loss], let cotangent = graph.nodes[gradient].inputs.last,
            !dependsOnLoss[cotangent], graph.nodes[gradient].lanes == 1,
            graph.nodes[gradient].stage == graph.nodes[loss].stage
        else { return nil }
        taken[loss] = true
        taken[gradient] = true
        return Unit(
            kind: .loss(loss: loss, gradient: gradient), outputs: [loss, gradient],
            inputs: graph.nodes[gradient].inputs, stage: graph.nodes[loss].stage)
    }
}
