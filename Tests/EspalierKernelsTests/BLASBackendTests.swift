@testable import EspalierKernels
import EspalierTestSupport
import Testing

/// The BLAS backends that this build and this machine have.
let blasNames: [String] = {
    var names: [String] = []
    #if OpenBLAS
        names.append("openblas")
    #endif
    // By the names that the loader finds; libblas.so.3 is whichever BLAS the system prefers, often the plain one.
    for file in ["libopenblas.so.0", "libblis.so.4", "libblas.so.3"] where (try? BLASLibrary(path: file)) != nil {
        names.append("path:" + file)
    }
    return names
}()

extension KernelTests {
    @Suite(.serialized) struct BLASBackendTests {
        /// BLIS in memory without guards: version 0.9 reads past the end of its operands on AMD's Zen.
        @Test(arguments: blasNames, [1, 2]) func everyProductAgreesWithTheReference(name: String, threads: Int) throws {
            try KernelTests.expectAgreement(
                of: makeBackend(named: name, threads: threads), family: .gemm,
                memory: name.contains("blis") ? .heap : GuardedMemory.beforeForbiddenPage)
        }

        @Test func anOpenedLibrarySaysWhatItIs() throws {
            for name in blasNames where name.hasPrefix("path:") {
                let library = try BLASLibrary(path: String(name.dropFirst(5)))
                if name.contains("openblas") { #expect(library.version?.contains("OpenBLAS") == true) }
                if name.contains("blis") { #expect(library.version?.hasPrefix("BLIS") == true) }
            }
        }

        #if OpenBLAS
            /// Both have an `sgemm_`: the opened one must call its own. They add 600 products in different orders.
            @Test(.enabled(if: blasNames.contains("path:libblis.so.4")))
            func anOpenedLibraryCallsItsOwnSymbols() throws {
                let example = try #require(KernelCase.gemmCases.first { $0.description.contains("x600") })
                let results = try ["openblas", "path:libblis.so.4"].map { name in
                    let prepared = example.prepare()
                    try prepared.run(on: makeBackend(named: name, threads: 1))
                    return prepared.outputBytes
                }
                #expect(results[0] != results[1])
            }
        #endif

        @Test func aMissingFileIsUnavailableInTheLoadersWords() {
            let error = #expect(throws: KernelError.self) { try makeBackend(named: "path:/nowhere/libblas.so") }
            guard case .unavailable(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("/nowhere/libblas.so") && reason.contains("No such file"))
        }

        @Test func aLibraryWithoutTheProductIsUnavailable() {
            let error = #expect(throws: KernelError.self) { try BLASLibrary(path: "libm.so.6") }
            #expect(error?.description.contains("cblas_sgemm") == true)
        }

        @Test func sizesBeyondThirtyTwoBitsAreAnError() throws {
            guard let name = blasNames.first else { return }
            let memory = CaseOperands()
            var call = KernelCall.GEMM(
                m: 1, n: 1, k: 1, a: memory.matrix(1, 1), b: memory.matrix(1, 1), c: memory.matrix(1, 1))
            call.a.leadingDimension = 1 << 31
            let error = #expect(throws: KernelError.self) { try makeBackend(named: name).run(.gemm(call)) }
            #expect(error?.description.contains("2147483648") == true)
        }
    }
}
