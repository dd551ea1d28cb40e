import Espalier
import EspalierTestSupport
import Foundation
import Testing

@Suite struct TrainCommandTests {
    @Test func writesFourFilesAndATable() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let out = folder.appendingPathComponent("new/model")
            let train = try EspalierProcess("train", recipe, "--out", out.path)
            #expect(train.status == 0, "\(train.errors)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
                    == ["model.safetensors", "recipe.yaml", "report.html", "report.json"])
            #expect(train.output.contains("macro F1"))
            #expect(train.output.contains("Pearson r"))
            #expect(train.errors.contains("epoch 1/8: loss"))
            #expect(!train.errors.contains("\u{1B}"), "no control codes where standard error is no terminal")

            let json = try Data(contentsOf: out.appendingPathComponent("report.json"))
            let report = try TrainingReport(json: json)
            #expect(report.splits.map(\.rows) == [36, 12, 12])
            #expect(report.evaluations.map(\.split) == ["dev", "test"])
            #expect(try #require(report.evaluations[1]["mood"])[.accuracy] > 0.9, "the words tell the mood")
            let page = try String(contentsOf: out.appendingPathComponent("report.html"), encoding: .utf8)
            #expect(page.hasPrefix("<!DOCTYPE html>"))
            let model = try Safetensors(readingFrom: out.appendingPathComponent("model.safetensors").path)
            #expect(model["embedding.text.table"]?.shape == [256, 8])
            #expect(model["scale.stars"] != nil)
        }
    }

    /// The same bytes for any number of threads and instruction set, and from the recipe that was written.
    @Test func modelIsTheSameEverywhere() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            func model(_ name: String, _ recipe: String, _ more: [String], isa: String?) throws -> Data {
                let out = folder.appendingPathComponent(name)
                let train = try EspalierProcess(
                    ["train", recipe, "--out", out.path, "--quiet"] + more,
                    environment: isa.map { ["CK_ISA": $0] } ?? [:])
                #expect(train.status == 0, "\(train.errors)")
                #expect(train.output.isEmpty && train.errors.isEmpty)
                return try Data(contentsOf: out.appendingPathComponent("model.safetensors"))
            }
            let first = try model("first", recipe, ["--threads", "1"], isa: nil)
            #expect(try model("threads", recipe, ["--threads", "2"], isa: nil) == first)
            for set in InstructionSet.available {
                #expect(try model("\(set)", recipe, ["--threads", "2"], isa: "\(set)") == first, "\(set)")
            }
            let written = folder.appendingPathComponent("first/recipe.yaml").path
            #expect(try model("again", written, [], isa: nil) == first)
            #expect(try model("seed", recipe, ["--seed", "4"], isa: nil) != first)
        }
    }

    @Test(arguments: [
        "equal", "mgda", "pcgrad", "cagrad", "upgrad", "gradnorm", "modo",
        "{method: mgda, scope: last_layer, parts: 3}", "{method: cagrad, every: 4}", "{method: mgda, level: rows}",
        "{method: mgda, level: sketch, columns: 8}", "{method: pcgrad, level: representation}",
    ])
    func trainsBalanced(_ balance: String) throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(
                to: folder,
                recipe: SmallTable.recipe.replacing("hidden: [8]", with: "hidden: [8, 4]") + "\nbalance: \(balance)")
            let out = folder.appendingPathComponent("model")
            let train = try EspalierProcess("train", recipe, "--out", out.path, "--quiet", "--epochs", "2")
            #expect(train.status == 0, "\(train.errors)")
            let report = try TrainingReport(json: Data(contentsOf: out.appendingPathComponent("report.json")))
            #expect(report.epochs.count == 2)
            for epoch in report.epochs {
                for task in ["mood", "stars"] {
                    #expect(epoch.trainingLoss[task]?.isFinite == true && epoch.taskWeights[task]?.isFinite == true)
                }
            }
            // Dropout is trunk.1.
            #expect(report.gradients.map(\.layers) == [["embedding.text", "trunk.0", "trunk.2"]])
            #expect(report.gradients.map(\.tasks) == [["mood", "stars"]])
            let written = folder.appendingPathComponent("model/recipe.yaml").path
            let again = folder.appendingPathComponent("again")
            #expect(try EspalierProcess("train", written, "--out", again.path, "--quiet").status == 0)
            let models = try [out, again].map { try Data(contentsOf: $0.appendingPathComponent("model.safetensors")) }
            #expect(models[0] == models[1], "the recipe that was written trains the same model")
        }
    }

    /// Layers that are named: as groups, as what is measured, and by a name that is none.
    @Test func balancesLayersByName() throws {
        try withTemporaryDirectory { folder in
            let text = SmallTable.recipe.replacing("hidden: [8]", with: "hidden: [8, 4]") + "\nbalance: "
            let out = folder.appendingPathComponent("model").path
            var recipe = try SmallTable.write(
                to: folder, recipe: text + "{method: mgda, grouping: layers, scope: [trunk.0]}")
            let train = try EspalierProcess("train", recipe, "--out", out, "--quiet", "--epochs", "1")
            #expect(train.status == 0, "\(train.errors)")
            let report = try TrainingReport(json: Data(contentsOf: URL(fileURLWithPath: out + "/report.json")))
            #expect(Set(report.gradients.map(\.layers)) == [["embedding.text"], ["trunk.0"], ["trunk.2"]])

            recipe = try SmallTable.write(to: folder, recipe: text + "{method: mgda, scope: [trunk.0, trunk.7]}")
            let none = try EspalierProcess("train", recipe, "--out", out + "2", "--quiet", "--epochs", "1")
            #expect(none.status != 0)
            #expect(
                none.errors.contains(
                    "trunk.7: no layer that tasks share; they share embedding.text, trunk.0, trunk.2"), "\(none.errors)"
            )
        }
    }

    @Test func trainsByFlagsAlone() throws {
        try withTemporaryDirectory { folder in
            _ = try SmallTable.write(to: folder)
            let out = folder.appendingPathComponent("model").path
            let train = try EspalierProcess(
                "train", "--data", folder.appendingPathComponent("table.tsv").path, "--text", "text", "--numeric",
                "size",
                "--classes", "mood", "--number", "stars", "--label-sets", "tags", "--split-column", "part", "--epochs",
                "2", "--hidden", "8,4", "--embedding", "8", "--weights", "uncertainty", "--out", out)
            #expect(train.status == 0, "\(train.errors)")
            let balanced = try EspalierProcess(
                "train", "--data", folder.appendingPathComponent("table.tsv").path, "--text", "text", "--classes",
                "mood",
                "--number", "stars", "--split-column", "part", "--epochs", "1", "--balance", "cagrad", "--out",
                out + "2")
            #expect(balanced.status == 0, "\(balanced.errors)")
            let report = try TrainingReport(json: Data(contentsOf: URL(fileURLWithPath: out + "2/report.json")))
            #expect(!report.gradients.isEmpty)
            let evaluate = try EspalierProcess("evaluate", out, "--json")
            #expect(evaluate.status == 0, "\(evaluate.errors)")
            let tasks = try JSONDecoder().decode(
                TrainingReport.SplitEvaluation.self, from: Data(evaluate.output.utf8)
            ).tasks
            #expect(tasks.map(\.task) == ["mood", "stars", "tags"])
        }
    }

    // MARK: Refusals

    /// What is changed in table or recipe, and what is said. The output folder must not appear.
    @Test(arguments: [
        Refusal(
            "a ragged row", tsv: { $0[5].removeLast() }, says: "table.tsv:7: the row has 5 fields, the header has 6"),
        Refusal("a number that is none", tsv: { $0[0][3] = "nan" }, says: "table.tsv:2: column \"stars\""),
        Refusal("an empty text", tsv: { $0[1][1] = "" }, says: "table.tsv:3: column \"text\": empty text"),
        Refusal("a label never seen in training", tsv: { $0[4][2] = "so-so" }, says: "unknown label \"so-so\""),
        Refusal("no label", tsv: { for row in $0.indices { $0[row][2] = "" } }, says: "no row has a label"),
        Refusal("no row", tsv: { $0 = [] }, says: "table.tsv: no rows"),
        Refusal("no training row", tsv: { for row in $0.indices { $0[row][0] = "test" } }, says: "\"train\""),
        Refusal("an unknown column", recipe: ("mood:", "moood:"), says: "column \"moood\": there is no such column"),
        Refusal("an unknown key", recipe: ("epochs:", "epoch:"), says: "recipe.yaml:7:1: unknown key \"epoch\""),
        Refusal("a missing file", recipe: ("table.tsv", "other.tsv"), says: "other.tsv: no such file"),
        Refusal("an unknown backend", recipe: ("seed: 3", "backend: gpu"), says: "no backend named \"gpu\""),
        Refusal("a missing library", recipe: ("seed: 3", "backend: path:/no.so"), says: "/no.so"),
        Refusal("no library", recipe: ("seed: 3", "backend: 'path:'"), says: "the path is empty"),
        Refusal("a folder for a library", recipe: ("seed: 3", "backend: path:/"), says: "not a file"),
        Refusal("a huge model", recipe: ("hidden: [8]", "hidden: [65536, 65536]"), says: "parameters, more than"),
    ])
    func refuses(_ refusal: Refusal) throws {
        try withTemporaryDirectory { folder in
            let text = SmallTable.recipe.replacingOccurrences(of: refusal.from, with: refusal.to)
            let recipe = try SmallTable.write(to: folder, tsv: SmallTable.tsv(refusal.change), recipe: text)
            let train = try EspalierProcess("train", recipe, "--out", folder.appendingPathComponent("model").path)
            #expect(train.status == 1, "\(train.errors)")
            #expect(train.errors.split(separator: "\n").last?.hasPrefix("espalier: error: ") == true)
            #expect(train.errors.contains(refusal.says), "\(train.errors)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                    "recipe.yaml", "table.tsv",
                ])
        }
    }

    @Test func refusesAnEmptyFile() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder, tsv: "")
            let train = try EspalierProcess("train", recipe, "--out", folder.appendingPathComponent("model").path)
            #expect(train.status == 1)
            #expect(train.errors.contains("table.tsv: the file is empty"))
        }
    }

    @Test func refusesFilesAndFoldersInEachOthersPlace() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let aFolder = try EspalierProcess("train", folder.path)
            #expect(aFolder.errors.contains("cannot be read: Not a file"), "\(aFolder.errors)")
            let belowAFile = try EspalierProcess("train", recipe, "--out", recipe + "/model")
            #expect(belowAFile.errors.contains("is no folder"), "\(belowAFile.errors)")
            let nowhere = try EspalierProcess("train", recipe, "--out", "")
            #expect(nowhere.errors.contains("--out names no folder"), "\(nowhere.errors)")
            #expect([aFolder, belowAFile, nowhere].allSatisfy { $0.status == 1 })
        }
    }

    @Test func trainsWithoutEarlyStopping() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let train = try EspalierProcess(
                "train", recipe, "--patience", "none", "--quiet", "--out", folder.appendingPathComponent("model").path)
            #expect(train.status == 0, "\(train.errors)")
        }
    }

    @Test func saysWhenTrainingDiverges() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let train = try EspalierProcess(
                "train", recipe, "--optimizer", "sgd", "--learning-rate", "1e25", "--out",
                folder.appendingPathComponent("model").path)
            #expect(train.status == 1)
            #expect(train.errors.contains("the loss is not a number in epoch 1"), "\(train.errors)")
        }
    }

    // MARK: The output folder

    @Test func keepsWhatIsInTheWay() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let out = folder.appendingPathComponent("model")
            try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
            let diary = out.appendingPathComponent("diary.txt")
            try Data("dear diary".utf8).write(to: diary)

            let refused = try EspalierProcess("train", recipe, "--out", out.path)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("holds other things than a model"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["diary.txt"])

            let forced = try EspalierProcess("train", recipe, "--out", out.path, "--force", "--quiet")
            #expect(forced.status == 0, "\(forced.errors)")
            #expect(try String(contentsOf: diary, encoding: .utf8) == "dear diary")
            let first = try Data(contentsOf: out.appendingPathComponent("model.safetensors"))

            // A model's folder may be written again; what else is there stays.
            let again = try EspalierProcess("train", recipe, "--out", out.path, "--seed", "5", "--quiet")
            #expect(again.status == 0, "\(again.errors)")
            #expect(try Data(contentsOf: out.appendingPathComponent("model.safetensors")) != first)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
                    == ["diary.txt", "model.safetensors", "recipe.yaml", "report.html", "report.json"])
        }
    }

    @Test func refusesAnUnwritableFolderBeforeTraining() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            for out in [
                folder.appendingPathComponent("table.tsv").path, folder.path + "/table.tsv/model", "/proc/model",
            ] {
                let train = try EspalierProcess("train", recipe, "--out", out)
                #expect(train.status == 1)
                #expect(train.errors.hasPrefix("espalier: error: \(out): "), "\(train.errors)")
                #expect(!train.errors.contains("epoch"))
            }
        }
    }

    @Test func interruptLeavesNothing() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let process = EspalierProcess.make([
                "train", recipe, "--epochs", "1000000", "--patience", "1000000", "--out",
                folder.appendingPathComponent("model").path,
            ])
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            // Training has begun when the first line comes.
            #expect(try errors.fileHandleForReading.read(upToCount: 1) != nil)
            process.interrupt()
            _ = try errors.fileHandleForReading.readToEnd()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == 130)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                    "recipe.yaml", "table.tsv",
                ])
        }
    }
}

/// Something that is wrong with a table or a recipe.
struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout [[String]]) -> Void
    /// In the recipe, a text and what stands in its place.
    let from, to: String
    let says: String

    init(_ name: String, tsv change: @escaping @Sendable (inout [[String]]) -> Void, says: String) {
        (testDescription, self.change, from, to, self.says) = (name, change, "\n", "\n", says)
    }

    init(_ name: String, recipe: (String, String), says: String) {
        (testDescription, change, from, to, self.says) = (name, { _ in }, recipe.0, recipe.1, says)
    }
}
