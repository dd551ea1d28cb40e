/// Whatever can carry out kernel calls: our own kernels, a BLAS, the plain reference, two of them side by side.
///
/// A run-time value, never a generic parameter: a call through it costs some ten nanoseconds, nothing beside a kernel.
public protocol Backend: Sendable {
    /// As the command line and reports name it: "native", "openblas", "reference".
    var name: String { get }

    /// Threads a kernel may use, the caller included.
    var threads: Int { get }

    /// Carries out one call. The pointers in it must be valid for the shapes it names.
    func run(_ call: KernelCall) throws(KernelError)

    /// Carries out calls that run one after the other in each branch, while branches do not depend on one another: one
    /// branch after the other, unless the backend can run several at the same time. If several fail, the first one's
    /// error is thrown.
    func run(_ branches: [[KernelCall]]) throws(KernelError)
}

extension Backend {
    public func run(_ branches: [[KernelCall]]) throws(KernelError) {
        for branch in branches {
            for call in branch { try run(call) }
        }
    }
}

/// What can go wrong in a kernel call because of the data it was given.
public enum KernelError: Error, Equatable, CustomStringConvertible {
    /// A class target or an embedding id, `index`, is out of range; `position` is its row or its place among the ids.
    case indexOutOfRange(kernel: String, position: Int, index: Int)
    /// The call contradicts the kernel's contract: a defect of the caller, not of the data.
    case invalidArgument(kernel: String)
    /// Two backends disagree by more than rounding explains.
    case mismatch(kernel: String, detail: String)
    /// A backend cannot be had here: a library that does not load, threads or memory the system refuses.
    case unavailable(String)

    public var description: String {
        switch self {
        case .indexOutOfRange(let kernel, let position, let index):
            "[\(kernel)] \(index) at position \(position) is out of range"
        case .invalidArgument(let kernel): "[\(kernel)] invalid argument"
        case .mismatch(let kernel, let detail): "[\(kernel)] backends disagree: \(detail)"
        case .unavailable(let reason): reason
        }
    }
}
