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
        calls[position].seconds.append(seconds)
        position += 1
    }
}

private struct TimedCall {
    let name: String
    let work: Work
    /// One a step.
    var seconds: [Double] = []

    init(_ call: KernelCall) {
        work = Work(call)
        switch call {
        case .gemm(let gemm):
            let transposes = (gemm.transposeA ? "T" : "N") + (gemm.transposeB ? "T" : "N")
            let epilogue = (gemm.beta == 0 ? "" : " + C") + (gemm.bias == nil ? "" : " + bias")
            let activation = gemm.activation == .identity ? "" : ", \(gemm.activation)"
            name = "gemm \(transposes) \(gemm.m)x\(gemm.n)x\(gemm.k)\(epilogue)\(activation)"
        case .gemmSiblings(let siblings):
            let first = siblings.products[0]
            name = "\(siblings.products.count) gemm siblings of \(first.m)x\(first.n)x\(first.k)"
        default:
            let result = call.outputs.max { $0.bytes < $1.bytes }
            name = call.name + (result.map { " \($0.rows)x\($0.columns)" } ?? "")
        }
    }
}

/// Where a step's time goes: every kernel call in order, and what is left for everything between the calls.
struct StepProfile {
    private let title: String
    private let calls: [TimedCall]
    private let whole: Double
    /// What bounds each call.
    private let roofs: [RoofTiming]

    /// - Parameter steps: how many are timed; medians are kept.
    init(of example: StepCase, on backend: any Backend, roofs: Roofs, steps: Int) throws {
        let timing = TimingBackend(backend)
        let step = try PreparedStep(example, on: timing)
        var seconds: [Double] = []
        for _ in 0..<steps {
            timing.startStep()
            let start = ContinuousClock.now
            try step.run()
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        title = "\(example.name) on \(backend.name), \(threadsText(backend.threads))"
        (calls, whole) = (timing.calls, seconds.median)
        let roundRobin = RoundRobin(rounds: 5, threads: backend.threads, usesWallClock: true)
        self.roofs = try calls.map { try CaseTimer(roofs: roofs, roundRobin: roundRobin).measure($0.work, []).roof }
    }

    var table: String {
        var table = TextTable([title, "µs", "of step", "GF/s", "GB/s", "roof", "reached"])
        for (call, roof) in zip(calls, roofs) {
            let seconds = call.seconds.median
            table.append([
                call.name, number(seconds * 1e6), percent(seconds / whole),
                number(Double(call.work.flops) / seconds / 1e9), number(Double(call.work.bytes) / seconds / 1e9),
                roof.name, percent(roof.seconds.median / seconds),
            ])
        }
        let rest = whole - calls.reduce(0) { $0 + $1.seconds.median }
        table.append(["between the calls", number(rest * 1e6), percent(rest / whole), "", "", "", ""])
        return table.rendered()
    }
}
