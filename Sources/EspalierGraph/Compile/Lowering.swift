import EspalierKernels
import EspalierTensor

extension Unit {
    /// The kernel calls that compute the unit.
    func calls(at sites: SiteMaker) -> [KernelCall] {
        let graph = sites.graph
        switch kind {
        case .single(let id):
            return graph.nodes[id].operation.rule.calls(at: sites.site(of: id))
        case .gemm(let gemm):
            return gemm.calls(at: sites)
        case .chain(let chain):
            let fused = ElementwiseChain.Fused(chain: chain, graph: graph)
            return fused.calls(at: sites.site(chain.operands, chain.output))
        case .loss(let loss, let gradient):
            guard case .loss(let operation) = graph.nodes[loss].operation else {
                fatalError("[compile] no loss")
            }
            let inputs = graph.nodes[gradient].inputs.map(sites.operand)
            return [
                operation.kind.call(
                    inputs.dropLast(), cotangent: inputs.last, loss: sites.operand(loss),
                    gradient: sites.operand(gradient))
            ]
        }
    }
}

extension FusedGEMM {
    /// A product, a product with what the way back applies to it, or a sum of products.
    fileprivate func calls(at sites: SiteMaker) -> [KernelCall] {
        let node = sites.graph.nodes[matmul]
        guard case .matmul(let operation) = node.operation else { fatalError("[compile] not a product") }
        let site = sites.site(node.inputs + operands, output)
        let product = Graph.Operation.MatMul.Fused(
            matmul: operation, hasBias: bias != nil, activation: activation, hasSummand: summand != nil)
        if slope == nil && columnSums == nil && earlier.isEmpty { return product.calls(at: site) }
        let gradient = Graph.Operation.MatMul.FusedGradient(
            product: product, activation: slope?.activation ?? .identity,
            columnSums: columnSums.map { sites.operand($0).floats })
        if earlier.isEmpty { return gradient.calls(at: site) }
        return [.gemmSum(.init(earlier.map { $0.term(at: sites) }, gradient.call(at: site)))]
    }

    private func term(at sites: SiteMaker) -> KernelCall.GEMMSum.Term {
        let operands = sites.graph.nodes[matmul].inputs.map(sites.operand)
        return .init(k: operands[0].columns, a: operands[0].matrix, b: operands[1].matrix)
    }
}

/// Finds nodes' memory.
struct SiteMaker {
    let graph: Graph
    let memory: [Int: [UnsafeMutableRawPointer]]
    let home: MemoryHomes
    let randomness: Randomness
    let scratch: (Int) -> Floats?

    func operand(_ id: Int) -> Operand {
        let lanes = home[id].map { slot in
            guard let lanes = memory[slot.node] else { fatalError("[compile] node \(id) has no memory") }
            return lanes[slot.lane]
        }
        return Operand(lanes: lanes, shape: graph.nodes[id].shape)
    }

    func site(of id: Int) -> KernelSite {
        var site = site(graph.nodes[id].inputs, id)
        site.scratch = scratch(id)
        return site
    }

    func site(_ inputs: [Int], _ output: Int) -> KernelSite {
        KernelSite(inputs: inputs.map(operand), output: operand(output), randomness: randomness)
    }
}
