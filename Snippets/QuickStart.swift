// From a table of labelled texts to a trained model with one trunk and four heads.
import Espalier

// 7,581 texts; a row may lack some tasks' labels.
let table = try Snippets.table()
let encoder = try DatasetEncoder(Snippets.schema, fitting: table.part("train", of: "split"))
let train = try encoder.encode(table.part("train", of: "split"))
let dev = try encoder.encode(table.part("dev", of: "split"))
let test = try encoder.encode(table.part("test", of: "split"))

let model = Model(
    input: try train.modelInput("text"),
    trunk: Sequential { EmbeddingBag(32, .relu) },
    heads: [
        .classification("sentiment", classes: 3), .classification("topic", classes: 5),
        .regression("intensity"), .regression("disagreement"),
    ])

let options = TrainingOptions(epochs: 10, batchSize: 64, earlyStopping: EarlyStopping(patience: 2))
let trained = try Trainer(model, options: options).train(on: train, dev: dev).model
for task in try trained.evaluate(test) { print(task.task, task.kind.primaryMetric, task.primary) }

let said = try trained.predict(encoder.encode(texts: ["The battery died after two days. So disappointing!"]))
for task in model.heads { print(task.name, said[task.name]!.values) }
