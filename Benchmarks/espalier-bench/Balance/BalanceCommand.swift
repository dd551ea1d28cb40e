import ArgumentParser
import Espalier

struct BalanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "A training step with its tasks balanced, as a multiple of the plain step.",
        discussion: """
            Forward, backward, the weights of the minimum-norm point (MGDA), Adam; once for every level at which the \
            tasks' gradients can be known. Memory is the program's arena with what the optimizer keeps.

            With --peer-script, that program and our steps take turns case by case: it is stopped while ours run. It \
            gets the method and the number of threads as its arguments and the cases in the environment variable CASES, \
            and prints a line of JSON with "case" and "us" for each.

            Example: espalier-bench balance --threads 1,2 --batch 32,512 \
            --peer-script Benchmarks/peers/torchjd_step.py --peer MGDA
            """)

    @OptionGroup var options: BenchOptions
    @OptionGroup var peer: ScriptOptions

    @Option(
        help: ArgumentHelp("Numbers of rows in a batch, with commas. (default: 32,512)", valueName: "counts"),
        transform: positiveCounts)
    var batch = [32, 512]

    @Option(help: ArgumentHelp("Tasks on the trunk.", valueName: "count"))
    var tasks = 8

    @Option(help: ArgumentHelp("The input's width and the trunk's layers'.", valueName: "count"))
    var width = 1024

    @Option(help: ArgumentHelp("Layers of the trunk.", valueName: "count"))
    var layers = 2

    func validate() throws {
        for (name, count) in [("tasks", tasks), ("width", width), ("layers", layers)] where count < 1 {
            throw ValidationError("--\(name) \(count); at least 1 is wanted")
        }
    }

    func run() throws {
        let cases = batch.map { rows in
            StepCase(
                name: "batch \(rows)", batch: rows, inputWidth: width, trunk: Array(repeating: width, count: layers),
                heads: Array(repeating: 16, count: tasks))
        }
        let levels = BalanceBenchmark.levels.filter { options.matches($0.name) }
        if levels.isEmpty { throw ValidationError("no level's name contains \"\(options.filter ?? "")\"") }
        let benchmark = BalanceBenchmark(cases: cases, levels: levels, rounds: options.rounds ?? 20)
        let results = try options.threads.flatMap { threads in
            try benchmark.run(with: peer.script.map { (script: $0, options: peer) }, threads: threads)
        }
        let report = BalanceReport(machine: Machine(), peer: peer.script.map { _ in peer.peer }, results: results)
        print(report.text, terminator: "")
        try options.write(json: report, markdown: report.markdown)
    }
}

@Sendable private func positiveCounts(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let count = Int(part), count >= 1 else { throw ValidationError("'\(part)' is no number of rows") }
        return count
    }
}
