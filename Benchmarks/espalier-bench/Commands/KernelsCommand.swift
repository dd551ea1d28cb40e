import ArgumentParser
import Espalier

struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Every other kernel, at the size that a training step has.",
        discussion: """
            \(roofRule) An exponential counts as one operation.

            With --peer-script, that program and our kernels take turns case by case: it is stopped while ours run. It \
            gets the number of threads as its argument and prints a line of JSON for each case: \
            {"case": "softmax 32x10", "us": 12.3}, or {"op": "softmax", "rows": 32, "cols": 10, "us": 12.3}; in \
            microseconds. After each it should rest for a few hundredths of a second, in which it is stopped.

            Example: espalier-bench kernels --filter softmax --peer-script Benchmarks/peers/pytorch_losses.py
            """)

    @OptionGroup var options: BenchOptions
    @OptionGroup var peer: ScriptOptions

    @Option(help: ArgumentHelp("Write an SVG chart of the shares of the roof.", valueName: "file"))
    var chart: String?

    func run() throws {
        let cases = KernelCase.kernelBenchmarks.filter { options.matches($0.description) }
        if cases.isEmpty { throw ValidationError("no case's name contains \"\(options.filter ?? "")\"") }
        let benchmark = KernelBenchmark(cases: cases, rounds: options.rounds ?? 15)
        let results = try options.threads.flatMap { threads in
            var results = try benchmark.run(threads: threads)
            if let script = peer.script { try benchmark.compare(&results, with: script, peer, threads: threads) }
            print("\n" + CaseReport.table("kernels, \(threadsText(threads))", of: results), terminator: "")
            return results
        }
        let report = CaseReport(machine: Machine(), results: results)
        print("\n" + report.text, terminator: "")
        try options.write(json: report, markdown: report.markdown)
        if let chart { try writeFile(SVG.standalone(report.shareChart.svg()), to: chart) }
    }
}

/// Times kernels under their roofs, and in turn with a script.
struct KernelBenchmark {
    let cases: [KernelCase]
    let rounds: Int

    func run(threads: Int) throws -> [CaseResult] {
        let backend = try NativeBackend(threads: threads)
        let timer = CaseTimer(
            roofs: Roofs(try Workers(threads: threads)), roundRobin: RoundRobin(rounds: rounds, threads: threads))
        var progress = ProgressLine(expectedSeconds: Double(cases.count))
        defer { progress.finish() }
        return try cases.map { example in
            progress.begin("\(example), \(threadsText(threads))", expectedSeconds: 1)
            let prepared = example.prepare()
            let work = Work(prepared.call)
            return CaseResult(
                family: prepared.call.family.rawValue, name: example.description, threads: threads, work: work,
                timing: try timer.measure(work, [contestant(prepared, backend)]))
        }
    }

    /// Adds the script's times to the results. Our turn at a case comes right after the script's.
    func compare(_ results: inout [CaseResult], with script: PeerScript, _ options: ScriptOptions, threads: Int) throws
    {
        let backend = try NativeBackend(threads: threads)
        let roundRobin = RoundRobin(rounds: rounds, threads: threads, followsScript: true)
        var (ours, theirs) = (cases.map { _ in [Double]() }, cases.map { _ in [Double]() })
        for _ in 0..<options.peerRounds {
            try script.run([String(threads)]) { name, seconds in
                guard let index = cases.firstIndex(where: { $0.description == name }) else { return }
                theirs[index].append(seconds)
                ours[index].append(try roundRobin.measure([contestant(cases[index].prepare(), backend)])[0].median)
            }
        }
        for index in cases.indices where !theirs[index].isEmpty {
            results[index].peers.append(
                .init(
                    name: displayName(options.peer), microseconds: theirs[index].median * 1e6,
                    ratio: theirs[index].medianRatio(to: ours[index])))
        }
    }

    private func contestant(_ prepared: PreparedCase, _ backend: NativeBackend) -> Contestant {
        Contestant(name: "ours") { try prepared.run(on: backend) }
    }
}
