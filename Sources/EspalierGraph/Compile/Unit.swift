/// One or more nodes that become kernel calls together.
struct Unit {
    enum Kind {
        /// One node by its own rule.
        case single(Int)
        /// A product with what follows it in the same kernel.
        case gemm(FusedGEMM)
        /// A loss and its gradient in one pass over the logits.
        case loss(loss: Int, gradient: Int)
    }

    let kind: Kind
    /// Nodes whose values exist afterwards.
    let outputs: [Int]
    /// Nodes whose values must exist before.
    let inputs: [Int]
}

/// activation(A · B + residual + bias), the values inside the chain never stored.
struct FusedGEMM {
    let matmul: Int
    /// The last node of the chain: the one whose value is stored.
    var output: Int
    var bias: Int?
    var activation: Int?
    /// Its memory becomes the output's.
    var residual: Int?
}
