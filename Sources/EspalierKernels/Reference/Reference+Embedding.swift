/// The first id outside the vocabulary is an error.
private func check(_ ids: Indices, count: Int, vocabulary: Int, kernel: String) throws(KernelError) {
    for position in 0..<count where !(0..<vocabulary ~= Int(ids[position])) {
        throw .indexOutOfRange(kernel: kernel, position: position, index: Int(ids[position]))
    }
}

extension KernelCall.Embedding {
    /// y[i,:] = table[ids[i],:]
    func evaluate(kernel: String) throws(KernelError) -> [Bounded] {
        try check(ids, count: count, vocabulary: vocabulary, kernel: kernel)
        return (0..<count).flatMap { table.row(Int(ids[$0]), width) }
    }
}

extension KernelCall.EmbeddingBackward {
    /// dtable[ids[i],:] += dy[i,:]
    func evaluate(kernel: String) throws(KernelError) -> [Bounded] {
        try check(ids, count: count, vocabulary: vocabulary, kernel: kernel)
        var terms = dtable.values(vocabulary, width).map { [$0] }
        for position in 0..<count {
            for column in 0..<width { terms[Int(ids[position]) * width + column].append(dy[position, column]) }
        }
        return terms.map(Bounded.sum)
    }
}

extension KernelCall.BagIndices {
    /// The places of a bag's ids.
    fileprivate func places(ofBag bag: Int) -> Range<Int> { Int(offsets[bag])..<Int(offsets[bag + 1]) }

    /// What an id of the bag counts.
    fileprivate func weight(_ place: Int, inBag bag: Int) -> Bounded {
        let weight = weights.map { Bounded($0[place]) } ?? 1
        return mode == .mean ? weight / Bounded(Double(places(ofBag: bag).count)) : weight
    }

    fileprivate func check(kernel: String) throws(KernelError) {
        guard offsets[0] == 0, (0..<bags).allSatisfy({ offsets[$0] <= offsets[$0 + 1] }) else {
            throw .invalidArgument(kernel: kernel)
        }
        try EspalierKernels.check(ids, count: count, vocabulary: vocabulary, kernel: kernel)
    }
}

extension KernelCall.EmbeddingBag {
    /// y[b,:] = Σ_i weights[i] · table[ids[i],:], divided by the bag's size for `.mean`.
    func evaluate(kernel: String) throws(KernelError) -> [Bounded] {
        try indices.check(kernel: kernel)
        return (0..<indices.bags).flatMap { bag in
            (0..<indices.width).map { column in
                .sum(
                    indices.places(ofBag: bag).map {
                        indices.weight($0, inBag: bag) * table[Int(indices.ids[$0]), column]
                    })
            }
        }
    }
}

extension KernelCall.EmbeddingBagBackward {
    /// dtable[ids[i],:] += weights[i] · dy[b,:], divided by the bag's size for `.mean`.
    func evaluate(kernel: String) throws(KernelError) -> [Bounded] {
        try indices.check(kernel: kernel)
        let width = indices.width
        var terms = dtable.values(indices.vocabulary, width).map { [$0] }
        for bag in 0..<indices.bags {
            for place in indices.places(ofBag: bag) {
                let weight = indices.weight(place, inBag: bag)
                for column in 0..<width {
                    terms[Int(indices.ids[place]) * width + column].append(weight * dy[bag, column])
                }
            }
        }
        return terms.map(Bounded.sum)
    }
}
