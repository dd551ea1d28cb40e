import ArgumentParser
import Espalier

struct BalanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "A training step with its tasks balanced, as a multiple of the plain step.",
        discussion: """
            Forward, backward, the weights of the minimum-norm point (MGDA), Adam; once for every level at which the \
            tasks' gradients can be known. Memory is the program's arena with what the optimizer keeps.

            Example: espalier-bench balance --threads 1,2 --tasks 8 --batch 32,512
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Numbers of rows in a batch, with commas. (default: 32,512)", valueName: "counts"))
    var batch = "32,512"

    @Option(help: ArgumentHelp("Tasks on the trunk.", valueName: "count"))
    var tasks = 8

    @Option(help: ArgumentHelp("The input's width and the trunk's layers'.", valueName: "count"))
    var width = 1024

    @Option(help: ArgumentHelp("Layers of the trunk.", valueName: "count"))
    var layers = 2

    private static let levels: [(name: String, level: GradientLevel)] = [
        ("losses", .losses), ("representation", .representation), ("sketch", .sketch()), ("gram", .gram),
        ("rows", .rows),
    ]

    func validate() throws {
        if options.json != nil || options.markdown != nil { throw ValidationError("balance prints text only") }
    }

    func run() throws {
        var table = TextTable(
            ["batch", "threads", "level", "µs", "time / plain", "MiB", "memory / plain"],
            alignments: [.right, .right, .left] + Array(repeating: .right, count: 4))
        for threads in options.threads {
            for rows in batch.split(separator: ",").compactMap({ Int($0) }) {
                for row in try self.rows(batch: rows, threads: threads) { table.append(row) }
            }
        }
        print(table.rendered(), terminator: "")
    }

    private func rows(batch: Int, threads: Int) throws -> [[String]] {
        let example = StepCase(
            name: "balance", batch: batch, inputWidth: width, trunk: Array(repeating: width, count: layers),
            heads: Array(repeating: 16, count: tasks))
        let backend = try makeBackend(named: "native", threads: threads)
        let chosen = Self.levels.filter { options.matches($0.name) }
        let names = ["plain"] + chosen.map(\.name)
        let balancings =
            [nil] + chosen.map { Balancing($0.name == "losses" ? EqualWeights() : MGDA(), level: $0.level) }
        let steps = try balancings.map { try PreparedStep(example, on: backend, balancing: $0) }
        let seconds = try RoundRobin(rounds: options.rounds ?? 20, threads: threads).measure(
            zip(names, steps).map { name, step in Contestant(name: name) { try step.run() } })
        return names.indices.map { index in
            let bytes = Double(steps[index].byteCount)
            return [
                "\(batch)", "\(threads)", names[index], number(seconds[index].median * 1e6),
                number(seconds[index].medianRatio(to: seconds[0])), number(bytes / 1_048_576),
                number(bytes / Double(steps[0].byteCount)),
            ]
        }
    }
}

/// All weights 1, from losses alone: what the way of weights itself costs.
private struct EqualWeights: Balancer {
    var level: GradientLevel { .losses }

    func weights(for batch: BalancedBatch) -> [Double] { batch.tasks.map { _ in 1 } }
}
