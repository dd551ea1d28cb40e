import Espalier
import Foundation

/// Times a peer's script and our own steps in turn (A B A B), each in a process of its own: two libraries with threads
/// in one process would disturb each other.
struct PeerBenchmark {
    let options: BenchOptions
    let cases: [StepCase]
    let peer: String
    let python: String
    let script: String
    let rounds: Int

    func run() throws -> StepReport {
        var report = StepReport()
        for threads in options.threads {
            var ours = cases.map { _ in [Double]() }
            var theirs = cases.map { _ in [Double]() }
            for _ in 0..<rounds {
                for (index, seconds) in try ownTimes(threads: threads).enumerated() { ours[index].append(seconds) }
                for (index, seconds) in try peerTimes(threads: threads).enumerated() { theirs[index].append(seconds) }
            }
            for (index, example) in cases.enumerated() {
                for (name, times) in [(options.backends[0], ours[index]), (peer, theirs[index])] {
                    report.results.append(
                        StepResult(
                            example, contender: name, threads: threads,
                            timing: Timing(of: times, first: ours[index]), peak: nil))
                }
            }
        }
        return report
    }

    /// Seconds for each case, from a process of this program.
    private func ownTimes(threads: Int) throws -> [Double] {
        var arguments = ["step", "--json", "--backend", options.backends[0], "--threads", String(threads)]
        arguments += ["--seconds", String(options.seconds)]
        if let filter = options.filter { arguments += ["--filter", filter] }
        let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
        let output = try ChildProcess(program, arguments).output()
        let results = try JSONDecoder().decode(StepReport.self, from: output).results
        return results.map { $0.microseconds * 1e-6 }
    }

    /// Seconds for each case, from the peer's script.
    private func peerTimes(threads: Int) throws -> [Double] {
        let chosen = Dictionary(uniqueKeysWithValues: cases.map { ($0.name, PeerCase($0)) })
        let output = try ChildProcess(
            python, [script, peer, String(threads)],
            environment: ["CASES": String(decoding: try JSONEncoder().encode(chosen), as: UTF8.self)]
        ).output()
        let lines = try output.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(PeerLine.self, from: $0)
        }
        return try cases.map { example in
            guard let line = lines.first(where: { $0.case == example.name }) else {
                throw ChildProcess.Failure(description: "\(script) printed no time for \(example.name)")
            }
            return line.us * 1e-6
        }
    }
}

/// A line that the script prints.
private struct PeerLine: Decodable {
    let `case`: String
    /// Microseconds for one step.
    let us: Double
}

/// A case as the script reads it: [batch, input, trunk widths, head widths].
private struct PeerCase: Encodable {
    let example: StepCase

    init(_ example: StepCase) { self.example = example }

    func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(example.batch)
        try list.encode(example.inputWidth)
        try list.encode(example.trunk)
        try list.encode(example.heads)
    }
}
