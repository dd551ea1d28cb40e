import ArgumentParser
import Foundation

/// A script that times another library, to take turns with ours.
struct ScriptOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A Python script that times the same cases in another library.", valueName: "file"))
    var peerScript: String?

    @Option(help: ArgumentHelp("What the script times; `step` and `balance` tell it to the script.", valueName: "name"))
    var peer = "torch"

    @Option(help: ArgumentHelp("The Python that has the library.", valueName: "program"))
    var peerPython = "python3"

    @Option(help: ArgumentHelp("How often the script is run; we take turns with it case by case.", valueName: "count"))
    var peerRounds = 3

    func validate() throws {
        if peerRounds < 1 { throw ValidationError("--peer-rounds \(peerRounds); at least 1 is wanted") }
    }

    var script: PeerScript? { peerScript.map { PeerScript(python: peerPython, file: $0) } }
}

/// A program of its own: two libraries with threads in one process would disturb each other.
struct PeerScript {
    let python, file: String

    /// Runs it once. Each case's name, as we call it, and its median seconds are handed on while the script stands still:
    /// then it is our turn at that case.
    func run(
        _ arguments: [String], environment: [String: String] = [:], eachCase body: (String, Double) throws -> Void
    ) throws {
        try ChildProcess(python, [file] + arguments, environment: environment).run { line in
            guard let result = try? JSONDecoder().decode(PeerLine.self, from: line), result.us > 0 else {
                let text = String(decoding: line.prefix(80), as: UTF8.self)
                throw ChildProcess.Failure(description: "\(file) printed what is no case with its time: \(text)")
            }
            try body(result.name, result.us * 1e-6)
        }
    }
}

/// A line that a script prints: the case as we name it, or an operation with its sizes.
struct PeerLine: Decodable {
    private let `case`, op: String?
    private let rows, cols, n, d, vocab: Int?
    /// Microseconds.
    let us: Double

    private static let operations = [
        "log_softmax": "log-softmax", "cross_entropy_fwd_bwd": "softmax cross-entropy",
        "linear_cross_entropy_fwd_bwd": "head cross-entropy",
    ]

    var name: String {
        let operation = op.map { Self.operations[$0] ?? $0 } ?? ""
        let sizes = [rows, cols, n, d, vocab].compactMap { $0.map(String.init) }
        return `case` ?? "\(operation) \(sizes.joined(separator: "x"))"
    }
}
