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
        case .siblings(let products):
            return [.gemmSiblings(.init(products.map { $0.product(at: sites) }))]
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
    /// A product, or a product with what the way back applies to it.
    fileprivate func calls(at sites: SiteMaker) -> [KernelCall] {
        let site = site(at: sites)
        if slope == nil && columnSums == nil { return fused(in: sites.graph).calls(at: site) }
        let gradient = Graph.Operation.MatMul.FusedGradient(
            product: fused(in: sites.graph), activation: slope?.activation ?? .identity,
            columnSums: columnSums.map { sites.operand($0).floats })
        return gradient.calls(at: site)
    }
}

extension FusedGEMM {
    /// The product alone, of single lanes.
    fileprivate func product(at sites: SiteMaker) -> KernelCall.GEMM {
        fused(in: sites.graph).call(at: site(at: sites))
    }

    private func fused(in graph: Graph) -> Graph.Operation.MatMul.Fused {
        guard case .matmul(let operation) = graph.nodes[matmul].operation else { fatalError("[compile] not a product") }
        return .init(matmul: operation, hasBias: bias != nil, activation: activation, hasSummand: summand != nil)
    }

    private func site(at sites: SiteMaker) -> KernelSite {
        sites.site(sites.graph.nodes[matmul].inputs + operands, output)
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
