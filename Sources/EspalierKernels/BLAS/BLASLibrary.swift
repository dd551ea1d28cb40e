/// The entry points of one CBLAS that Espalier uses: linked, or opened at run time.
public struct BLASLibrary: Sendable {
    /// cblas_sgemm with 32-bit integers: layout, transposes, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc.
    package typealias SGEMM =
        @convention(c) (
            CInt, CInt, CInt, CInt, CInt, CInt, Float, UnsafePointer<Float>?, CInt, UnsafePointer<Float>?, CInt, Float,
            UnsafeMutablePointer<Float>?, CInt
        ) -> Void

    /// "openblas", or the path it was opened at.
    public let name: String
    /// What the library says about itself; nil if it has no word for it.
    public let version: String?
    package let sgemm: SGEMM
    /// nil if the library lets nobody choose.
    package let threadControl: ThreadControl?

    /// How many threads the library uses: one number for the whole process.
    package struct ThreadControl: Sendable {
        let threads: @Sendable () -> Int
        package let setThreads: @Sendable (Int) -> Void
    }
}

/// Values of the CBLAS interface.
package enum CBLAS {
    package static let rowMajor: CInt = 101
    package static func transpose(_ transposed: Bool) -> CInt { transposed ? 112 : 111 }
}
