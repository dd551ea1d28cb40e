import ArgumentParser
import Espalier

/// What all subcommands have in common.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Numbers of threads, with commas. (default: 1)", valueName: "counts"), transform: counts)
    var threads = [1]

    @Option(
        help: ArgumentHelp(
            "Rounds of measuring each case. (default: gemm 7, kernels 15, step 50, balance 20)", valueName: "count"))
    var rounds: Int?

    @Option(help: ArgumentHelp("Only cases whose name contains this.", valueName: "text"))
    var filter: String?

    @Option(help: ArgumentHelp("Write all figures as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write a table as Markdown.", valueName: "file"))
    var markdown: String?

    func validate() throws {
        #if DEBUG
            throw ValidationError(
                "a debug build says nothing about speed; run it as: swift run -c release espalier-bench …")
        #else
            if let rounds, rounds < 1 { throw ValidationError("--rounds \(rounds); at least 1 is wanted") }
        #endif
    }

    func matches(_ name: String) -> Bool { filter.map(name.contains) ?? true }

    func write(json report: some Encodable, markdown text: String) throws {
        if let json { try writeFile(jsonText(report, indented: true) + "\n", to: json) }
        if let markdown { try writeFile(text, to: markdown) }
    }
}

@Sendable private func counts(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let count = Int(part), 1...256 ~= count else {
            throw ValidationError("'\(part)' is no number of threads")
        }
        return count
    }
}
