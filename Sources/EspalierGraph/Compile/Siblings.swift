import EspalierKernels
import EspalierTensor

extension Graph {
    /// Joins the narrow products of one A into units: what several heads make of one trunk, and their weights' gradients.
    ///
    /// What has to exist all at a time for that, the results or else the other operands, takes no more memory than A.
    ///
    /// - Parameter all: also where it does not pay.
    func joiningSiblings(_ units: [Unit], all: Bool) -> [Unit] {
        var units = Units(units, of: self)
        let candidates = Dictionary(
            grouping: units.all.indices.compactMap { candidate(units.all[$0]!, at: $0, all: all) }, by: \.key)
        for siblings in candidates.values.sorted(by: { $0[0].index < $1[0].index }) {
            for start in stride(from: 0, to: siblings.count, by: KernelCall.GEMMSiblings.mostProducts) {
                units.join(siblings[start...].prefix(KernelCall.GEMMSiblings.mostProducts))
            }
        }
        return units.all.compactMap { $0 }
    }

    /// A unit that gains from company, if it is one.
    private func candidate(_ unit: Unit, at index: Int, all: Bool) -> Sibling? {
        guard let product = unit.plainProduct, case .matmul(let matmul) = nodes[product.matmul].operation,
            !matmul.transposeB, unit.inputs.allSatisfy({ nodes[$0].lanes == 1 }), !isSymmetric(product.matmul)
        else { return nil }
        let (inputs, shape) = (nodes[product.matmul].inputs, nodes[product.matmul].shape)
        let (m, n) = (shape[0], shape[1])
        let k = nodes[inputs[1]].shape[0]
        guard all || KernelCall.GEMMSiblings.gain(transposeA: matmul.transposeA, m: m, n: n, k: k) else { return nil }
        return Sibling(
            index: index, product: product, columns: n, mostColumns: all ? .max : matmul.transposeA ? m : k,
            key: .init(
                a: inputs[0], transposeA: matmul.transposeA, activation: product.activation, stage: unit.stage,
                isDrawnAgain: nodes[product.matmul].original != nil))
    }

    /// Is it X Xᵀ or Xᵀ X? That has a kernel of its own, with other bits (`MatMul.kernels`): who uses the result must not
    /// decide which it is.
    func isSymmetric(_ matmul: Int) -> Bool {
        guard case .matmul(let product) = nodes[matmul].operation, product.transposeA != product.transposeB else {
            return false
        }
        let operands = nodes[matmul].inputs.map(source)
        return operands[0] == operands[1]
    }

    /// The node that a node is an alias of, or itself.
    fileprivate func source(of id: Int) -> Int {
        var id = id
        while nodes[id].operation.rule.isAlias { id = nodes[id].inputs[0] }
        return id
    }
}

/// A product that may join others.
private struct Sibling {
    /// What they must have in common.
    struct Key: Hashable {
        let a: Int
        let transposeA: Bool
        let activation: ActivationKind
        let stage: Int
        /// For the way back, after a checkpoint: to wait until then is its purpose.
        let isDrawnAgain: Bool
    }

    /// Of its unit.
    let index: Int
    let product: FusedGEMM
    let columns: Int
    /// For all of them together.
    let mostColumns: Int
    let key: Key
}

/// The units, some of which are joined into the first one's place.
private struct Units {
    private(set) var all: [Unit?]
    /// By node, the unit that computes it.
    private var producer: [Int?]
    private let graph: Graph

    init(_ units: [Unit], of graph: Graph) {
        all = units
        self.graph = graph
        producer = producers(units, nodeCount: graph.nodes.count)
    }

    /// Joins the siblings' units, unless they are too many or one waits for another.
    mutating func join(_ siblings: ArraySlice<Sibling>) {
        let indices = siblings.map(\.index), units = indices.map { all[$0]! }
        guard siblings.count > 1, siblings.reduce(0, { $0 + $1.columns }) <= siblings.first!.mostColumns,
            !dependsOnItself(units, Set(indices))
        else { return }
        let outputs = units.flatMap(\.outputs)
        var seen: Set<Int> = []
        let inputs = units.flatMap(\.inputs).filter { seen.insert($0).inserted }
        for index in indices { all[index] = nil }
        all[indices[0]] = Unit(
            kind: .siblings(siblings.map(\.product)), outputs: outputs, inputs: inputs, stage: units[0].stage)
        for output in outputs { producer[output] = indices[0] }
    }

    /// Does any of them need what another computes?
    private func dependsOnItself(_ units: [Unit], _ members: Set<Int>) -> Bool {
        var visited: Set<Int> = []
        var pending = units.flatMap(\.inputs)
        while let node = pending.popLast() {
            guard let index = producer[graph.source(of: node)], visited.insert(index).inserted else { continue }
            if members.contains(index) { return true }
            pending += all[index]!.inputs
        }
        return false
    }
}

extension Unit {
    /// The product, if the unit is one with a bias and an activation at most.
    fileprivate var plainProduct: FusedGEMM? {
        switch kind {
        case .single(let id): FusedGEMM(nodes: [id])
        case .gemm(let gemm) where gemm.summand == nil && gemm.slope == nil && gemm.columnSums == nil: gemm
        default: nil
        }
    }
}
