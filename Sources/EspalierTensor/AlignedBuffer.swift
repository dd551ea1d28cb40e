/// Memory on a 64-byte boundary (a cache line, an AVX-512 vector), zeroed, freed with the object.
///
/// The one owner of raw memory above the kernels: tensors, parameter slabs and program arenas are made of it.
/// Who shares one between threads keeps their writes apart: it has no lock.
public final class AlignedBuffer: @unchecked Sendable {
    public let pointer: UnsafeMutableRawPointer
    public let byteCount: Int

    public static let alignment = 64

    /// - Parameter byteCount: may be 0.
    public init(byteCount: Int) {
        self.byteCount = byteCount
        pointer = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    public convenience init(floats count: Int) { self.init(byteCount: count * MemoryLayout<Float>.stride) }

    deinit { pointer.deallocate() }

    /// The memory as floats. Valid while the buffer lives.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: pointer.assumingMemoryBound(to: Float.self), count: byteCount / MemoryLayout<Float>.stride)
    }
}
