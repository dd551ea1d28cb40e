// Task nesting: the second task takes the first one's output, beside what the first one's layers saw.
import Espalier

let layers = Sequential {
    Dense(64, .relu)
    Dense(32, .relu)
}
let heads: [Head] = [.classification("kind", classes: 10), .classification("next", classes: 10)]
let model = Model(inputs: [.dense("features", width: 64)], heads: heads) { drawing in
    let seen = drawing("first", layers, drawing.input("features"))
    let kind = drawing.head("kind", seen)
    drawing.head("next", drawing("second", layers, kind.softmax().concatenated(seen)))
}

let options = TrainingOptions(epochs: 10, batchSize: 32, optimizer: .adam())
let trained = try Trainer(model, options: options).train(on: examples(2000, seed: 1)).model
for task in try trained.evaluate(examples(500, seed: 2)) { print(task.task, "accuracy", task[.accuracy]) }

/// Noisy prototypes of ten kinds. The second task's label is the kind, or the next one where feature 0 is positive.
func examples(_ count: Int, seed: UInt64) -> Dataset {
    var (prototypes, random) = (CounterRandom(seed: 0, name: "kinds"), CounterRandom(seed: seed, name: "rows"))
    let centers = (0..<10).map { _ in (0..<64).map { _ in prototypes.normal() } }
    let kinds = (0..<count).map { _ in random.index(below: 10) }
    let features = kinds.flatMap { kind in centers[kind].map { $0 + random.normal(deviation: 1.5) } }
    let next = kinds.indices.map { (kinds[$0] + (features[$0 * 64] > 0 ? 1 : 0)) % 10 }
    return Dataset(
        inputs: ["features": .dense(Tensor(features, shape: [count, 64]))],
        labels: ["kind": .classes(kinds.map(Int32.init), count: 10), "next": .classes(next.map(Int32.init), count: 10)])
}
