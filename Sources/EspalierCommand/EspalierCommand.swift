import ArgumentParser
import Foundation

/// The command line, product `espalier`.
@main
struct EspalierCommand: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "espalier",
        abstract: "Trains one model for several related tasks on a table of texts, numbers and labels.",
        discussion: """
            Examples:
              espalier train Examples/snippets.yaml --out model
              espalier predict model "The battery lasts two days. Love it!"
            """,
        version: version,
        subcommands: [
            TrainCommand.self, EvaluateCommand.self, PredictCommand.self, CompareCommand.self, DoctorCommand.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(with: error)
        }
    }

    /// Help and version go to standard output; every error to standard error in one form, with status 64 for a wrong
    /// command line and 1 for everything else.
    private static func end(with error: any Error) -> Never {
        let status = exitCode(for: error)
        if status == .success { exit(withError: error) }
        var message = fullMessage(for: error)
        if status == .failure {
            message = (error as? LocalizedError)?.errorDescription ?? "\(error)"
        } else if message.hasPrefix("Error: ") {
            message.removeFirst("Error: ".count)
        }
        Terminal.write("espalier: error: \(message)\n")
        // Without exit handlers: a BLAS's may wait for a worker that never starts where memory is short.
        _exit(status.rawValue)
    }
}
