import CKernels
import Espalier

/// Threads that run one piece of work each at the same time.
final class Workers {
    let threads: Int
    let pool: OpaquePointer

    init(threads: Int) throws {
        var created: OpaquePointer?
        guard ck_pool_create(threads, &created) == CK_OK, let created else {
            throw KernelError.unavailable("no pool of \(threads) threads")
        }
        (self.threads, pool) = (threads, created)
    }

    deinit { ck_pool_destroy(pool) }

    /// Returns when every worker is done.
    func run(_ work: (_ worker: Int) -> Void) {
        withoutActuallyEscaping(work) { work in
            let box = Box(work: work)
            ck_pool_run(
                pool, threads,
                { context, worker in Unmanaged<Box>.fromOpaque(context!).takeUnretainedValue().work(worker) },
                Unmanaged.passUnretained(box).toOpaque())
            withExtendedLifetime(box) {}
        }
    }

    private final class Box {
        let work: (Int) -> Void

        init(work: @escaping (Int) -> Void) { self.work = work }
    }
}
