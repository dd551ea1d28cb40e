import ArgumentParser
import Espalier

struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "A whole training step of a shared trunk with heads: forward, backward, Adam.",
        discussion: """
            With --peer-script, the script and this program run alternately as processes of their own. Such a script \
            takes the peer and the number of threads, reads the cases from the environment variable CASES, and prints \
            a line of JSON with "case" and "us" for each.

            Example: espalier-bench step --threads 2 --peer-script train_step.py --peer torch --peer-python python3
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("A Python script that times the same steps in other libraries.", valueName: "file"))
    var peerScript: String?

    @Option(help: ArgumentHelp("What the script times: torch, torch_compile, jax, tf or keras.", valueName: "name"))
    var peer = "torch"

    @Option(help: ArgumentHelp("The Python that has the peer.", valueName: "program"))
    var peerPython = "python3"

    @Option(help: ArgumentHelp("How often the peer and this program take turns.", valueName: "count"))
    var peerRounds = 3

    @Flag(help: "Print a Markdown table.")
    var markdown = false

    @Flag(help: "Print how long every kernel call of a step takes.")
    var calls = false

    func validate() throws {
        if [markdown, calls, options.json].count(where: { $0 }) > 1 {
            throw ValidationError("--markdown, --calls and --json exclude each other")
        }
        if peerRounds < 1 { throw ValidationError("--peer-rounds \(peerRounds); at least 1 is wanted") }
        if peerScript != nil, options.backends.count > 1 {
            throw ValidationError("a peer is compared with one backend, not \(options.backends.count)")
        }
        if peerScript != nil, calls { throw ValidationError("--calls looks at our own steps, not at a peer's") }
    }

    func run() throws {
        let cases = StepCase.all.filter { options.matches($0.name) }
        if cases.isEmpty { throw ValidationError("no step's name contains \"\(options.filter ?? "")\"") }
        if calls { return try printCalls(of: cases) }
        let report =
            try peerScript.map {
                try PeerBenchmark(
                    options: options, cases: cases, peer: peer, python: peerPython, script: $0, rounds: peerRounds
                ).run()
            } ?? StepBenchmark(options: options, cases: cases).run()
        if options.json { return print(try jsonText(report)) }
        print(markdown ? report.markdown : report.text, terminator: "")
    }

    private func printCalls(of cases: [StepCase]) throws {
        for threads in options.threads {
            let peak = try MachinePeak(threads: threads)
            print(peak)
            for backend in try options.makeBackends(threads: threads) {
                for example in cases {
                    let profile = CallProfile(example: example, backend: backend, peak: peak, seconds: options.seconds)
                    print("\n" + (try profile.table()), terminator: "")
                }
            }
        }
    }
}
