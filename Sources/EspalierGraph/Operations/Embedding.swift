import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Rows of a table `[vocabulary, width]` by their ids.
    public struct Embedding: OperationRule {
        var name: String { "embedding" }
        var indexOperands: Range<Int> { 1..<2 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0].rank == 2 else { throw ShapeMistake("a table [vocabulary, width] is wanted") }
            return [inputs[1].count, inputs[0][1]]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let gradient = Graph.Operation.EmbeddingGradient(vocabulary: site.inputs[0].shape[0])
            return [site.graph.append(.embeddingGradient(gradient), [site.inputs[1], site.cotangent]), nil]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let (table, ids) = (site.inputs[0], site.inputs[1])
            return [
                .embedding(
                    .init(
                        count: ids.count, vocabulary: table.rows, width: table.columns, table: table.matrix,
                        ids: ids.indices, y: site.output.matrix))
            ]
        }
    }

    /// The table's gradient: each row of the cotangent added to its id's row, in the order of the ids.
    public struct EmbeddingGradient: OperationRule {
        let vocabulary: Int

        var name: String { "embeddingGradient" }
        var indexOperands: Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { [vocabulary, inputs[1].columns] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [nil, site.graph.append(.embedding(.init()), [site.cotangent, site.inputs[0]])]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let (ids, dy, dtable) = (site.inputs[0], site.inputs[1], site.output)
            return [
                .fill(.init(count: dtable.count, value: 0, y: dtable.floats)),
                .embeddingBackward(
                    .init(
                        count: ids.count, vocabulary: vocabulary, width: dtable.columns, ids: ids.indices,
                        dy: dy.matrix, dtable: dtable.matrix)),
            ]
        }
    }

    /// Weighted sums (or means) of a table's rows over bags of ids.
    public struct EmbeddingBag: OperationRule {
        let mode: BagMode

        var name: String { "embeddingBag" }
        var attributes: String { "\(mode)" }
        var indexOperands: Range<Int> { 1..<3 }

        /// Operands: table, ids, offsets, weights.
        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0].rank == 2 else { throw ShapeMistake("a table [vocabulary, width] is wanted") }
            guard inputs[2].count >= 1 else { throw ShapeMistake("bags + 1 offsets are wanted") }
            guard inputs[1].count == inputs[3].count else { throw ShapeMistake("a weight for every id is wanted") }
            return [inputs[2].count - 1, inputs[0][1]]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            if site.needed[3] { throw site.notDifferentiable("bags have a gradient for the table, not for weights") }
            let gradient = Graph.Operation.EmbeddingBagGradient(mode: mode, vocabulary: site.inputs[0].shape[0])
            return [
                site.graph.append(.embeddingBagGradient(gradient), site.inputs.dropFirst() + [site.cotangent]), nil,
                nil, nil,
            ]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let table = site.inputs[0]
            return [
                .embeddingBag(
                    .init(
                        bagIndices(
                            mode, vocabulary: table.rows, width: table.columns, Array(site.inputs.dropFirst())),
                        table: table.matrix, y: site.output.matrix))
            ]
        }
    }

    /// The table's gradient: each bag's cotangent, weighted, added to the rows of its ids in order.
    public struct EmbeddingBagGradient: OperationRule {
        let mode: BagMode
        let vocabulary: Int

        var name: String { "embeddingBagGradient" }
        var attributes: String { "\(mode)" }
        var indexOperands: Range<Int> { 0..<2 }

        /// Operands: ids, offsets, weights, cotangent.
        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { [vocabulary, inputs[3].columns] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            if site.needed[2] { throw site.notDifferentiable("bags have a gradient for the table, not for weights") }
            let bags = [site.cotangent] + site.inputs.prefix(3)
            return [nil, nil, nil, site.graph.append(.embeddingBag(.init(mode: mode)), bags)]
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let (dy, dtable) = (site.inputs[3], site.output)
            return [
                .fill(.init(count: dtable.count, value: 0, y: dtable.floats)),
                .embeddingBagBackward(
                    .init(
                        bagIndices(
                            mode, vocabulary: vocabulary, width: dtable.columns, Array(site.inputs.prefix(3))),
                        dy: dy.matrix, dtable: dtable.matrix)),
            ]
        }
    }
}

/// - Parameter operands: ids, offsets, weights.
private func bagIndices(_ mode: BagMode, vocabulary: Int, width: Int, _ operands: [Operand]) -> KernelCall.BagIndices {
    .init(
        bags: operands[1].count - 1, vocabulary: vocabulary, width: width, mode: mode, ids: operands[0].indices,
        offsets: operands[1].indices, weights: operands[2].floats)
}

extension Value {
    /// Rows of this table `[vocabulary, width]`: `[ids.count, width]`.
    ///
    /// - Parameter ids: int32, in `0..<vocabulary`.
    public func embedding(_ ids: Value) -> Value { graph.append(.embedding(.init()), [self, ids]) }

    /// Sums, or means, over bags of this table's rows: `[bags, width]`. An empty bag gives zeros.
    ///
    /// - Parameters:
    ///   - ids: `[capacity]`, int32. Only the ids that the offsets span are read.
    ///   - offsets: `[bags + 1]`, int32; bag b holds the ids `offsets[b] ..< offsets[b + 1]`.
    ///   - weights: `[capacity]`.
    public func embeddingBag(_ mode: BagMode, ids: Value, offsets: Value, weights: Value) -> Value {
        graph.append(.embeddingBag(.init(mode: mode)), [self, ids, offsets, weights])
    }
}
