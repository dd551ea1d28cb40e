internal import CKernels

/// Threads that share the work of one kernel call at a time, with the packing buffers that the kernels need.
///
/// The number of threads never changes a result's bits. A second caller waits until the first is done.
public final class ThreadPool: @unchecked Sendable {
    let handle: OpaquePointer

    /// Threads, the caller included.
    public let threads: Int

    /// - Parameter threads: 1 to 256, the caller included; by default one for every physical core usable here.
    /// - Throws: `KernelError.unavailable` if the system refuses the threads or the memory.
    public init(threads: Int = ProcessorCount.usableCores) throws(KernelError) {
        guard 1...256 ~= threads else {
            throw .unavailable("a thread pool has 1 to 256 threads, not \(threads)")
        }
        var created: OpaquePointer?
        let status = ck_pool_create(threads, &created)
        guard status == CK_OK, let created else {
            throw .unavailable("no pool of \(threads) threads: \(String(cString: ck_status_text(status)))")
        }
        handle = created
        self.threads = threads
    }

    deinit { ck_pool_destroy(handle) }
}
