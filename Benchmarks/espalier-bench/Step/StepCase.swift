import Espalier

/// A shared trunk with classification heads, trained on one batch again and again.
struct StepCase {
    let name: String
    let batch: Int
    let inputWidth: Int
    let trunk: [Int]
    let heads: [Int]

    /// From a handful of small layers to a wide trunk with many heads: the cases the peers are timed on.
    static let all = [
        StepCase(name: "seed-2x10", batch: 32, inputWidth: 64, trunk: [64, 32], heads: [10, 10]),
        StepCase(name: "mid-3heads", batch: 256, inputWidth: 784, trunk: [512, 512], heads: [10, 10, 2]),
        StepCase(
            name: "wide-8heads", batch: 512, inputWidth: 1024, trunk: [1024, 1024],
            heads: Array(repeating: 16, count: 8)),
    ]

    /// Of so many layers and heads that drawing and compiling them takes time.
    static let deep = [
        StepCase(
            name: "3layers-8heads", batch: 32, inputWidth: 128, trunk: [128, 128, 128],
            heads: Array(repeating: 10, count: 8)),
        StepCase(
            name: "100layers-40heads", batch: 32, inputWidth: 16, trunk: Array(repeating: 16, count: 100),
            heads: Array(repeating: 2, count: 40)),
        StepCase(name: "1000layers", batch: 1, inputWidth: 4, trunk: Array(repeating: 4, count: 1000), heads: [2]),
    ]

    /// "64 → 64 → 32, 2 heads of 10, batch 32".
    var shape: String {
        let layers = ([inputWidth] + trunk).map(String.init).joined(separator: " → ")
        let classes =
            heads.uniqued.count == 1
            ? "\(heads.count) heads of \(heads[0])" : "heads of \(heads.map(String.init).joined(separator: ", "))"
        return "\(layers), \(classes), batch \(batch)"
    }

    /// Those of the matrix products: three of the forward pass's size for every layer, but for the dX of the first one,
    /// which nobody needs.
    var flops: Int {
        let widths = [inputWidth] + trunk
        let layers = zip(widths, widths.dropFirst()).map { $0 * $1 } + heads.map { widths.last! * $0 }
        return 6 * batch * layers.reduce(0, +) - 2 * batch * layers[0]
    }

    var model: Model {
        Model(
            input: .dense("x", width: inputWidth), trunk: Sequential(trunk.map { Dense($0, .relu) }),
            heads: heads.enumerated().map { .classification("head\($0)", classes: $1) })
    }

    /// One batch of random numbers and labels.
    var dataset: Dataset {
        var random = CounterRandom(seed: 0, stream: 0)
        let numbers = (0..<batch * inputWidth).map { _ in random.normal() }
        let labels = heads.enumerated().map { index, classes in
            let column = (0..<batch).map { _ in Int32(random.index(below: classes)) }
            return ("head\(index)", LabelColumn.classes(column, names: (0..<classes).map(String.init)))
        }
        return Dataset(
            count: batch, inputs: ["x": .dense(Tensor(numbers, shape: [batch, inputWidth]))],
            labels: Dictionary(uniqueKeysWithValues: labels))
    }
}

/// A step ready to run: forward, backward, Adam.
final class PreparedStep {
    private let step: TrainingStep
    private let rows: ArraySlice<Int>
    private let headCount: Int

    init(_ example: StepCase, on backend: any Backend, balancing: Balancing? = nil) throws {
        var options = TrainingOptions()
        options.batchSize = example.batch
        options.balancing = balancing
        let model = example.model
        step = try TrainingStep(
            model, heads: model.heads, dataset: example.dataset, scales: [:], options: options, backend: backend)
        rows = Array(0..<example.batch)[...]
        headCount = example.heads.count
    }

    func run() throws { try step.run(rows, learningRate: 1e-3) }

    /// What a step keeps and works in.
    var byteCount: Int { step.byteCount }

    /// Of all heads together, in the last step.
    var loss: Float { (0..<headCount).reduce(0) { $0 + (step.lastLoss(of: $1) ?? 0) } }
}
