import Espalier
import Foundation

/// Times training steps on several backends, or on one in turn with a peer's script.
struct StepBenchmark {
    let cases: [StepCase]
    let backends: [String]
    let rounds: Int

    /// All backends take turns.
    func run(threads: Int) throws -> [StepResult] {
        let peak = Roofs(try Workers(threads: threads)).arithmetic
        let backends = try backends.map { try makeBackend(named: $0, threads: threads) }
        return try cases.flatMap { example in
            let steps = try backends.map { try PreparedStep(example, on: $0) }
            try compare(steps, of: backends)
            let contestants = zip(backends, steps).map { backend, step in
                Contestant(name: backend.name) { try step.run() }
            }
            let seconds = try RoundRobin(rounds: rounds, threads: threads).measure(contestants + [peak.contestant])
            let rates = seconds[backends.count].map { peak.amount / $0 }
            return backends.indices.map { index in
                StepResult(
                    example, contestant: backends[index].name, threads: threads, seconds: seconds[index],
                    ours: seconds[0], peakRates: rates)
            }
        }
    }

    /// Our turn at a case comes right after the script's. Both by the clock on the wall.
    func run(with script: PeerScript, _ options: ScriptOptions, threads: Int) throws -> [StepResult] {
        let roundRobin = RoundRobin(rounds: rounds, threads: threads, followsScript: true)
        let backend = try makeBackend(named: backends[0], threads: threads)
        let steps = try cases.map { try PreparedStep($0, on: backend) }
        var (ours, theirs) = (cases.map { _ in [Double]() }, cases.map { _ in [Double]() })
        for _ in 0..<options.peerRounds {
            try script.run(cases, options, threads: threads) { index, seconds in
                theirs[index].append(seconds)
                ours[index].append(
                    try roundRobin.measure([Contestant(name: backend.name) { try steps[index].run() }])[0].median)
            }
        }
        return cases.indices.flatMap { index in
            [(backend.name, ours[index]), (options.peer, theirs[index])].map { name, seconds in
                StepResult(cases[index], contestant: name, threads: threads, seconds: seconds, ours: ours[index])
            }
        }
    }

    /// A few steps on each backend must give the same losses. Adam divides by the gradient's size, so a rounding error
    /// in a gradient near 0 may move its parameter by the learning rate: the losses agree less than to the last bit.
    private func compare(_ steps: [PreparedStep], of backends: [any Backend]) throws {
        let tolerance: Float = 1e-4
        for number in 1...3 {
            for step in steps { try step.run() }
            let expected = steps[0].loss
            for (step, backend) in zip(steps, backends) where abs(step.loss - expected) > tolerance * abs(expected) {
                throw KernelError.mismatch(
                    kernel: "step \(number)",
                    detail: "loss \(step.loss) on \(backend.name), \(expected) on \(backends[0].name)")
            }
        }
    }
}
