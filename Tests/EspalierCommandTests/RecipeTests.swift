import Espalier
import Foundation
import Testing

@testable import EspalierCommand

/// What the YAML text of a recipe says.
private func recipe(_ text: String) throws -> Recipe {
    try Recipe(
        RecipeFile.parse(text, file: "r.yaml"), source: RecipeSource(file: "r.yaml"),
        folder: URL(fileURLWithPath: "/folder", isDirectory: true))
}

/// The error that the text gives.
private func complaint(_ text: String) -> String? {
    do {
        _ = try recipe(text)
        return nil
    } catch {
        return "\(error)"
    }
}

@Suite struct RecipeTests {
    @Test func shortestRecipe() throws {
        let recipe = try recipe("data: reviews.csv\ninputs: review\ntasks: {mood: classes, stars: number}\n")
        #expect(recipe.data.origin == .file(path: "/folder/reviews.csv", format: nil))
        #expect(recipe.data.split == .fractions([0.8, 0.1, 0.1], group: nil, seed: 0))
        #expect(recipe.inputs.fields == [InputField(name: "review", columns: ["review"], encoding: .nGrams())])
        #expect(
            recipe.tasks.map(\.field) == [
                TaskField(name: "mood", kind: .classes()), TaskField(name: "stars", kind: .number),
            ])
        #expect(recipe.earlyStopping == EarlyStoppingSection())
        #expect(recipe.threads == nil)
    }

    @Test func packagedDataNeedsNothingElse() throws {
        let recipe = try recipe("data: snippets\n")
        #expect(recipe.data.origin == .snippets)
        #expect(recipe.data.split == .column("split", train: "train", dev: "dev", test: "test"))
        #expect(recipe.tasks.map(\.field.name) == ["sentiment", "topic", "intensity", "disagreement"])
    }

    @Test func everyOption() throws {
        let recipe = try recipe(Self.complete)
        #expect(recipe.data.split == .column("part", train: "a", dev: nil, test: "c"))
        #expect(recipe.inputs.fields.map(\.name) == ["title", "body", "order", "size"])
        #expect(
            recipe.inputs.fields[0].encoding
                == .nGrams(
                    NGrams(wordLengths: 1...1, characterLengths: nil, bucketBits: 10),
                    weighting: TermWeighting(frequency: .binary, inverseDocumentFrequency: true)))
        #expect(recipe.inputs.fields[2].encoding == .sequence(length: 8, minimumCount: 2, maximumSize: 50))
        #expect(recipe.inputs.fields[3].columns == ["height", "width"])
        #expect(
            recipe.tasks[0].loss == .crossEntropy(labelSmoothing: 0.1, classWeights: .named(["no": 2])))
        #expect(recipe.tasks[0].field.kind == .classes(names: ["yes", "no"]))
        #expect(recipe.tasks[1].loss == .regression(.huber, delta: 0.5))
        #expect(recipe.tasks[1].hidden == [8])
        #expect(recipe.tasks[2].field.kind == .labels(separator: ";", names: nil))
        #expect(recipe.weights == .fixed(["mood": 2]))
        var balance = BalanceSection(method: .cagrad)
        (balance.level, balance.columns, balance.c) = (.sketch, 32, 0.4)
        (balance.scope, balance.runningMean, balance.parts, balance.every, balance.logEvery) = (
            .lastLayer, 0.9, 3, 1, 10
        )
        (balance.weightsHeads, balance.grouping) = (true, .whole)
        #expect(recipe.balance == balance)
        #expect(
            recipe.optimizer.optimizer.schedule == .warmUp(steps: 5, then: .stepDecay(factor: 0.5, every: 10)))
        #expect(recipe.optimizer.optimizer.rule == .sgd(momentum: 0.9, weightDecay: 0.01))
        #expect(recipe.optimizer.optimizer.clippingNorm == 1)
        #expect(recipe.earlyStopping == nil)
        #expect((recipe.seed, recipe.threads) == (7, 2))
    }

    /// The complete recipe that `train` writes reads as the same recipe.
    @Test(arguments: ["data: snippets", "data: r.tsv\ninputs: [a, b]\ntasks: {'1': labels, 'null': classes}", complete])
    func yamlReadsAsItself(_ text: String) throws {
        let first = try recipe(text)
        let second = try recipe(first.yaml())
        #expect(first == second)
        #expect(try first.yaml() == second.yaml())
    }

    private static let complete = """
        data: {path: /tmp/t.jsonl, format: json_lines, split: {column: part, train: a, dev: none, test: c}}
        inputs:
          title: {words: 1, characters: none, bucket_bits: 10, frequency: binary, idf: true}
          body: {columns: [text, more], encoding: words, minimum_count: 2, maximum_size: 100}
          order: {encoding: sequence, length: 8, minimum_count: 2, maximum_size: 50}
          size: {columns: [height, width], encoding: numbers}
        tasks:
          mood: {kind: classes, names: [yes, no], label_smoothing: 0.1, class_weights: {no: 2}}
          stars: {kind: number, column: rating, loss: huber, delta: 0.5, hidden: 8}
          tags: {kind: labels, separator: ;}
        trunk: {embedding: 16, embedding_dropout: 0.2, hidden: [32, 16], activation: gelu, layer_norm: true, dropout: 0.1,
          checkpoint: true}
        weights: {mood: 2}
        balance: {method: cagrad, level: sketch, columns: 32, scope: last_layer, c: 0.4, absent: {running_mean: 0.9},
                  weights_heads: true,
                  parts: 3, log_every: 10}
        optimizer:
          name: sgd
          learning_rate: 1e-1
          weight_decay: 0.01
          momentum: 0.9
          schedule: {name: step, factor: 0.5, every: 10, warm_up: 5}
          clip: 1
        epochs: 3
        batch_size: 4
        early_stopping: none
        seed: 7
        backend: reference
        threads: 2
        """

    private static let balancers: [(BalanceSection.Method, any Balancer.Type)] = [
        (.equal, EqualWeights.self), (.mgda, MGDA.self), (.pcgrad, PCGrad.self), (.cagrad, CAGrad.self),
        (.upgrad, UPGrad.self), (.gradnorm, GradNorm.self), (.modo, MoDo.self),
    ]

    @Test func everyBalanceHasItsBalancer() throws {
        #expect(Self.balancers.map(\.0) == BalanceSection.Method.allCases)
        for (method, type) in Self.balancers {
            let recipe = try recipe("data: snippets\nbalance: \(method.rawValue)\n")
            let balancing = try #require(recipe.trainingOptions(hasDev: true).balancing)
            #expect(ObjectIdentifier(Swift.type(of: balancing.balancer)) == ObjectIdentifier(type))
            #expect("\(try #require(balancing.scope))" == "\(balancing.balancer.scope)")
            #expect(balancing.batchParts == 1)
        }
        let options = try recipe("data: snippets\nbalance: {method: gradnorm, scope: all, parts: 4}\n")
            .trainingOptions(hasDev: true)
        guard case .all = options.balancing?.scope, options.balancing?.batchParts == 4 else {
            Issue.record("another balancing: \(String(describing: options.balancing))")
            return
        }
        let layers = try recipe(
            "data: snippets\nbalance: {method: mgda, scope: [trunk.0, trunk.1], grouping: layers}\n"
        )
        .trainingOptions(hasDev: true)
        guard case .layers(["trunk.0", "trunk.1"]) = layers.balancing?.scope,
            case .byLayers = layers.balancing?.grouping
        else {
            Issue.record("another balancing: \(String(describing: layers.balancing))")
            return
        }
        #expect(try recipe("data: snippets\nbalance: none\n").trainingOptions(hasDev: true).balancing == nil)
    }

    // MARK: Errors

    /// A recipe's part, and where and why it is refused.
    @Test(arguments: [
        ("epoch: 3", "r.yaml:2:1: unknown key \"epoch\"; did you mean epochs? known are data, inputs, tasks"),
        ("xyz: 3", "r.yaml:2:1: unknown key \"xyz\"; known are data, inputs"),
        ("optimizer:\n  learning_rat: 1", "r.yaml:3:3: unknown key \"learning_rat\"; did you mean learning_rate?"),
        ("epochs: many", "r.yaml:2:9: epochs must be a whole number, not \"many\""),
        ("epochs: 0", "r.yaml:2:9: epochs is 0; it must lie in 1...1000000"),
        ("epochs: [1]", "r.yaml:2:9: epochs must be a whole number, not a list"),
        ("epochs: 99999999999999999999", "r.yaml:2:9: epochs must be a whole number"),
        ("batch_size: -1", "r.yaml:2:13: batch_size is -1"),
        ("seed: -1", "r.yaml:2:7: seed must be a whole number from 0"),
        ("threads: 257", "r.yaml:2:10: threads is 257; it must lie in 1...256"),
        ("trunk: {hidden: [64, -8]}", "r.yaml:2:22: trunk.hidden[1] is -8"),
        ("trunk: {dropout: 1.5}", "r.yaml:2:18: trunk.dropout is 1.5; it must be at least 0 and below 1"),
        ("trunk: {dropout: 0.99999999999}", "r.yaml:2:18: trunk.dropout is 0.99999999999"),
        ("trunk: {embedding: 0}", "r.yaml:2:20: trunk.embedding is 0"),
        ("trunk: {activation: rellu}", "unknown value \"rellu\"; did you mean relu?"),
        ("trunk: {layer_norm: maybe}", "trunk.layer_norm must be true or false"),
        ("trunk: 3", "r.yaml:2:8: trunk must be a section of keys and values, not \"3\""),
        ("optimizer: {learning_rate: 0}", "it must be a finite number above 0"),
        ("optimizer: {learning_rate: nan}", "r.yaml:2:28: optimizer.learning_rate is nan"),
        ("optimizer: {learning_rate: 1e-60}", "it must be a finite number above 0"),
        ("optimizer: {momentum: 0.9}", "only sgd has a momentum"),
        ("optimizer: {schedule: {every: 3}}", "only the step schedule has"),
        ("weights: {mood: 1}", "r.yaml:2:11: unknown task \"mood\"; known are sentiment"),
        ("weights: {topic: 0}", "it must be a finite number above 0"),
        ("balance: cagard", "unknown value \"cagard\"; did you mean cagrad?"),
        ("balance: {c: 1}", "r.yaml:2:10: balance has no method"),
        ("balance: {method: mgda, c: 1}", "only cagrad has a c"),
        ("balance: {method: modo, level: gram}", "r.yaml:2:32: modo needs the rows of the tasks' gradients"),
        ("balance: {method: mgda, decay: 0.1}", "only modo has a decay"),
        ("balance: {method: mgda, learning_rate: 0.1}", "only gradnorm and modo have a learning_rate"),
        ("balance: {method: cagrad, c: -1}", "r.yaml:2:30: balance.c is -1"),
        ("balance: {method: mgda, columns: 3}", "only the level sketch has columns"),
        ("balance: {method: mgda, scope: last_laye}", "unknown value \"last_laye\"; did you mean last_layer?"),
        (
            "balance: {method: mgda, level: representation, scope: all}",
            "r.yaml:2:55: the level representation measures no layers, and so has no scope"
        ),
        ("balance: {method: mgda, parts: 2, every: 2}", "a batch in parts is measured in every step"),
        ("balance: {method: modo, scope: all}", "modo goes by all shared layers, and so has no scope"),
        ("balance: {method: modo, absent: {running_mean: 0.5}}", "modo goes without running means"),
        ("balance: {method: mgda, level: rows, every: 2}", "r.yaml:2:45: at the level rows every step is measured"),
        ("balance: {method: mgda, scope: []}", "r.yaml:2:32: balance.scope names no layer"),
        (
            "balance: {method: mgda, weights_heads: true, grouping: layers}",
            "r.yaml:2:56: where heads are weighted (weights_heads) there is one group: whole"
        ),
        ("balance: {method: mgda, parts: 0}", "r.yaml:2:32: balance.parts is 0; it must lie in 1...65536"),
        ("balance: {method: mgda, parts: 33}", "r.yaml:2:32: balance.parts is 33; a batch has 32 rows (batch_size)"),
        ("balance: mgda\nweights: uncertainty", "weights are learned by uncertainty already"),
        ("early_stopping: {on: mood}", "unknown task \"mood\"; known are joint, sentiment"),
        ("tasks: {a.b: number}", "r.yaml:2:9: the name of a task has no dots"),
        ("tasks: {}", "r.yaml:2:8: there is no task"),
        ("tasks: {a: numbr}", "unknown value \"numbr\"; did you mean number?"),
        ("tasks: {a: {column: b}}", "r.yaml:2:12: tasks.a has no kind"),
        ("tasks: {a: {kind: number, label_smoothing: 0.1}}", "r.yaml:2:27: unknown key \"label_smoothing\""),
        ("tasks: {a: {kind: classes, names: [x, x]}}", "the name \"x\" stands twice"),
        ("tasks: {a: {kind: number, delta: 2}}", "only the huber loss has a delta"),
        ("inputs: []", "there is no input"),
        ("inputs: [a, a]", "two inputs are called a"),
        ("inputs: {a: {words: none, characters: none}}", "n-grams of neither words nor characters"),
        ("inputs: {a: {words: [3, 1]}}", "must be the shortest and the longest length"),
        ("inputs: {a: {bucket_bits: 40}}", "r.yaml:2:27: inputs.a.bucket_bits is 40"),
        ("inputs: {a: {encoding: numbers, idf: true}}", "r.yaml:2:33: unknown key \"idf\""),
        ("inputs: {a: {columns: []}}", "names no column"),
        ("epochs: 1\nepochs: 2", "stands twice"),
        ("epochs: [1", "no valid YAML"),
        ("epochs: \u{1}", "no valid YAML"),
    ])
    func refuses(_ part: String, _ expected: String) throws {
        let message = try #require(complaint("data: snippets\n" + part))
        #expect(message.contains(expected), "\(message)")
    }

    @Test(arguments: [
        ("", "r.yaml: the section data is missing"),
        ("3", "r.yaml:1:1: the recipe must be a section of keys and values"),
        ("inputs: a", "r.yaml:1:1: the section data is missing"),
        ("data: a.csv", "the section inputs is missing"),
        ("data: a.csv\ninputs: a", "the section tasks is missing"),
        ("data: {}", "data has no path"),
        ("data: {packaged: other}", "the packaged data set is called snippets"),
        ("data: {packaged: snippets, path: a.csv}", "data has either a path or packaged"),
        ("data: {path: a, format: xls}", "unknown value \"xls\"; known are tsv, csv, json_lines"),
        ("data: {path: a, split: {fractions: [1, 2]}}", "three fractions are wanted"),
        ("data: {path: a, split: {fractions: [1, 0, 1]}}", "it must be a finite number above 0"),
        ("data: {path: a, split: {column: s, seed: 2}}", "a split is either by a column or by fractions"),
        ("data: {path: a, split: {train: x}}", "values of a split need its column"),
        (
            "data: {packaged: snippets, split: {column: split, dev: none}}\nearly_stopping: 3",
            "r.yaml:2:17: early stopping needs dev rows"
        ),
    ])
    func refusesWhole(_ text: String, _ expected: String) throws {
        let message = try #require(complaint(text))
        #expect(message.contains(expected), "\(message)")
    }

    /// Deep nesting must not exhaust the stack.
    /// Each key names the one before twice: Yams would hash 2^40 nodes.
    @Test func refusesAliases() throws {
        var text = "? &a0 x\n: 1\n"
        for i in 1...40 { text += "? &a\(i) [*a\(i - 1), *a\(i - 1)]\n: 1\n" }
        #expect(complaint(text) == "r.yaml:3: *a0 stands for what &a0 marks: a recipe says things in full")
        #expect(
            complaint("data: &d snippets\nseed: 1\ninputs: *d\n")
                == "r.yaml:3: *d stands for what &d marks: a recipe says things in full")
        #expect(complaint("data: r.csv\ninputs: [\"R&D\", \"2*D \", \"a & b * c\"]\ntasks: {\"*x\": classes}\n") == nil)
    }

    @Test func refusesEndlessNesting() throws {
        #expect(complaint("data: snippets\nepochs: " + String(repeating: "[", count: 200_000)) != nil)
    }

    // MARK: Flags

    @Test func flagsOverride() throws {
        var tree = RecipeTree(
            try RecipeFile.parse("data: snippets\noptimizer: sgd\nearly_stopping: 9\n", file: "r.yaml"), file: "r.yaml")
        tree.set("optimizer.learning_rate", .text("0.5"), flag: "--learning-rate")
        tree.set("early_stopping.patience", .text("2"), flag: "--patience")
        tree.set("epochs", .text("4"), flag: "--epochs")
        let recipe = try Recipe(tree.node, source: tree.source, folder: URL(fileURLWithPath: "/"))
        #expect((recipe.optimizer.name, recipe.optimizer.learningRate) == (.sgd, 0.5))
        #expect(recipe.earlyStopping?.patience == 2)
        #expect(recipe.epochs == 4)
    }

    @Test func originByFlagKeepsTheSplit() throws {
        let text = "data: {packaged: snippets, split: {column: part}}\n"
        var tree = RecipeTree(try RecipeFile.parse(text, file: "r.yaml"), file: "r.yaml")
        tree.setOrigin("/other.tsv", flag: "--data")
        tree.set("inputs", .text("a"), flag: "--text")
        tree.set("tasks", .section([("b", .text("number"))]), flag: "--number")
        let recipe = try Recipe(tree.node, source: tree.source, folder: URL(fileURLWithPath: "/"))
        #expect(recipe.data.origin == .file(path: "/other.tsv", format: nil))
        #expect(recipe.data.split == .column("part", train: "train", dev: "dev", test: "test"))
    }

    @Test func errorInAFlagNamesTheFlag() throws {
        var tree = RecipeTree(try RecipeFile.parse("data: snippets\n", file: "r.yaml"), file: "r.yaml")
        tree.set("trunk.hidden", .texts(["64", "x"]), flag: "--hidden")
        #expect(throws: RecipeError(place: "--hidden", problem: "trunk.hidden[1] must be a whole number, not \"x\"")) {
            try Recipe(tree.node, source: tree.source, folder: URL(fileURLWithPath: "/"))
        }
    }

    // MARK: Suggestions

    @Test(arguments: [("kitten", "sitting", 3), ("", "abc", 3), ("same", "same", 0), ("ab", "ba", 2)])
    func editDistances(_ from: String, _ to: String, _ expected: Int) {
        #expect(editDistance(from, to) == expected)
        #expect(editDistance(to, from) == expected)
    }
}
