internal import CKernels

/// The B of a product, packed once for many products by the native backend: weights that do not change.
///
/// It holds for the instruction set in use when it was packed. A product gives the bits that it gives without.
public final class PackedMatrix: @unchecked Sendable {
    /// Never written again.
    let memory: UnsafeMutableRawPointer
    /// Its size in bytes: about that of the matrix.
    public let byteCount: Int

    /// Packs op(B), `[k, n]`: from `b` as it stands, or from `[n, k]` if it is transposed. `b` is not needed afterwards,
    /// but by other backends.
    ///
    /// - Throws: `KernelError.invalidArgument` if the leading dimension is too small.
    public init(_ b: Matrix, transposed: Bool, n: Int, k: Int) throws(KernelError) {
        byteCount = ck_gemm_packed_bytes(transposed ? 1 : 0, n, k)
        memory = .allocate(byteCount: byteCount, alignment: 64)
        let status = ck_gemm_pack_f32(
            transposed ? 1 : 0, n, k, b.pointer, b.leadingDimension, memory, byteCount)
        guard status == CK_OK else {
            // Freed by deinit.
            throw .invalidArgument(kernel: "gemm pack")
        }
    }

    deinit { memory.deallocate() }
}
