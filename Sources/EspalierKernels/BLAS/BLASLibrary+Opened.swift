import Foundation

extension BLASLibrary {
    /// Any library with a 32-bit-integer CBLAS interface, by its path or by a name that the loader finds.
    ///
    /// It stays loaded until the process ends.
    ///
    /// - Throws: `KernelError.unavailable` with the loader's own words if the library or `cblas_sgemm` is missing, or
    ///   if its integers have 64 bits.
    public init(path: String) throws(KernelError) {
        if let problem = Self.problem(withPath: path) { throw .unavailable("BLAS \(path) does not load: \(problem)") }
        let isMKL = path.contains("mkl")
        if isMKL { Self.chooseMKLThreading() }
        // MKL's layers find each other's symbols only if they are global.
        guard let handle = dlopen(path, RTLD_NOW | (isMKL ? RTLD_GLOBAL : RTLD_LOCAL) | Self.ownSymbolsFirst) else {
            throw .unavailable("BLAS \(path) does not load: \(Self.loaderError())")
        }
        guard let sgemm = Self.symbol("cblas_sgemm", in: handle, as: SGEMM.self) else {
            throw .unavailable("BLAS \(path) has no cblas_sgemm: \(Self.loaderError())")
        }
        let version = Self.version(handle)
        if version?.contains("USE64BITINT") == true {
            throw .unavailable("BLAS \(path) has 64-bit integers, and a build with 32-bit integers is needed")
        }
        self.init(name: path, version: version, sgemm: sgemm, threadControl: Self.threadControl(handle))
    }

    /// What the loader would not say: an empty path is this program itself, and a pipe waits for its writer.
    private static func problem(withPath path: String) -> String? {
        if path.isEmpty { return "the path is empty" }
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        let isLoadable = [nil, .typeRegular, .typeSymbolicLink].contains(type)
        return isLoadable ? nil : "not a file"
    }

    /// Every BLAS has an `sgemm_`, and without this flag an opened one would call that of the linked one.
    private static var ownSymbolsFirst: CInt {
        #if os(Linux) && canImport(Glibc)
            0x8  // RTLD_DEEPBIND, which the header shows only with _GNU_SOURCE
        #else
            0
        #endif
    }

    /// MKL's default, Intel's OpenMP, is rarely installed, and MKL ends the process if it is missing.
    private static func chooseMKLThreading() {
        let hasOpenMP = dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL) != nil
        setenv("MKL_THREADING_LAYER", hasOpenMP ? "GNU" : "SEQUENTIAL", 0)
        setenv("MKL_INTERFACE_LAYER", "LP64", 0)
    }

    private static func loaderError() -> String { dlerror().map { String(cString: $0) } ?? "unknown reason" }

    private static func symbol<Function>(
        _ name: String, in handle: UnsafeMutableRawPointer, as type: Function.Type
    ) -> Function? {
        dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }

    private static func version(_ handle: UnsafeMutableRawPointer) -> String? {
        typealias Text = @convention(c) () -> UnsafePointer<CChar>?
        typealias FillText = @convention(c) (UnsafeMutablePointer<CChar>, CInt) -> Void
        if let openBLAS = symbol("openblas_get_config", in: handle, as: Text.self) {
            return openBLAS().map { String(cString: $0) }
        }
        if let blis = symbol("bli_info_get_version_str", in: handle, as: Text.self) {
            return blis().map { "BLIS " + String(cString: $0) }
        }
        if let mkl = symbol("mkl_get_version_string", in: handle, as: FillText.self) {
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
                buffer.initialize(repeating: 0)
                mkl(buffer.baseAddress!, 255)
                return String(cString: buffer.baseAddress!)
            }
        }
        return nil
    }

    private static func threadControl(_ handle: UnsafeMutableRawPointer) -> ThreadControl? {
        typealias Get = @convention(c) () -> CInt
        typealias Set = @convention(c) (CInt) -> Void
        // BLIS counts in its own dim_t, which has 64 bits.
        typealias WideGet = @convention(c) () -> Int
        typealias WideSet = @convention(c) (Int) -> Void
        if let get = symbol("bli_thread_get_num_threads", in: handle, as: WideGet.self),
            let set = symbol("bli_thread_set_num_threads", in: handle, as: WideSet.self)
        {
            return ThreadControl(threads: { get() }, setThreads: { set($0) })
        }
        for (getName, setName) in [
            ("openblas_get_num_threads", "openblas_set_num_threads"), ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads"),
        ] {
            if let get = symbol(getName, in: handle, as: Get.self), let set = symbol(setName, in: handle, as: Set.self)
            {
                return ThreadControl(threads: { Int(get()) }, setThreads: { set(CInt($0)) })
            }
        }
        return nil
    }
}
