import ArgumentParser
import Espalier

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures a trained model on labelled rows.",
        discussion: """
            Without --data it measures on the data of the model's recipe; without --split, there on the test part and \
            in a file on all rows.

            Examples:
              espalier evaluate model
              espalier evaluate model --data newer-reviews.csv --json
            """)

    @Argument(help: "The folder that train wrote.")
    var model: String
    @Option(help: ArgumentHelp("A .tsv, .csv or .jsonl file, or \"snippets\".", valueName: "file"))
    var data: String?
    @Option(help: "train, dev or test, split as the recipe says.")
    var split: Part?
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let folder = try ModelFolder(path: model)
        let backend = try folder.backend()
        let table = try data.map(readTable) ?? folder.recipe.data.table()
        var rows = table
        let part = split ?? (data == nil ? .test : nil)
        if let part {
            guard let selected = try folder.recipe.data.part(part, of: table) else {
                throw CommandError("\(table.source): the recipe's split leaves no rows for \(part.rawValue)")
            }
            rows = selected
        }
        let dataset = try folder.encoder.encode(rows)
        let evaluation = TrainingReport.SplitEvaluation(
            split: part?.rawValue ?? "all rows",
            tasks: try folder.model(for: dataset).evaluate(dataset, backend: backend))
        Terminal.print(json ? try jsonText(evaluation, indented: true) + "\n" : [evaluation].metricsTable())
    }
}

extension Part: ExpressibleByArgument {}

/// The packaged table by its name, any other from its file.
func readTable(_ name: String) throws(TableError) -> Table {
    name == "snippets" ? try Snippets.table() : try TableReader.read(path: name)
}

extension ModelFolder {
    /// The backend of the recipe.
    func backend() throws -> any Backend { try makeBackend(named: recipe.backend, threads: recipe.threads) }
}
