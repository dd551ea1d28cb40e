#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory on a 64-byte boundary (a cache line, an AVX-512 vector), zeroed, freed with the object.
///
/// The one owner of raw memory above the kernels: tensors, parameter slabs and program arenas are made of it.
/// Who shares one between threads keeps their writes apart: it has no lock.
public final class AlignedBuffer: @unchecked Sendable {
    public let pointer: UnsafeMutableRawPointer
    public let byteCount: Int

    public static let alignment = 64

    /// What the system gave; the aligned memory begins within.
    private let allocation: UnsafeMutableRawPointer

    /// Large buffers cost nothing until they are used: the system's fresh pages are zeros.
    ///
    /// - Parameter byteCount: may be 0. Stops the program if the system refuses the memory.
    public init(byteCount: Int) {
        self.byteCount = byteCount
        guard let allocation = calloc(1, byteCount + Self.alignment) else {
            fatalError("[memory] the system refuses \(byteCount) bytes")
        }
        self.allocation = allocation
        pointer = allocation.alignedUp(toMultipleOf: Self.alignment)
    }

    public convenience init(floats count: Int) { self.init(byteCount: count * MemoryLayout<Float>.stride) }

    deinit { free(allocation) }

    /// The memory as floats. Valid while the buffer lives.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: pointer.assumingMemoryBound(to: Float.self), count: byteCount / MemoryLayout<Float>.stride)
    }
}
