internal import CKernels
import Foundation

extension NativeBackend {
    /// Each branch is a task of the pool, on one thread; its calls run alone there. The bits are those of one thread.
    public func run(_ branches: [[KernelCall]]) throws(KernelError) {
        var group = BranchGroup(backend: self, branches: branches)
        _ = withUnsafeMutablePointer(to: &group) { group in
            ck_pool_run(
                pool.handle, branches.count,
                { context, index in context!.assumingMemoryBound(to: BranchGroup.self).runBranch(index) }, group)
        }
        if let failure = group.failure { throw failure.error }
    }
}

/// What the tasks share: the first branch that failed, in the order of branches.
private struct BranchGroup {
    let backend: NativeBackend
    let branches: [[KernelCall]]
    var failure: (branch: Int, error: KernelError)?

    static let failureLock = NSLock()
}

extension UnsafeMutablePointer<BranchGroup> {
    fileprivate func runBranch(_ index: Int) {
        do throws(KernelError) {
            let calls = pointee.branches[index]
            for place in calls.indices { try pointee.backend.run(calls[place]) }
        } catch {
            BranchGroup.failureLock.lock()
            if index < pointee.failure?.branch ?? .max { pointee.failure = (index, error) }
            BranchGroup.failureLock.unlock()
        }
    }
}
