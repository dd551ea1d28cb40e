import EspalierGraph
import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Foundation
import Testing

@testable import EspalierTasks

@Suite struct TrainedModelTests {
    private func trained(_ model: Model = SmallProblem.model()) throws -> TrainedModel {
        let options = TrainingOptions(epochs: 2, weighting: .uncertainty)
        return try Trainer(model, options: options, backend: NativeBackend(threads: 1)).train(
            on: SmallProblem.dataset(40)
        ).model
    }

    @Test func aSavedModelPredictsAsBefore() throws {
        let model = try trained()
        try withTemporaryDirectory { directory in
            let path = directory.appending(path: "model.safetensors").path
            try model.save(to: path, metadata: ["made": "here"])
            let file = try Safetensors(readingFrom: path)
            #expect(file.metadata == ["made": "here"])
            // The learned weights of the losses are training's own.
            #expect(!file.tensors.contains { $0.name.contains("log_variance") })
            let loaded = try TrainedModel(SmallProblem.model(), from: file, path: path)
            #expect(loaded.scales == model.scales)
            let rows = SmallProblem.dataset(10, seed: 4)
            #expect(try loaded.predict(rows) == model.predict(rows))

            let second = directory.appending(path: "second.safetensors").path
            try loaded.save(to: second, metadata: ["made": "here"])
            #expect(try Data(contentsOf: URL(filePath: second)) == Data(contentsOf: URL(filePath: path)))
        }
    }

    @Test(arguments: ["missing", "left over", "shape", "not finite", "scale missing", "scale", "other model"])
    func aForgedFileIsRefused(forgery: String) throws {
        let model = try trained()
        try withTemporaryDirectory { directory in
            let path = directory.appending(path: "model.safetensors").path
            try model.save(to: path)
            var file = try Safetensors(readingFrom: path)
            var wanted = SmallProblem.model()
            switch forgery {
            case "missing": file.tensors.remove(at: 0)
            case "left over": file.tensors.append((name: "more", tensor: Tensor([1])))
            case "shape": file.tensors[0].tensor = Tensor([1])
            case "not finite": file.tensors[1].tensor = Tensor([1, 2, 3, 4, 5, 6, 7, .nan])
            case "scale missing": file.tensors.removeAll { $0.name == "scale.amount" }
            case "scale":
                let place = try #require(file.tensors.firstIndex { $0.name == "scale.amount" })
                file.tensors[place].tensor = Tensor([0, -1])
            default: wanted = SmallProblem.model(heads: [.regression("amount")])
            }
            let error = #expect(throws: TrainingError.self) { _ = try TrainedModel(wanted, from: file, path: path) }
            if case .modelFile(path: path, _)? = error { return }
            Issue.record("\(String(describing: error))")
        }
    }

    @Test func predictionsDoNotDependOnTheBatchSize() throws {
        let model = try trained()
        let rows = SmallProblem.dataset(13, seed: 4)
        let whole = try model.predict(rows)
        for size in [1, 5, 13] { #expect(try model.predict(rows, batchSize: size) == whole, "batches of \(size)") }
        #expect(try model.predict(rows.subset([7]))["amount"]!.values[0] == whole["amount"]!.values[7])
    }

    @Test func predictionsAreProbabilitiesAndNumbersInTheLabelsUnit() throws {
        let predictions = try trained().predict(SmallProblem.dataset(5))
        let classes = try #require(predictions["kind"]).values
        for row in 0..<5 { #expect(abs(classes[row * 3..<row * 3 + 3].reduce(0, +) - 1) < 1e-5) }
        #expect(try #require(predictions["marks"]).values.allSatisfy { 0...1 ~= $0 })
        // Labels lie in 40...60.
        #expect(try #require(predictions["amount"]).values.allSatisfy { 20...80 ~= $0 })
    }

    @Test func rowsWithoutWordsArePredicted() throws {
        let empty = Bags(vocabulary: 4, ids: [], offsets: [0, 0, 0], weights: [])
        let some = Bags(vocabulary: 4, ids: [1, 2], offsets: [0, 2, 2], weights: [1, 1])
        let model = Model(
            input: .bags("x", vocabulary: 4), trunk: EmbeddingBag(3), heads: [.regression("amount")])
        let labels: [String: LabelColumn] = ["amount": .numbers([1, 2])]
        let trained = try Trainer(model, options: TrainingOptions(epochs: 1), backend: NativeBackend(threads: 1))
            .train(on: Dataset(inputs: ["x": .bags(some)], labels: labels)).model
        let one = try #require(try trained.predict(Dataset(inputs: ["x": .bags(some)], labels: [:]))["amount"])
        let two = try #require(try trained.predict(Dataset(inputs: ["x": .bags(empty)], labels: [:]))["amount"])
        #expect(two.values[0] == two.values[1] && two.values[0] == one.values[1])
        #expect(two.values[0].isFinite)
    }

    @Test func noRowsGiveNoPredictions() throws {
        let predictions = try trained().predict(SmallProblem.dataset(3).subset([]))
        #expect(predictions.values.allSatisfy { $0.rows == 0 })
    }

    @Test func labelsAreCheckedBeforeMeasuring() throws {
        var rows = SmallProblem.dataset(4)
        rows.labels["kind"] = .classes([0, 1, 2, 9], count: 3)
        let model = try trained()
        #expect(throws: TrainingError.self) { try model.evaluate(rows) }
        rows.labels["kind"] = nil
        #expect(try model.evaluate(rows).map(\.task) == ["marks", "amount"])
    }
}
