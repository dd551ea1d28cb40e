import ArgumentParser
import Espalier

/// Times cases of one kernel on all backends and numbers of threads.
struct KernelBenchmark {
    private let options: BenchOptions

    init(_ options: BenchOptions) { self.options = options }

    func run(_ kernel: String, _ cases: [KernelCase]) throws {
        let cases = cases.filter { options.matches($0.description) }
        if cases.isEmpty { throw ValidationError("no case of \(kernel) contains \"\(options.filter ?? "")\"") }
        var report = KernelReportOutput(kernel: kernel, options: options)
        for threads in options.threads {
            let peak = try MachinePeak(threads: threads)
            report.add(peak)
            let backends = try options.makeBackends(threads: threads)
            for example in cases { report.add(try results(of: example, on: backends, peak: peak)) }
        }
        try report.finish()
    }

    private func results(
        of example: KernelCase, on backends: [any Backend], peak: MachinePeak
    ) throws -> [KernelResult] {
        let prepared = example.prepare()
        for backend in backends.dropFirst() { try compare(backend, with: backends[0], on: prepared) }
        let contenders = backends.map { backend in
            Contender(name: backend.name) { try backend.run(prepared.call) }
        }
        let timings = try RoundRobin(options, backends: backends).measure(contenders)
        return zip(backends, timings).map { backend, timing in
            KernelResult(
                name: example.description, call: prepared.call, backend: backend.name, timing: timing, peak: peak)
        }
    }

    /// - Throws: `KernelError.mismatch` if the results differ by more than rounding.
    private func compare(_ backend: any Backend, with first: any Backend, on prepared: PreparedCase) throws {
        guard case .gemm = prepared.call else { return try CheckedBackend(first, backend).run(prepared.call) }
        // Integers: nothing is rounded.
        try first.run(prepared.call)
        let expected = prepared.call.outputs.map(\.values)
        try backend.run(prepared.call)
        if prepared.call.outputs.map(\.values) != expected {
            throw KernelError.mismatch(kernel: prepared.call.name, detail: "\(first.name) and \(backend.name)")
        }
    }
}

extension RoundRobin {
    /// A BLAS library with threads of its own lets them spin for some 25 ms after a call.
    init(_ options: BenchOptions, backends: [any Backend]) {
        let spins = backends.contains { $0 is BLASBackend && $0.threads > 1 }
        self.init(seconds: options.seconds, pause: spins && backends.count > 1 ? 0.03 : 0)
    }
}
