import CKernels
import CMachinePeak
import Espalier

/// What this machine can do at most with so many threads, measured now.
struct MachinePeak: Codable {
    let threads: Int
    /// Of the multiply-add loop: "AVX-512".
    let instructionSet: String
    /// Operations in a second, a fused multiply-add counted as two.
    let flops: Double
    /// Bytes in a second between the cores and memory, far larger than the caches: what STREAM's triad moves.
    let bandwidth: Double

    /// The best of many short runs: a ceiling is what is reached when nothing else disturbs.
    init(threads: Int) throws {
        let workers = try Workers(threads: threads)
        self.threads = threads
        instructionSet = String(cString: machine_peak_instruction_set())
        flops = Self.multiplyAdds(workers)
        bandwidth = Self.triad(workers)
    }

    private static func multiplyAdds(_ workers: Workers) -> Double {
        let rounds = 100_000
        let flops = machine_peak_multiply_add(1) * Double(rounds * workers.threads)
        let seconds = (0..<40).map { _ in workers.seconds { _ in _ = machine_peak_multiply_add(rounds) } }.min()!
        return flops / seconds
    }

    private static func triad(_ workers: Workers) -> Double {
        let count = 1 << 24
        let arrays = (0..<3).map { _ in AlignedBuffer(floats: count) }
        let share = count / workers.threads
        let seconds = (0..<12).map { _ in
            workers.seconds { worker in
                let starts = arrays.map { $0.floats.baseAddress! + worker * share }
                machine_peak_triad(share, starts[0], starts[1], starts[2])
            }
        }.min()!
        return Double(3 * share * workers.threads * MemoryLayout<Float>.stride) / seconds
    }
}

/// Threads that run one piece of work each at the same time.
private final class Workers {
    let threads: Int
    private let pool: OpaquePointer

    init(threads: Int) throws {
        var created: OpaquePointer?
        guard ck_pool_create(threads, &created) == CK_OK, let created else {
            throw KernelError.unavailable("no pool of \(threads) threads")
        }
        (self.threads, pool) = (threads, created)
    }

    deinit { ck_pool_destroy(pool) }

    func seconds(_ work: @escaping (_ worker: Int) -> Void) -> Double {
        let box = Box(work: work)
        let start = ContinuousClock.now
        ck_pool_run(
            pool, threads,
            { context, worker in Unmanaged<Box>.fromOpaque(context!).takeUnretainedValue().work(worker) },
            Unmanaged.passUnretained(box).toOpaque())
        return withExtendedLifetime(box) { (ContinuousClock.now - start) / .seconds(1) }
    }

    private final class Box {
        let work: (Int) -> Void

        init(work: @escaping (Int) -> Void) { self.work = work }
    }
}
