import EspalierTensor

/// Draws Gram matrices of the tasks' gradients by a parameter, each the cheapest way its shapes allow.
struct GramDrawing {
    let graph: Graph
    /// Columns that gradients may be projected to; nil for exact products.
    let sketchColumns: Int?
    /// By node: products that several parameters of one layer's input share.
    private var metrics: [Int: Value] = [:]
    private var projections: [Int: Value] = [:]

    init(_ graph: Graph, sketchColumns: Int?) { (self.graph, self.sketchColumns) = (graph, sketchColumns) }

    /// The matrix of <g_i, g_j>, `[lanes, lanes]`.
    mutating func gram(of gradients: Value) -> Value {
        graph.deriving(gradients.node) {
            guard let factors = Factors(gradients) else { return touchedRows(of: gradients).gram() }
            switch factors.cheapest(sketchColumns) {
            case .rows: return gradients.gram()
            case .metric: return factors.cotangents.gram(metric: metric(of: factors))
            case .sketch(let columns):
                let projection = projection(of: factors, columns: columns)
                return projection.matmul(factors.cotangents, transpose: true, false).gram()
            }
        }
    }

    /// Gradients by a table without the rows that no id of the batch names, if there are fewer ids than rows. Anything
    /// else as it is.
    private func touchedRows(of gradients: Value) -> Value {
        let inputs = gradients.node.inputs.map { Value(graph: graph, id: $0) }
        switch gradients.node.operation {
        case .embeddingGradient(let table) where inputs[0].shape.count < table.vocabulary:
            let ids = inputs[0].firstUses(vocabulary: table.vocabulary)
            let touched = Graph.Operation.EmbeddingGradient(vocabulary: ids.shape.count)
            return graph.append(.embeddingGradient(touched), [ids, inputs[1]])
        case .embeddingBagGradient(let table) where inputs[0].shape.count < table.vocabulary:
            let ids = inputs[0].firstUses(vocabulary: table.vocabulary, offsets: inputs[1])
            let touched = Graph.Operation.EmbeddingBagGradient(mode: table.mode, vocabulary: ids.shape.count)
            return graph.append(.embeddingBagGradient(touched), [ids] + inputs.dropFirst())
        default: return gradients
        }
    }

    /// X Xᵀ: the similarity of the batch's rows.
    private mutating func metric(of factors: Factors) -> Value {
        if let metric = metrics[factors.key] { return metric }
        let x = factors.activations
        let metric =
            factors.isTransposed ? x.matmul(x, transpose: true, false) : x.matmul(x, transpose: false, true)
        metrics[factors.key] = metric
        return metric
    }

    /// X Ω, `[rows, columns]`, Ω of random signs over the root of `columns`.
    private mutating func projection(of factors: Factors, columns: Int) -> Value {
        if let projection = projections[factors.key] { return projection }
        let x = factors.activations
        let scale = 1 / Float(columns).squareRoot()
        // Dropout of one half gives 0 or 2.
        let signs = graph.constant(1).broadcast(to: [factors.inputs, columns])
            .dropout(0.5, stream: stableHash("sketch \(x.node.original ?? x.id)")).affine(scale, -scale)
        let projection = x.matmul(signs, transpose: factors.isTransposed, false)
        projections[factors.key] = projection
        return projection
    }
}

/// A weight's gradients as they were drawn: g_i = Xᵀ D_i, or D_iᵀ X, with activations X that all tasks share.
private struct Factors {
    enum Way {
        case rows, metric
        case sketch(columns: Int)
    }

    /// X `[rows, inputs]`, or its transpose.
    let activations: Value
    let isTransposed: Bool
    /// D_i `[rows, outputs]`, a lane a task.
    let cotangents: Value

    var key: Int { isTransposed ? -1 - activations.id : activations.id }
    var inputs: Int { activations.shape[isTransposed ? 0 : 1] }

    init?(_ gradients: Value) {
        guard case .matmul(let product) = gradients.node.operation else { return nil }
        let operands = gradients.node.inputs.map { Value(graph: gradients.graph, id: $0) }
        if operands[0].lanes == 1, !product.transposeB {
            (activations, cotangents) = (operands[0], operands[1])
            isTransposed = !product.transposeA
        } else if operands[1].lanes == 1, product.transposeA {
            (activations, cotangents) = (operands[1], operands[0])
            isTransposed = product.transposeB
        } else {
            return nil
        }
    }

    /// By the multiplications of each way.
    func cheapest(_ sketchColumns: Int?) -> Way {
        let (tasks, rows, outputs) = (cotangents.lanes, cotangents.shape[0], cotangents.shape[1])
        func cost(_ height: Int) -> Int { tasks * height * outputs * (rows + tasks) }
        let byRows = cost(inputs)
        let byMetric = rows * rows * inputs + cost(rows)
        let exact = min(byRows, byMetric)
        if let sketchColumns, rows * inputs * sketchColumns + cost(sketchColumns) < exact {
            return .sketch(columns: sketchColumns)
        }
        return byMetric < byRows ? .metric : .rows
    }
}
