import ArgumentParser
import Espalier
import Foundation
import Yams

/// A recipe's file and the flags that override it, shared by the commands that train.
struct RecipeOptions: ParsableArguments {
    @Argument(help: "The recipe, a YAML file; everything in it can be given by flags instead.")
    var recipe: String?

    @Option(
        help: ArgumentHelp("A .tsv, .csv or .jsonl file, or \"snippets\" for the packaged data.", valueName: "file"))
    var data: String?
    @Option(help: "The file's format where its name does not tell: tsv, csv, json_lines.")
    var format: String?
    @Option(help: ArgumentHelp("A text column, read as word and character n-grams.", valueName: "column"))
    var text: [String] = []
    @Option(help: ArgumentHelp("A number column to learn from.", valueName: "column"))
    var numeric: [String] = []
    @Option(help: ArgumentHelp("A task: a column with one of several classes.", valueName: "column"))
    var classes: [String] = []
    @Option(help: ArgumentHelp("A task: a column with a number.", valueName: "column"))
    var number: [String] = []
    @Option(help: ArgumentHelp("A task: a column with any of several labels, between commas.", valueName: "column"))
    var labelSets: [String] = []
    @Option(help: ArgumentHelp("The column that says train, dev or test.", valueName: "column"))
    var splitColumn: String?
    @Option(help: "Fractions for train, dev and test, without a split column: 0.8,0.1,0.1.")
    var fractions: String?
    @Option(help: ArgumentHelp("Rows with one value here stay in one part.", valueName: "column"))
    var group: String?
    @Option(help: "Width of a text's embedding.")
    var embedding: String?
    @Option(help: "Widths of the shared layers: 64 or 64,32.")
    var hidden: String?
    @Option(help: "Dropout rate after each shared layer.")
    var dropout: String?
    @Option(help: "Task weights: equal or uncertainty.")
    var weights: String?
    @Option(
        help: ArgumentHelp(
            "How the tasks are balanced by their gradients: cagrad, upgrad, mgda, pcgrad, gradnorm, modo, equal or none.",
            valueName: "method"))
    var balance: String?
    @Option(help: "adam, adamw or sgd.")
    var optimizer: String?
    @Option(help: "The optimizer's highest rate.")
    var learningRate: String?
    @Option(help: "Passes over the training rows, at most.")
    var epochs: String?
    @Option(help: "Rows in a step.")
    var batchSize: String?
    @Option(help: "Epochs without a gain on the dev rows until training stops, or none.")
    var patience: String?
    @Option(help: "Of initial parameters, the order of rows, and dropout.")
    var seed: String?
    @Option(help: "native, openblas, reference, checked, or path:FILE for a CBLAS.")
    var backend: String?
    @Option(help: "1 to 256, or auto.")
    var threads: String?

    func validate() throws {
        guard recipe == nil, data == nil else { return }
        throw ValidationError(
            "A recipe is needed, or --data with --text or --numeric for what is read and --classes, "
                + "--number or --label-sets for what is learned.")
    }

    /// The recipe with the flags in their places. What the flags say is checked as if it stood in the file.
    func read() throws -> Recipe {
        var tree = RecipeTree(
            try recipe.map { path throws(RecipeError) in try RecipeFile.read(path: path) } ?? Node([(Node, Node)]()),
            file: recipe ?? "the flags")
        // A recipe's paths are relative to its folder, a flag's to the working folder.
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        if let data {
            let path = data == "snippets" ? data : URL(fileURLWithPath: data, relativeTo: here).standardizedFileURL.path
            tree.setOrigin(path, flag: "--data")
        }
        if let format { tree.set("data.format", .text(format), flag: "--format") }
        setInputsAndTasks(&tree)
        setSplit(&tree)
        let plain: [(String, String?, String)] = [
            ("trunk.embedding", embedding, "--embedding"), ("trunk.dropout", dropout, "--dropout"),
            ("weights", weights, "--weights"), ("optimizer.name", optimizer, "--optimizer"),
            ("optimizer.learning_rate", learningRate, "--learning-rate"), ("epochs", epochs, "--epochs"),
            ("batch_size", batchSize, "--batch-size"),
            (patience == "none" ? "early_stopping" : "early_stopping.patience", patience, "--patience"),
            ("seed", seed, "--seed"), ("backend", backend, "--backend"), ("threads", threads, "--threads"),
        ]
        if let balance {
            tree.set(balance == "none" ? "balance" : "balance.method", .text(balance), flag: "--balance")
        }
        for (name, value, flag) in plain {
            if let value { tree.set(name, .text(value), flag: flag) }
        }
        if let hidden { tree.set("trunk.hidden", .texts(parts(hidden)), flag: "--hidden") }
        let folder = recipe.map { URL(fileURLWithPath: $0).deletingLastPathComponent() } ?? here
        return try Recipe(tree.node, source: tree.source, folder: folder)
    }

    private func setInputsAndTasks(_ tree: inout RecipeTree) {
        var inputs: [(String, Node?)] = text.map { ($0, .text("ngrams")) }
        if !numeric.isEmpty {
            inputs.append(
                ("numbers", .section([("columns", .texts(numeric)), ("encoding", .text("numbers"))])))
        }
        if !inputs.isEmpty { tree.set("inputs", .section(inputs), flag: "--text") }
        let tasks: [(String, Node?)] =
            classes.map { ($0, .text("classes")) } + number.map { ($0, .text("number")) }
            + labelSets.map { ($0, .text("labels")) }
        if !tasks.isEmpty { tree.set("tasks", .section(tasks), flag: "--classes") }
    }

    private func setSplit(_ tree: inout RecipeTree) {
        if let splitColumn {
            tree.set("data.split", .section([("column", .text(splitColumn))]), flag: "--split-column")
        }
        guard fractions != nil || group != nil else { return }
        tree.set(
            "data.split",
            .section([("fractions", .texts(parts(fractions ?? "0.8,0.1,0.1"))), ("group", group.map(Node.text))]),
            flag: fractions == nil ? "--group" : "--fractions")
    }

    private func parts(_ list: String) -> [String] {
        list.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

/// A recipe's nodes, with some replaced by flags.
struct RecipeTree {
    private(set) var node: Node
    private(set) var source: RecipeSource

    init(_ node: Node, file: String) {
        self.node = node
        source = RecipeSource(file: file)
    }

    /// What a section's short form, a plain value, stands for.
    private static let shortForms = [
        "data": "path", "optimizer": "name", "early_stopping": "patience", "balance": "method",
    ]

    /// Sets a value by its qualified name, of at most two keys.
    mutating func set(_ name: String, _ value: Node, flag: String) {
        source.flags[name] = flag
        let keys = name.split(separator: ".").map(String.init)
        guard node.mapping != nil else { return }
        guard keys.count == 2 else {
            node[keys[0]] = value
            return
        }
        var section = node[keys[0]] ?? .section([])
        if section.scalar != nil, let key = Self.shortForms[keys[0]] {
            let isPackaged = keys[0] == "data" && section.scalar?.string == "snippets"
            section = .section([(isPackaged ? "packaged" : key, section)])
        }
        guard section.mapping != nil else { return }
        section[keys[1]] = value
        node[keys[0]] = section
    }

    /// Replaces where the rows come from; a split that the recipe has stays.
    mutating func setOrigin(_ origin: String, flag: String) {
        let split = node["data"]?.mapping?["split"]
        source.flags["data"] = flag
        guard node.mapping != nil else { return }
        node["data"] =
            split == nil
            ? .text(origin) : .section([(origin == "snippets" ? "packaged" : "path", .text(origin)), ("split", split)])
    }
}
