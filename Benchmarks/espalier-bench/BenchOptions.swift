import ArgumentParser
import Espalier

/// What all subcommands have in common.
struct BenchOptions: ParsableArguments {
    @Option(
        name: .customLong("backend"), help: ArgumentHelp("Backends to compare, with commas.", valueName: "names"),
        transform: list)
    var backends = ["native"]

    @Option(help: ArgumentHelp("Numbers of threads, with commas. (default: 1)", valueName: "counts"), transform: counts)
    var threads = [1]

    @Option(help: "Seconds of measuring for each case and number of threads.")
    var seconds = 1.0

    @Option(help: ArgumentHelp("Only cases whose name contains this.", valueName: "text"))
    var filter: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        #if DEBUG
            throw ValidationError(
                "a debug build says nothing about speed; run it as: swift run -c release espalier-bench …")
        #else
            if seconds <= 0 { throw ValidationError("--seconds \(seconds); more than 0 is wanted") }
        #endif
    }

    func matches(_ name: String) -> Bool { filter.map(name.contains) ?? true }

    func makeBackends(threads: Int) throws -> [any Backend] {
        try backends.map { try makeBackend(named: $0, threads: threads) }
    }
}

@Sendable private func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

@Sendable private func counts(_ text: String) throws -> [Int] {
    try list(text).map { part in
        guard let count = Int(part), count > 0 else { throw ValidationError("'\(part)' is no number of threads") }
        return count
    }
}
