import EspalierTensor

/// Each gradient is projected, in random order, onto the normal plane of every other that it conflicts with; the
/// projections are added: for j in random order, if <v, g_j> < 0 then v -= <v, g_j> / |g_j|² g_j.
///
/// Yu and others, Gradient surgery for multi-task learning, NeurIPS 2020. All projections stay in the span of the
/// gradients, so they are carried out on the Gram matrix.
public struct PCGrad: Sendable {
    /// Where the orders come from.
    private var random: CounterRandom

    public init(seed: UInt64 = 0) { random = CounterRandom(seed: seed, name: "pcgrad") }

    public mutating func weights(for gram: GramMatrix) -> [Double] {
        var sum = [Double](repeating: 0, count: gram.tasks)
        for task in 0..<gram.tasks {
            var projected = [Double](repeating: 0, count: gram.tasks)
            projected[task] = 1
            for other in random.shuffledIndices(count: gram.tasks) where other != task {
                let product = gram.times(projected)[other]
                if product < 0, gram[other, other] > 0 { projected[other] -= product / gram[other, other] }
            }
            for i in 0..<gram.tasks { sum[i] += projected[i] }
        }
        return sum
    }
}
