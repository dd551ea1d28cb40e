import EspalierKernels
import EspalierTensor

/// An operation whose result's elements each depend on the operands' elements at the same place: it may be a step of a
/// chain.
protocol ElementwiseRule: OperationRule {
    /// The same operation as a step. A rule of one operand that becomes a step of two gives it twice.
    func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation
}

extension ElementwiseRule {
    var splitsRows: Bool { true }
}

/// Elementwise nodes of one shape that are computed in one pass over memory: each but the last is read by the others
/// alone, so that its value is never stored.
struct ElementwiseChain {
    /// In the order drawn.
    let nodes: [Int]
    /// What is read from memory, each once.
    let operands: [Int]

    var output: Int { nodes[nodes.count - 1] }
}

extension ElementwiseChain {
    /// A chain to be turned into its kernel call. Its site's inputs are the chain's operands.
    struct Fused: Lowered {
        let chain: ElementwiseChain
        let graph: Graph

        var splitsRows: Bool { true }

        /// Where all steps may.
        func foldsLanes(at site: KernelSite) -> Bool {
            chain.nodes.allSatisfy { id in
                // What an earlier step gives has the lanes and the rows of the result.
                let inputs = graph.nodes[id].inputs.map { place(of: $0).map { site.inputs[$0] } ?? site.output }
                let step = KernelSite(inputs: inputs, output: site.output, randomness: site.randomness)
                return graph.nodes[id].operation.rule.foldsLanes(at: step)
            }
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let shape = site.output.shape
            var steps = chain.nodes.map { id in
                guard let rule = graph.nodes[id].operation.rule as? any ElementwiseRule else {
                    fatalError("[compile] node \(id) is no step of a chain")
                }
                let sources = graph.nodes[id].inputs.map { source(of: $0, site, in: shape) }
                let operation = rule.chainOperation(site.randomness)
                return KernelCall.Chain.Step(operation, sources[0], operation.isBinary ? sources.last : nil)
            }
            steps[steps.count - 1].y = site.output.floats
            return [.chain(.init(rows: shape.rows, columns: shape.columns, steps: steps))]
        }

        /// Among the operands; nil for what an earlier step gives.
        private func place(of id: Int) -> Int? { chain.operands.firstIndex(of: id) }

        private func source(of id: Int, _ site: KernelSite, in shape: Shape) -> KernelCall.Chain.Source {
            place(of: id).map { site.inputs[$0].source(in: shape) } ?? .result(chain.nodes.firstIndex(of: id)!)
        }
    }
}

extension KernelCall.Chain.Operation {
    fileprivate var isBinary: Bool {
        switch self {
        case .binary, .activationBackward: true
        case .unary, .affine, .activation, .dropout: false
        }
    }
}

extension Operand {
    /// The operand of a chain whose results have that shape, repeated where it is smaller.
    fileprivate func source(in whole: Shape) -> KernelCall.Chain.Source {
        switch (rows == whole.rows, columns == whole.columns) {
        case (true, true): .whole(floats)
        case (false, true): .row(floats)
        case (true, false): .column(floats)
        case (false, false): .number(floats)
        }
    }
}
