import EspalierKernels

/// One or more nodes that become kernel calls together.
struct Unit {
    enum Kind {
        /// One node by its own rule.
        case single(Int)
        /// A product with what follows it in the same kernel.
        case gemm(FusedGEMM)
        /// Products of one A, which is read once.
        case siblings([FusedGEMM])
        /// Elementwise operations in one pass over memory.
        case chain(ElementwiseChain)
        /// A loss and its gradient in one pass over the logits.
        case loss(loss: Int, gradient: Int)
    }

    let kind: Kind
    /// Nodes whose values exist afterwards.
    let outputs: [Int]
    /// Nodes whose values must exist before.
    let inputs: [Int]
    /// Of all its nodes.
    var stage = 0

    /// The nodes that are computed, in the order of their computation.
    var nodes: [Int] {
        switch kind {
        case .single(let id): [id]
        case .gemm(let gemm): gemm.nodes + [gemm.columnSums].compactMap { $0 }
        case .siblings(let products): products.flatMap(\.nodes)
        case .chain(let chain): chain.nodes
        case .loss(let loss, let gradient): [loss, gradient]
        }
    }
}

/// By node, the index of the unit that computes it.
func producers(_ units: [Unit], nodeCount: Int) -> [Int?] {
    var producer = [Int?](repeating: nil, count: nodeCount)
    for (index, unit) in units.enumerated() {
        for output in unit.outputs { producer[output] = index }
    }
    return producer
}

/// activation(A · B + bias) + summand, or (A · B + summand) · slope with its column sums; the values inside the chain
/// never stored. The bits are those of the operations one by one.
struct FusedGEMM {
    /// The product, the additions, the activation or its gradient: each feeds the next alone, and the last one's value is
    /// stored.
    var nodes: [Int]
    var bias: Int?
    var activation = ActivationKind.identity
    var summand: Int?
    /// The derivative of an activation at a value: its input or its output, as the kind wants.
    var slope: (activation: ActivationKind, value: Int)?
    /// The node that sums the output's columns.
    var columnSums: Int?

    var matmul: Int { nodes[0] }
    var output: Int { nodes[nodes.count - 1] }

    /// Is it on the way back, where a derivative and column sums may follow?
    var isGradient: Bool { bias == nil && activation == .identity }

    /// What it reads besides A and B, in the order that `MatMul.Fused` takes it.
    var operands: [Int] { [bias, summand, slope?.value].compactMap { $0 } }
}
