import Espalier

/// Carries out calls on another backend and notes how long each takes, by its place in the step.
///
/// For one thread at a time.
private final class TimingBackend: Backend, @unchecked Sendable {
    private let backend: any Backend
    private(set) var calls: [TimedCall] = []
    private var position = 0

    var name: String { backend.name }
    var threads: Int { backend.threads }

    init(_ backend: any Backend) { self.backend = backend }

    func startStep() { position = 0 }

    func run(_ call: KernelCall) throws(KernelError) {
        let start = ContinuousClock.now
        try backend.run(call)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if position == calls.count { calls.append(TimedCall(call)) }
        calls[position].best = min(calls[position].best, seconds)
        position += 1
    }
}

private struct TimedCall {
    let name: String
    let flops, bytes: Int
    var best = Double.infinity

    init(_ call: KernelCall) {
        (flops, bytes) = (call.flops, call.bytes)
        if case .gemm(let gemm) = call {
            let transposes = (gemm.transposeA ? "T" : "N") + (gemm.transposeB ? "T" : "N")
            let epilogue = (gemm.beta == 0 ? "" : " + C") + (gemm.bias == nil ? "" : " + bias")
            let activation = gemm.activation == .identity ? "" : ", \(gemm.activation)"
            name = "gemm \(transposes) \(gemm.m)x\(gemm.n)x\(gemm.k)\(epilogue)\(activation)"
        } else {
            name = call.name + (call.outputs.last.map { " \($0.rows)x\($0.columns)" } ?? "")
        }
    }
}

/// Where a step's time goes: every kernel call in order, and what is left for everything between the calls.
///
/// Times are the best of all steps: what a call takes when nothing else disturbs it.
struct CallProfile {
    let example: StepCase
    let backend: any Backend
    let peak: MachinePeak
    let seconds: Double

    func table() throws -> String {
        let timing = TimingBackend(backend)
        let step = try PreparedStep(example, on: timing)
        var (whole, count) = (Double.infinity, 0)
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end || count < 20 {
            timing.startStep()
            let start = ContinuousClock.now
            try step.run()
            whole = min(whole, (ContinuousClock.now - start) / .seconds(1))
            count += 1
        }
        return table(of: timing.calls, whole: whole)
    }

    private func table(of calls: [TimedCall], whole: Double) -> String {
        var table = TextTable(["\(example.name) on \(backend.name)", "µs", "of step", "GF/s", "of peak", "GB/s"])
        for call in calls {
            let seconds = call.best
            let flops = Double(call.flops) / seconds
            table.append([
                call.name, number(seconds * 1e6), percent(seconds / whole), number(flops / 1e9),
                percent(flops / peak.flops), number(Double(call.bytes) / seconds / 1e9),
            ])
        }
        let rest = whole - calls.reduce(0) { $0 + $1.best }
        table.append(["between the calls", number(rest * 1e6), percent(rest / whole), "", "", ""])
        return table.rendered()
    }
}
