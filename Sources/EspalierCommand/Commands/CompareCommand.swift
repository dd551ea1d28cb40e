import ArgumentParser
import Espalier

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Trains every task alone and all together, and compares on the test rows.",
        discussion: """
            Alone and together get the same rows, seeds and number of steps. --labels keeps only some labels of a task \
            while the others keep all: what the other tasks are worth when labels are scarce.

            Examples:
              espalier compare Examples/snippets.yaml --seeds 3
              espalier compare Examples/snippets.yaml --seeds 3 --labels sentiment=100
            """)

    @OptionGroup var options: RecipeOptions
    @Option(help: "Runs of everything, with the recipe's seed and those that follow it.")
    var seeds = 3
    @Option(help: ArgumentHelp("Keep the labels of so many training rows of a task.", valueName: "task=rows"))
    var labels: [String] = []
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...1000).contains(seeds) { throw ValidationError("--seeds is \(seeds); it must lie in 1...1000.") }
    }

    func run() throws {
        let recipe = try options.read()
        let backend = try makeBackend(named: recipe.backend, threads: recipe.threads)
        let data = try RecipeData(recipe)
        guard let test = data.test else { throw CommandError("the split has no test rows to compare on") }
        var train = data.train
        for (task, rows) in try limits(recipe.tasks.map(\.field.name)) {
            train = train.limitingLabels(of: task, keep: rows, seed: recipe.seed)
        }
        let model = try recipe.model(encoder: data.encoder, rows: train)
        let run = TaskComparisonRun(
            model, options: recipe.trainingOptions(hasDev: data.dev != nil), backend: backend)
        Terminal.write("\(data.summary)\n")
        let comparison = try run.run(
            train: train, dev: data.dev, test: test, seeds: (0..<seeds).map { recipe.seed &+ UInt64($0) },
            progress: { Terminal.write("\($0)\n") })
        Terminal.print(json ? try jsonText(comparison, indented: true) + "\n" : comparison.rendered())
    }

    /// `sentiment=100` in parts.
    private func limits(_ tasks: [String]) throws(CommandError) -> [(task: String, rows: Int)] {
        var limits: [(task: String, rows: Int)] = []
        for limit in labels {
            guard let sign = limit.lastIndex(of: "="), let rows = Int(limit[limit.index(after: sign)...]), rows > 0
            else { throw CommandError("--labels \(limit): TASK=ROWS is wanted, as in sentiment=100") }
            let task = String(limit[..<sign])
            guard tasks.contains(task) else {
                throw CommandError("--labels: " + unknown("task", task, known: tasks))
            }
            limits.append((task, rows))
        }
        return limits
    }
}
