import ArgumentParser
import Espalier

struct GEMMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gemm", abstract: "Matrix products beside other BLAS libraries, by families of shapes.",
        discussion: """
            squares: 16 to 2048. small: the grid of BLIS' page on small matrices, one, two or three sizes small, four \
            transposes. heads: a head on a trunk, batch 1 to 4096, 1 to 64 outputs, 16 to 1024 features, as forward \
            pass (X Wᵀ, X W), dX and dW.

            A ratio is a peer's time over ours, the median over the rounds: above 1, ours is faster.

            \(roofRule)

            Example: espalier-bench gemm heads --threads 1,2 --peer blis=/usr/lib/x86_64-linux-gnu/libblis.so.4
            """)

    @Argument(help: "Families of shapes.")
    var families: [GEMMFamily] = GEMMFamily.allCases

    @Flag(help: "All 2,376 cases of the heads, not a sample of 720.")
    var all = false

    @OptionGroup var peers: PeerOptions
    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Write an SVG chart of the ratios.", valueName: "file"))
    var chart: String?

    func run() throws {
        let cases = families.map { family in
            (family, family.cases(sampled: !all).filter { options.matches($0.name) })
        }.filter { !$0.1.isEmpty }
        if cases.isEmpty { throw ValidationError("no case's name contains \"\(options.filter ?? "")\"") }
        let peers = try peers.open()
        let benchmark = GEMMBenchmark(
            cases: cases, peers: peers, threads: options.threads, rounds: options.rounds ?? 7)
        let results = try benchmark.run()
        let report = CaseReport(machine: Machine(peers: peers), results: results)
        print("\n" + report.text, terminator: "")
        try options.write(json: report, markdown: report.markdown)
        if let chart { try writeFile(SVG.standalone(RatioChart(report.summaries).svg()), to: chart) }
    }
}

/// Runs families of products for several numbers of threads; prints a table as each is done.
struct GEMMBenchmark {
    let cases: [(family: GEMMFamily, cases: [GEMMCase])]
    let peers: [Peer]
    let threads: [Int]
    let rounds: Int

    func run() throws -> [CaseResult] {
        let all = cases.flatMap(\.cases)
        var progress = ProgressLine(
            expectedSeconds: all.reduce(0) { $0 + expectedSeconds($1) } * Double(threads.count))
        defer { progress.finish() }
        var results: [CaseResult] = []
        for threads in threads {
            let workers = try Workers(threads: threads)
            let timer = CaseTimer(roofs: Roofs(workers), roundRobin: RoundRobin(rounds: rounds, threads: threads))
            let contest = GEMMContest(all, workers: workers, peers: peers)
            for (family, cases) in cases {
                let measured = try cases.map { example in
                    progress.begin(
                        "\(example.name), \(threadsText(threads))", expectedSeconds: expectedSeconds(example))
                    try contest.checkAgreement(on: example)
                    return CaseResult(
                        family: family.rawValue, name: example.name, threads: threads, work: example.work,
                        timing: try timer.measure(example.work, contest.contestants(for: example)),
                        peers: peers.map(\.name))
                }
                progress.finish()
                print("\n" + CaseReport.table("\(family), \(threadsText(threads))", of: measured), terminator: "")
                results += measured
            }
        }
        return results
    }

    /// A guess, for the progress line: turns of a millisecond, or a call at a moderate rate where that lasts longer.
    private func expectedSeconds(_ example: GEMMCase) -> Double {
        let (turn, rate) = (0.0015, 6e10)
        return Double((rounds + 2) * (peers.count + 1)) * max(turn, Double(example.work.flops) / rate)
    }
}
