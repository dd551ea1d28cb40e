// Balancing: eight tasks on one trunk, two of them clear and six noisy. Each step weighs them by how their gradients lie
// to each other, which costs a fraction of a backward pass more, not one for every task. The first run takes a method of
// the package, the second one of our own.
import Espalier

let heads = (0..<8).map { Head.regression("task\($0)") }
let model = Model(
    input: .dense("features", width: 64),
    trunk: Sequential {
        Dense(64, .relu)
        Dense(32, .relu)
    }, heads: heads)

/// Weights that give every task's gradient the same length: a function of the matrix of scalar products, and no more.
struct EqualLengths: GramBalancer {
    func weights(for gram: GramMatrix) -> [Double] {
        let mean = gram.norms.reduce(0, +) / Double(gram.tasks)
        return gram.norms.map { $0 > 0 ? mean / $0 : 1 }
    }
}

for balancer in [CAGrad(c: 0.5), EqualLengths()] as [any Balancer] {
    var options = TrainingOptions(epochs: 10, batchSize: 32, optimizer: .adam())
    options.balancing = Balancing(balancer, loggingInterval: 100)
    let result = try Trainer(model, options: options).train(on: examples(2000, seed: 1))
    print("\(type(of: balancer))")
    for note in result.gradients {
        print("  step \(note.step): \(note.conflicts) pairs of tasks pull against each other")
    }
    for task in try result.model.evaluate(examples(500, seed: 2)) { print("  \(task.task) r \(task[.pearson])") }
}

/// Each task is a direction of its own through the same features, and noise: as much as there is to learn, but for two.
func examples(_ count: Int, seed: UInt64) -> Dataset {
    var (directions, random) = (CounterRandom(seed: 0, name: "tasks"), CounterRandom(seed: seed, name: "rows"))
    let ways = heads.map { _ in (0..<64).map { _ in directions.normal() } }
    let features = (0..<count).map { _ in (0..<64).map { _ in random.normal() } }
    let labels = heads.indices.map { task in
        let scale: Float = task % 4 == 0 ? 10 : 1
        return features.map { row in scale * zip(row, ways[task]).reduce(0) { $0 + $1.0 * $1.1 } / 8 + random.normal() }
    }
    return Dataset(
        inputs: ["features": .dense(Tensor(features.flatMap { $0 }, shape: [count, 64]))],
        labels: Dictionary(uniqueKeysWithValues: zip(heads, labels).map { ($0.name, .numbers($1)) }))
}
