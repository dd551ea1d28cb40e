#if OpenBLAS
    internal import COpenBLAS

    extension BLASLibrary {
        /// The OpenBLAS that this build is linked with.
        public static let linked = BLASLibrary(
            name: "openblas", version: String(cString: openblas_get_config()),
            sgemm: { layout, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc in
                cblas_sgemm(
                    CBLAS_ORDER(rawValue: UInt32(layout)), CBLAS_TRANSPOSE(rawValue: UInt32(transposeA)),
                    CBLAS_TRANSPOSE(rawValue: UInt32(transposeB)), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
            },
            threadControl: ThreadControl(
                threads: { Int(openblas_get_num_threads()) }, setThreads: { openblas_set_num_threads(CInt($0)) }))
    }
#endif
