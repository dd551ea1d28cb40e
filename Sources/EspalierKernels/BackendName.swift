/// The names that `makeBackend(named:threads:)` knows in this build.
public let backendNames: [String] = {
    var names = ["native", "reference", "checked", "path:FILE"]
    #if OpenBLAS
        names.insert("openblas", at: 1)
    #endif
    return names
}()

/// A backend as the command line names it.
///
/// - Parameters:
///   - name: "native"; "openblas", the linked one; "reference"; "checked", native against the reference; or
///     "path:/…/libblis.so.4", any CBLAS by its file.
///   - threads: 1 to 256; nil for one on every physical core usable here. The reference always has one.
/// - Throws: `KernelError.unavailable` for an unknown name, with those that exist here, and for a backend that cannot
///   be had.
public func makeBackend(named name: String, threads: Int? = nil) throws(KernelError) -> any Backend {
    let threads = threads ?? ProcessorCount.usableCores
    let pathPrefix = "path:"
    if name.hasPrefix(pathPrefix) {
        return try BLASBackend(BLASLibrary(path: String(name.dropFirst(pathPrefix.count))), threads: threads)
    }
    switch name {
    case "native": return try NativeBackend(threads: threads)
    case "reference": return ReferenceBackend()
    case "checked": return CheckedBackend(try NativeBackend(threads: threads), ReferenceBackend())
    #if OpenBLAS
        case "openblas": return try BLASBackend(.linked, threads: threads)
    #endif
    default:
        throw .unavailable("no backend named \"\(name)\"; here are: \(backendNames.joined(separator: ", "))")
    }
}
