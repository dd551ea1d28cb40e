import EspalierGraph

/// How the tasks' losses become one.
public enum TaskWeighting: Sendable, Codable, Equatable {
    /// Every task counts 1.
    case equal
    /// Fixed weights; a task that is not named counts 1.
    case fixed([String: Float])
    /// Learned by homoscedastic uncertainty (Kendall, Gal, Cipolla 2018, "Multi-task learning using uncertainty to weigh
    /// losses"): with s = log σ², exp(-s) · L + s/2 for classification, exp(-s)/2 · L + s/2 for regression; s starts at 0.
    case uncertainty
}

/// The weighted sum of the heads' losses in a graph.
///
/// Each task's factor is an input, so that it can change from step to step without compiling anew; a task that has no
/// label in a batch gets 0, and adds nothing to the loss or to any gradient.
struct WeightedLoss {
    let total: Value
    /// By head: the input that scales its term.
    let factors: [String: Value]
    /// By head: what multiplies its loss, besides the factor; learned weights only.
    let learnedWeights: [String: Value]

    init(_ losses: [(head: Head, loss: Value)], _ weighting: TaskWeighting, _ drawing: Drawing) {
        let graph = drawing.graph
        var factors: [String: Value] = [:]
        var learnedWeights: [String: Value] = [:]
        var terms: [Value] = []
        for (head, loss) in losses {
            let factor = graph.input("weight.\(head.name)", [])
            factors[head.name] = factor
            guard weighting == .uncertainty else {
                terms.append(factor * loss)
                continue
            }
            let logVariance = graph.scope("weighting") {
                graph.parameter("log_variance.\(head.name)", [], .zeros)
            }
            let precision = (-logVariance).exp()
            let weight = head.kind == .regression ? 0.5 * precision : precision
            learnedWeights[head.name] = weight
            terms.append(factor * (weight * loss + 0.5 * logVariance))
        }
        terms += drawing.penalties
        total = terms.dropFirst().reduce(terms[0], +)
        (self.factors, self.learnedWeights) = (factors, learnedWeights)
    }
}

extension TaskWeighting {
    /// The fixed part of a task's weight.
    func factor(of task: String) -> Float {
        if case .fixed(let weights) = self { return weights[task] ?? 1 }
        return 1
    }
}
