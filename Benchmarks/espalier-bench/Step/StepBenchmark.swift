import ArgumentParser
import Espalier

/// Times training steps on all backends and numbers of threads.
struct StepBenchmark {
    let options: BenchOptions
    let cases: [StepCase]

    func run() throws -> StepReport {
        var report = StepReport()
        for threads in options.threads {
            let peak = try MachinePeak(threads: threads)
            report.machine.append(peak)
            let backends = try options.makeBackends(threads: threads)
            for example in cases {
                let steps = try backends.map { try PreparedStep(example, on: $0) }
                try compare(steps, of: backends)
                let contenders = zip(backends, steps).map { backend, step in
                    Contender(name: backend.name) { try step.run() }
                }
                let timings = try RoundRobin(options, backends: backends).measure(contenders)
                report.results += zip(backends, timings).map { backend, timing in
                    StepResult(example, contender: backend.name, threads: threads, timing: timing, peak: peak)
                }
            }
        }
        return report
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
