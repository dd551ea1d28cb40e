import EspalierGraph
import EspalierKernels
import EspalierTensor
import EspalierTestSupport

@testable import EspalierTasks

/// Six features; three classes (the largest of the first three), two labels (signs), a number (a line): easy to learn.
enum SmallProblem {
    static let heads: [Head] = [
        .classification("kind", classes: 3), .multiLabel("marks", labels: 2), .regression("amount"),
    ]

    static func model(
        heads: [Head] = heads, @LayerBuilder trunk: () -> [any Layer] = { [Dense(8, .tanh)] }
    ) -> Model {
        Model(input: .dense("x", width: 6), trunk: Sequential(trunk()), heads: heads)
    }

    static func dataset(_ rows: Int, seed: UInt64 = 1) -> Dataset {
        let x = randomArray(rows * 6, seed: seed)
        func feature(_ row: Int, _ column: Int) -> Float { x[row * 6 + column] }
        let all = 0..<rows
        return Dataset(
            inputs: ["x": .dense(Tensor(x, shape: [rows, 6]))],
            labels: [
                "kind": .classes(
                    all.map { row in Int32((0..<3).max { feature(row, $0) < feature(row, $1) } ?? 0) }, count: 3),
                "marks": .sets(
                    Tensor(
                        all.flatMap { [feature($0, 3) > 0 ? 1 : 0, feature($0, 4) > 0 ? 1 : 0] }, shape: [rows, 2]),
                    names: ["first", "second"]),
                "amount": .numbers(all.map { 10 * feature($0, 5) + 50 }),
            ])
    }

    /// A step that learns nothing, so that losses and gradients can be read.
    static func step(
        _ model: Model, _ dataset: Dataset, rows: Int, heads: [String]? = nil, weighting: TaskWeighting = .equal,
        balancing: Balancing? = nil, backend: any Backend = ReferenceBackend()
    ) throws -> TrainingStep {
        let options = TrainingOptions(
            batchSize: rows, optimizer: .sgd(learningRate: 1), weighting: weighting, balancing: balancing, seed: 7,
            heads: heads)
        return try TrainingStep(
            model, heads: options.trainedHeads(of: model), dataset: dataset,
            scales: ["amount": Standardization(mean: 50, standardDeviation: 6)], options: options, backend: backend)
    }
}

extension TrainingStep {
    /// Runs the batch without learning from it.
    func measure(_ rows: Range<Int>) throws { try run(Array(rows)[...], learningRate: 0) }
}

extension ParameterSlab {
    /// All numbers, by parameter in the layout's order.
    var scalars: [Float] { layout.entries.flatMap { self[$0.name]!.scalars } }
}

extension Dataset {
    /// Without the labels of a task in some rows.
    func blanking(_ task: String, _ rows: Range<Int>) -> Dataset {
        var blanked = self
        blanked.labels[task] = labels[task]!.keeping(rows: Set(0..<count).subtracting(rows))
        return blanked
    }
}
