import Espalier
import EspalierTestSupport
import Foundation
import Testing

/// `evaluate` and `predict`, with sound model folders and with broken ones. One model serves all.
@Suite struct ModelFolderTests {
    /// A folder with table.tsv, recipe.yaml and the model trained from them, removed when the tests end.
    private static let trained: Result<URL, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("espalier-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let recipe = try SmallTable.write(to: folder)
        let train = try EspalierProcess(
            "train", recipe, "--out", folder.appendingPathComponent("model").path, "--quiet")
        guard train.status == 0 else { throw Failure(complaint: train.errors) }
        atexit {
            if case .success(let folder) = ModelFolderTests.trained { try? FileManager.default.removeItem(at: folder) }
        }
        return folder
    }

    struct Failure: Error { let complaint: String }

    private let folder: URL
    private let model: String

    init() throws {
        folder = try Self.trained.get()
        model = folder.appendingPathComponent("model").path
    }

    // MARK: Evaluate

    @Test func evaluatesTheTestPartByDefault() throws {
        let evaluate = try EspalierProcess("evaluate", model, "--json")
        #expect(evaluate.status == 0, "\(evaluate.errors)")
        let report = try TrainingReport(json: Data(contentsOf: URL(fileURLWithPath: model + "/report.json")))
        let evaluation = try JSONDecoder().decode(
            TrainingReport.SplitEvaluation.self, from: Data(evaluate.output.utf8))
        #expect(evaluation == report.evaluations[1])
        #expect(try EspalierProcess("evaluate", model, "--split", "dev").output.contains("dev"))
    }

    @Test func evaluatesAFile() throws {
        try withTemporaryDirectory { folder in
            let file = folder.appendingPathComponent("new.csv")
            try Data("text,mood,stars\ngreat thing,good,4\nawful thing,bad,1\nfine,good,\n".utf8).write(to: file)
            let evaluate = try EspalierProcess("evaluate", model, "--data", file.path)
            #expect(evaluate.status == 0, "\(evaluate.errors)")
            #expect(evaluate.output.contains("all rows"))

            try Data("text,mood,stars\ngreat thing,good,4\nawful thing,bad,x\n".utf8).write(to: file)
            let refused = try EspalierProcess("evaluate", model, "--data", file.path)
            #expect(refused.status == 1)
            #expect(refused.errors == "espalier: error: \(file.path):3: column \"stars\": \"x\" is not a number\n")
        }
    }

    // MARK: Predict

    @Test func predictsTexts() throws {
        let predict = try EspalierProcess("predict", model, "the film is great", "the film is awful", "--json")
        #expect(predict.status == 0, "\(predict.errors)")
        let rows = try predict.output.split(separator: "\n").map {
            try JSONDecoder().decode(Row.self, from: Data($0.utf8))
        }
        #expect(rows.map(\.text) == ["the film is great", "the film is awful"])
        #expect(rows.map { $0.tasks["mood"]?.label } == ["good", "bad"])
        let stars = rows.compactMap { $0.tasks["stars"]?.number }
        #expect(stars.count == 2 && stars[0] > stars[1] + 1)
        for row in rows {
            let sum = try #require(row.tasks["mood"]?.probabilities).values.reduce(0, +)
            #expect(abs(sum - 1) < 1e-5)
        }

        let plain = try EspalierProcess("predict", model, "the film is great")
        #expect(plain.output.hasPrefix("the film is great\n  mood   good "), "\(plain.output)")
    }

    private struct Row: Decodable {
        let text: String
        let tasks: [String: Said]

        struct Said: Decodable {
            let label: String?
            let probabilities: [String: Float]?
            let number: Float?
        }
    }

    @Test func predictsLinesAndTables() throws {
        let texts = try EspalierProcess("predict", model, "a film", "great", "--json")
        let lines = try EspalierProcess("predict", model, "--json", input: "a film\ngreat\n")
        #expect(lines.status == 0, "\(lines.errors)")
        #expect(lines.output == texts.output)
        try withTemporaryDirectory { folder in
            let file = folder.appendingPathComponent("new.jsonl")
            try Data("{\"text\": \"a film\"}\n{\"text\": \"great\"}\n".utf8).write(to: file)
            #expect(try EspalierProcess("predict", model, "--data", file.path, "--json").output == texts.output)
        }
    }

    @Test func refusesEmptyTexts() throws {
        let text = try EspalierProcess("predict", model, "fine", " ")
        #expect((text.status, text.output) == (1, ""))
        #expect(text.errors == "espalier: error: text:2: column \"text\": empty text\n")
        let line = try EspalierProcess("predict", model, input: "fine\n\n")
        #expect(line.status == 1)
        #expect(line.errors == "espalier: error: standard input:2: column \"text\": empty text\n")
        let nothing = try EspalierProcess("predict", model)
        #expect(nothing.status == 1)
        #expect(nothing.errors == "espalier: error: standard input: no rows\n")
    }

    // MARK: Broken folders

    @Test func refusesFoldersThatAreNoModels() throws {
        try withTemporaryDirectory { folder in
            let missing = try EspalierProcess("predict", folder.path + "/none", "x")
            #expect(missing.status == 1)
            #expect(missing.errors.contains("no such model folder"))
            let empty = try EspalierProcess("evaluate", folder.path)
            #expect(empty.status == 1)
            #expect(empty.errors.contains("no recipe.yaml"))
        }
    }

    /// What is done to the model's file, and what is said.
    @Test(arguments: [
        Forgery("truncated", says: "model.safetensors") { $0.removeLast($0.count / 2) },
        Forgery("cut in the header", says: "not a whole safetensors file") { $0.removeLast($0.count - 20) },
        Forgery("empty", says: "not a whole safetensors file") { $0 = Data() },
        Forgery("an absurd header", says: "a header of") {
            $0.replaceSubrange(0..<8, with: Data(repeating: 0xFF, count: 7) + [0x7F])
        },
        Forgery("no JSON", says: "header, byte") { $0.replaceSubrange(8..<12, with: Data("####".utf8)) },
        Forgery("without metadata", says: "the metadata have no espalier.encoder") {
            try $0.rewrite { $0.metadata = [:] }
        },
        Forgery("with an encoder that is none", says: "the encoder in the metadata cannot be read") {
            try $0.rewrite { $0.metadata["espalier.encoder"] = "{\"inputs\": 3}" }
        },
        Forgery("with another encoder", says: "do not belong together") {
            try $0.rewrite { file in
                let encoder = file.metadata["espalier.encoder"] ?? ""
                file.metadata["espalier.encoder"] = encoder.replacingOccurrences(of: "stars", with: "moons")
            }
        },
        Forgery("a tensor missing", says: "trunk.0.bias is missing") {
            try $0.rewrite { $0.tensors.removeAll { $0.name == "trunk.0.bias" } }
        },
        Forgery("a tensor too many", says: "extra is no parameter of the model") {
            try $0.rewrite { $0.tensors.append(("extra", Tensor([1]))) }
        },
        Forgery("another shape", says: "trunk.0.bias has the shape [9]") {
            try $0.rewrite { $0.replace("trunk.0.bias", Tensor([Float](repeating: 0, count: 9))) }
        },
        Forgery("NaN", says: "trunk.0.bias holds numbers that are not finite") {
            try $0.rewrite { $0.replace("trunk.0.bias", Tensor([Float](repeating: .nan, count: 8))) }
        },
    ])
    func refusesForgedModels(_ forgery: Forgery) throws {
        try withTemporaryDirectory { folder in
            let copy = folder.appendingPathComponent("model")
            try FileManager.default.copyItem(at: URL(fileURLWithPath: model), to: copy)
            let file = copy.appendingPathComponent("model.safetensors")
            var bytes = try Data(contentsOf: file)
            try forgery.change(&bytes)
            try bytes.write(to: file)
            let predict = try EspalierProcess("predict", copy.path, "great")
            #expect(predict.status == 1)
            #expect(predict.errors.hasPrefix("espalier: error: "))
            #expect(predict.errors.contains(forgery.says), "\(predict.errors)")
        }
    }

    @Test func refusesTheRecipeOfAnotherModel() throws {
        try withTemporaryDirectory { folder in
            let copy = folder.appendingPathComponent("model")
            try FileManager.default.copyItem(at: URL(fileURLWithPath: model), to: copy)
            let file = copy.appendingPathComponent("recipe.yaml")
            let recipe = try String(contentsOf: file, encoding: .utf8)
            try Data(recipe.replacingOccurrences(of: "embedding: 8", with: "embedding: 9").utf8).write(to: file)
            let predict = try EspalierProcess("predict", copy.path, "great")
            #expect(predict.status == 1)
            #expect(predict.errors.contains("has the shape"), "\(predict.errors)")
        }
    }

    // MARK: Python

    @Test(.enabled(if: Python.isAvailable))
    func pythonReadsTheModel() throws {
        let script = """
            import sys
            from safetensors import safe_open
            with safe_open(sys.argv[1], "numpy") as f:
                print(f.get_tensor("trunk.0.weight").shape, "espalier.encoder" in f.metadata())
            """
        #expect(try Python.run(script, model + "/model.safetensors") == "(8, 8) True\n")
    }
}

/// Something done to a model's file.
struct Forgery: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let says: String
    let change: @Sendable (inout Data) throws -> Void

    init(_ name: String, says: String, change: @escaping @Sendable (inout Data) throws -> Void) {
        (testDescription, self.says, self.change) = (name, says, change)
    }
}

extension Data {
    /// Changes what the file says, not its form.
    fileprivate mutating func rewrite(_ change: (inout Safetensors) -> Void) throws {
        var file = try Safetensors(bytes: [UInt8](self), path: "model")
        change(&file)
        self = Data(try file.bytes(path: "model"))
    }
}

extension Safetensors {
    fileprivate mutating func replace(_ name: String, _ tensor: Tensor) {
        tensors = tensors.map { $0.name == name ? (name, tensor) : $0 }
    }
}
