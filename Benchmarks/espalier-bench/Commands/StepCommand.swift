import ArgumentParser
import Espalier

struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "A whole training step of a shared trunk with heads: forward, backward, Adam.",
        discussion: """
            With --peer-script, that program and our steps take turns case by case: it is stopped while ours run. It \
            gets the peer and the number of threads as its arguments and the cases in the environment variable CASES, \
            and prints a line of JSON with "case" and "us" for each.

            --profile prints every kernel call of a step. \(roofRule)

            --overhead prints what drawing and compiling a step takes, and what a step takes whose kernels do nothing; of \
            deeper networks, too.

            Example: espalier-bench step --threads 2 --peer-script Benchmarks/peers/pytorch_step.py --peer torch
            """)

    @Option(
        name: .customLong("backend"), help: ArgumentHelp("Backends to compare, with commas.", valueName: "names"),
        transform: { $0.split(separator: ",").map(String.init) })
    var backends = ["native"]

    @OptionGroup var options: BenchOptions
    @OptionGroup var peer: ScriptOptions

    @Flag(help: "Print how long every kernel call of a step takes, and its share of the roof.")
    var profile = false

    @Flag(help: "Print how long a step takes besides its kernels, and how long before the first.")
    var overhead = false

    func validate() throws {
        if peer.script != nil, backends.count > 1 {
            throw ValidationError("a peer is compared with one backend, not \(backends.count)")
        }
        if profile || overhead, peer.script != nil || options.json != nil || options.markdown != nil {
            throw ValidationError("--profile and --overhead print our own steps, as text only")
        }
    }

    func run() throws {
        let cases = (StepCase.all + (overhead ? StepCase.deep : [])).filter { options.matches($0.name) }
        if cases.isEmpty { throw ValidationError("no step's name contains \"\(options.filter ?? "")\"") }
        if overhead {
            return print(
                StepOverhead.table(try cases.map { try StepOverhead(of: $0, rounds: options.rounds ?? 50) }),
                terminator: "")
        }
        if profile { return try printProfiles(of: cases) }
        let benchmark = StepBenchmark(cases: cases, backends: backends, rounds: options.rounds ?? 50)
        let results = try options.threads.flatMap { threads in
            try peer.script.map { try benchmark.run(with: $0, peer, threads: threads) }
                ?? benchmark.run(threads: threads)
        }
        let report = StepReport(machine: Machine(), results: results)
        print(report.text, terminator: "")
        try options.write(json: report, markdown: report.markdown)
    }

    private func printProfiles(of cases: [StepCase]) throws {
        for threads in options.threads {
            let roofs = Roofs(try Workers(threads: threads))
            for backend in try backends.map({ try makeBackend(named: $0, threads: threads) }) {
                for example in cases {
                    let profile = try StepProfile(of: example, on: backend, roofs: roofs, steps: options.rounds ?? 50)
                    print("\n" + profile.table, terminator: "")
                }
            }
        }
    }
}
