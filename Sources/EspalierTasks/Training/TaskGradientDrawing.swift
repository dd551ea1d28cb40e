import EspalierGraph

/// Draws a training step's gradients: of the weighted sum of the heads' losses, or of each loss with weights that a
/// balancer chooses.
struct TaskGradientDrawing {
    /// By head: the input that scales its loss.
    let factors: [String: Value]
    /// By head: what multiplies its loss, besides the factor; learned weights only.
    let learnedWeights: [String: Value]
    /// How and by what the tasks are balanced, if they are.
    let balanced: (gradients: BalancedGradients, level: GradientLevel)?
    /// What scales the penalties, if the batch comes in parts: a part's share of the batch's rows.
    let penaltyShare: Value?
    /// By parameter.
    private let gradients: [Value?]
    private let rows: [TaskGradients?]

    init(_ losses: [(head: Head, loss: Value)], _ options: TrainingOptions, _ drawing: Drawing) throws {
        let graph = drawing.graph
        guard let balancing = options.balancing else {
            let loss = WeightedLoss(losses, options.weighting, drawing)
            (factors, learnedWeights, balanced, penaltyShare) = (loss.factors, loss.learnedWeights, nil, nil)
            gradients = try graph.gradients(of: loss.total, withRespectTo: graph.parameters)
            rows = gradients.map { _ in nil }
            return
        }
        factors = Dictionary(
            uniqueKeysWithValues: losses.map { ($0.head.name, graph.input("weight.\($0.head.name)", [])) })
        learnedWeights = [:]
        let level = balancing.level ?? balancing.balancer.level
        let weightsHeads = balancing.weightsHeads ?? balancing.balancer.weightsHeads
        let isOneGroup = weightsHeads || balancing.balancer is any MeasuringBalancer
        let result = try graph.balancedGradients(
            of: losses.map(\.loss), withRespectTo: graph.parameters, level: level,
            grouping: isOneGroup ? .whole : balancing.grouping,
            scope: balancing.scope ?? balancing.balancer.scope,
            cotangents: losses.map { [factors] in factors[$0.head.name]! },
            weightsHeads: weightsHeads, accumulates: balancing.batchParts > 1, measuresApart: balancing.interval > 1)
        balanced = (result, level)
        rows = result.rows
        // Penalties are no task: they count as they are.
        guard let first = drawing.penalties.first else {
            (gradients, penaltyShare) = (result.gradients, nil)
            return
        }
        let penalty = drawing.penalties.dropFirst().reduce(first, +)
        let share = balancing.batchParts > 1 ? graph.input("penalty.share", []) : nil
        penaltyShare = share
        let ofPenalty = try graph.gradients(of: share.map { $0 * penalty } ?? penalty, withRespectTo: graph.parameters)
            .map { share == nil ? $0 : $0?.accumulated() }
        gradients = zip(result.gradients, ofPenalty).map { gradient, penalty in
            guard let gradient, let penalty else { return gradient ?? penalty }
            return gradient + penalty
        }
    }

    /// What the program must have as outputs, besides the losses.
    var outputs: [Value] { Array(learnedWeights.values) + (balanced?.gradients.outputs ?? []) }

    func destinations(_ slab: ParameterSlab, _ taskRows: TaskRows?) -> [GradientDestination] {
        zip(slab.layout.entries, zip(gradients, rows)).flatMap { entry, drawn in
            let (gradient, row) = drawn
            let inRows = row.flatMap { row in taskRows.map { GradientDestination(row, in: $0, at: entry.name) } }
            return [gradient.map { GradientDestination($0, in: slab, at: entry.name) }, inRows].compactMap { $0 }
        }
    }

    /// The groups' balancers, the group with the most parameters first.
    func groups(_ layout: ParameterLayout, _ rows: TaskRows?, _ balancing: Balancing?) -> [GroupBalancer] {
        guard let balanced, let balancing else { return [] }
        let groups = balanced.gradients.groups
        let names = layers(ofGroups: groups.map { $0.targets.map { layout.entries[$0].name } })
        return zip(groups, names).map { group, layers in
            let entries = group.targets.map { layout.entries[$0] }
            let ranges = entries.map { $0.offset..<$0.offset + $0.shape.count }
            return (
                ranges.reduce(0) { $0 + $1.count },
                GroupBalancer(
                    group, layers: layers, balancing, level: balanced.level, ranges: ranges, rows: rows)
            )
        }.sorted { $0.0 > $1.0 }.map(\.1)
    }
}
