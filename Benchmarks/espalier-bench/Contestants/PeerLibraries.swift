import ArgumentParser
import Espalier
import Foundation

/// A BLAS that ours is compared with.
struct Peer {
    let name: String
    let library: BLASLibrary
}

/// Which BLAS libraries take part: those named, or those found here.
struct PeerOptions: ParsableArguments {
    @Option(
        name: .customLong("peer"),
        help: ArgumentHelp(
            "A BLAS to compare with, by its file; any number. Without, OpenBLAS, BLIS and MKL are looked for.",
            valueName: "name=file"),
        transform: NamedFile.init)
    var named: [NamedFile] = []

    @Option(
        help: ArgumentHelp("A Python whose environment may hold MKL. (default: $VIRTUAL_ENV's)", valueName: "program"))
    var peerPython: String?

    /// - Throws: `KernelError.unavailable` if a named library does not load. One that is not found is left out.
    func open() throws -> [Peer] {
        if !named.isEmpty { return try named.map { Peer(name: $0.name, library: try BLASLibrary(path: $0.file)) } }
        return candidates.compactMap { name, files in
            files.lazy.compactMap { try? BLASLibrary(path: $0) }.first.map { Peer(name: name, library: $0) }
        }
    }

    /// Names that the loader finds on its own paths; of MKL, the file in the Python environment first.
    private var candidates: [(name: String, files: [String])] {
        let mkl = ["libmkl_rt.so.3", "libmkl_rt.so.2"]
        let folders =
            [peerPython.map { URL(fileURLWithPath: $0).deletingLastPathComponent().deletingLastPathComponent().path }]
            + [ProcessInfo.processInfo.environment["VIRTUAL_ENV"]]
        return [
            ("OpenBLAS", ["libopenblas.so.0", "libopenblas.dylib"]),
            ("BLIS", ["libblis.so.4", "libblis.dylib"]),
            ("MKL", folders.compactMap { $0 }.flatMap { folder in mkl.map { "\(folder)/lib/\($0)" } } + mkl),
        ]
    }
}

/// "name=file" of the command line.
struct NamedFile {
    let name, file: String

    @Sendable init(_ text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("'\(text)': a peer is given as name=file") }
        (name, file) = (parts[0], parts[1])
    }
}
