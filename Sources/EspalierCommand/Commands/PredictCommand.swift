import ArgumentParser
import Espalier
import Foundation

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Says what a trained model makes of texts.",
        discussion: """
            Without texts it reads them from standard input, one a line; with --data, the rows of a table.

            Examples:
              espalier predict model "The battery lasts two days. Love it!"
              espalier predict model --json < lines.txt
            """)

    @Argument(help: "The folder that train wrote.")
    var model: String
    @Argument(help: "Texts to read.")
    var texts: [String] = []
    @Option(help: ArgumentHelp("A table with the model's input columns.", valueName: "file"))
    var data: String?
    @Flag(help: "Print a JSON object a row.")
    var json = false

    func validate() throws {
        if data != nil, !texts.isEmpty { throw ValidationError("Give either texts or --data.") }
    }

    func run() throws {
        let folder = try ModelFolder(path: model)
        let rows = try table(for: folder)
        let dataset = try folder.encoder.encode(rows, tasks: [])
        let predictions = try folder.model(for: dataset).predict(dataset, backend: try folder.backend())
        let tasks = folder.encoder.tasks
        for row in 0..<dataset.count {
            let said = tasks.compactMap { task in
                predictions[task.field.name].map { Prediction(task, $0, row: row) }
            }
            let text = rows.words(of: folder.encoder.schema, row: row)
            Terminal.print(try json ? said.json(text: text) : said.rendered(text: text))
        }
    }

    private func table(for folder: ModelFolder) throws -> Table {
        if let data { return try readTable(data) }
        let columns = Set(folder.encoder.schema.inputs.flatMap(\.columns)).sorted()
        guard columns.count == 1 else {
            throw CommandError(
                "the model reads the columns \(columns.joined(separator: ", ")), so a text is not enough: give a table "
                    + "with --data")
        }
        if !texts.isEmpty { return Table(texts: texts, column: columns[0], source: "text") }
        if Terminal.isInputInteractive { Terminal.write("one text a line, Ctrl-D at the end:\n") }
        var lines: [String] = []
        while let line = readLine() { lines.append(line) }
        return Table(texts: lines, column: columns[0], source: "standard input")
    }
}

/// What the model says about one task of one row.
struct Prediction {
    let task: String
    let value: Value

    enum Value {
        /// The most probable first.
        case classes([(name: String, probability: Float)])
        case labels([(name: String, probability: Float)])
        case number(Float)
    }

    init(_ task: FittedTask, _ predictions: TaskPredictions, row: Int) {
        self.task = task.field.name
        let width = predictions.width
        let numbers = predictions.values[(row * width)..<((row + 1) * width)]
        switch task.labels {
        case .classes(let names):
            // A stable order among equals: that of the classes.
            let ranked = zip(names, numbers).enumerated().sorted {
                ($1.element.1, $0.offset) < ($0.element.1, $1.offset)
            }
            value = .classes(ranked.map { ($0.element.0, $0.element.1) })
        case .sets(let names): value = .labels(zip(names, numbers).map { ($0, $1) })
        case .number: value = .number(numbers.first ?? .nan)
        }
    }

    /// `positive 0.81, neutral 0.15, negative 0.04`, `1.93`.
    var rendered: String {
        func listed(_ names: [(name: String, probability: Float)]) -> String {
            names.map { "\($0.name) \(NumberText.fixed(Double($0.probability), digits: 2))" }.joined(separator: ", ")
        }
        switch value {
        case .classes(let classes): return listed(classes)
        case .labels(let labels):
            let chosen = labels.filter { $0.probability >= 0.5 }
            return (chosen.isEmpty ? "none" : chosen.map(\.name).joined(separator: " + ")) + " (\(listed(labels)))"
        case .number(let number): return NumberText.fixed(Double(number), digits: 2)
        }
    }
}

extension [Prediction] {
    /// The text and a line for each task, blank line at the end.
    func rendered(text: String) -> String {
        var table = TextTable(["", ""], alignments: [.left, .left])
        for prediction in self { table.append([prediction.task, prediction.rendered]) }
        let lines = table.rendered().split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
        return "\(text)\n" + lines.map { $0.isEmpty ? "" : "  \($0)" }.joined(separator: "\n") + "\n"
    }

    /// One line.
    func json(text: String) throws -> String {
        let row = JSONRow(
            text: text, tasks: Dictionary(uniqueKeysWithValues: map { ($0.task, JSONRow.Task($0.value)) }))
        return try jsonText(row) + "\n"
    }
}

/// A row of `predict --json`.
private struct JSONRow: Encodable {
    let text: String
    let tasks: [String: Task]

    struct Task: Encodable {
        var label: String?
        var labels: [String]?
        var probabilities: [String: Float]?
        var number: Float?

        init(_ value: Prediction.Value) {
            switch value {
            case .classes(let classes):
                label = classes.first?.name
                probabilities = Dictionary(classes.map { ($0.name, $0.probability) }, uniquingKeysWith: { $1 })
            case .labels(let all):
                labels = all.filter { $0.probability >= 0.5 }.map(\.name)
                probabilities = Dictionary(all.map { ($0.name, $0.probability) }, uniquingKeysWith: { $1 })
            case .number(let value): number = value.isFinite ? value : nil
            }
        }
    }
}

extension Table {
    /// What the model read of a row, as one line of text.
    fileprivate func words(of schema: DatasetSchema, row: Int) -> String {
        let names = Set(schema.inputs.flatMap(\.columns))
        return columns.filter { names.contains($0.name) }.map { column in
            switch column.cells[row] {
            case .missing: ""
            case .text(let text): text
            case .list(let parts): parts.joined(separator: ", ")
            }
        }.joined(separator: ", ")
    }
}
