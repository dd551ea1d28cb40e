import EspalierKernels

extension Graph {
    /// Units in which products that add up in one place are one call that writes there once: what several heads send into
    /// a trunk.
    func summingProducts(_ units: [Unit]) -> [Unit] {
        var units: [Unit?] = units
        // By what they give: units that may be one of several terms.
        var terms: [Int: Int] = [:]
        for (index, unit) in units.enumerated() {
            if let gemm = unit.flatMap(term) { terms[gemm.output] = index }
        }
        // Ascending, so that the sum before this one is whole.
        for index in units.indices {
            guard let unit = units[index], case .gemm(var gemm) = unit.kind, gemm.isPlain, isSummable(gemm),
                let residual = gemm.residual, let place = terms[residual], let before = units[place].flatMap(term),
                isSummable(before), transposesB(before) == transposesB(gemm),
                before.earlier.count + 2 <= KernelCall.GEMMSum.mostTerms
            else { continue }
            var first = before
            first.earlier = []
            gemm.earlier = before.earlier + [first]
            gemm.residual = before.residual
            let inputs = units[place]!.inputs + unit.inputs.filter { $0 != residual }
            units[place] = nil
            units[index] = Unit(kind: .gemm(gemm), outputs: unit.outputs, inputs: inputs, stage: unit.stage)
        }
        return units.compactMap { $0 }
    }

    /// The unit's product, if it is nothing but one, or a sum of products.
    private func term(_ unit: Unit) -> FusedGEMM? {
        switch unit.kind {
        case .gemm(let gemm): return gemm.isTerm ? gemm : nil
        case .single(let id):
            guard case .matmul = nodes[id].operation else { return nil }
            return FusedGEMM(nodes: [id])
        case .chain, .loss: return nil
        }
    }

    private func transposesB(_ gemm: FusedGEMM) -> Bool {
        guard case .matmul(let matmul) = nodes[gemm.matmul].operation else { return false }
        return matmul.transposeB
    }

    /// A sum pays where reading and writing C costs more than the product: from heads of few outputs. Those of 10 classes
    /// or more gain nothing.
    ///
    /// With so many columns every product is a chain of multiply-adds in the order of k, and the sum has the bits that its
    /// terms have one after the other (`ck_gemm_sum_f32`).
    private func isSummable(_ gemm: FusedGEMM) -> Bool {
        let node = nodes[gemm.matmul]
        guard case .matmul(let matmul) = node.operation else { return false }
        let outputs = nodes[node.inputs[0]].shape[1]
        return node.lanes == 1 && node.shape[1] > 64 && outputs <= 4 && !matmul.transposeA
    }
}
