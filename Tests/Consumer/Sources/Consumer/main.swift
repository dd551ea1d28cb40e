import Espalier

// Two tasks on one trunk, from memory: the largest and the smallest of three numbers.
var random = CounterRandom(seed: 1, stream: 0)
let rows = 256
let numbers = (0..<rows).map { _ in (0..<3).map { _ in random.nextUnit() } }
let data = Dataset(
    count: rows, inputs: ["x": .dense(Tensor(numbers.flatMap { $0 }, shape: [rows, 3]))],
    labels: [
        "largest": .classes(numbers.map { Int32($0.firstIndex(of: $0.max()!)!) }, names: ["a", "b", "c"]),
        "smallest": .classes(numbers.map { Int32($0.firstIndex(of: $0.min()!)!) }, names: ["a", "b", "c"]),
    ])
let model = Model(
    input: .dense("x", width: 3), trunk: Sequential { Dense(32, .relu) },
    heads: [.classification("largest", classes: 3), .classification("smallest", classes: 3)])
var options = TrainingOptions()
options.epochs = 60
options.optimizer = .adam(learningRate: 1e-2)
let backend = try NativeBackend()
let result = try Trainer(model, options: options, backend: backend).train(on: data)
for evaluation in try result.model.evaluate(data, backend: backend) {
    print("\(evaluation.task): accuracy \(evaluation[.accuracy])")
    precondition(evaluation[.accuracy] > 0.9, "the consumer's model did not learn")
}
