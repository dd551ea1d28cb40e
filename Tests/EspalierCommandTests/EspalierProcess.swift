import EspalierTestSupport
import Foundation

/// The built `espalier` as a child process.
struct EspalierProcess {
    let status: Int32
    let output: String
    let errors: String

    /// - Parameters:
    ///   - arguments: of the command line.
    ///   - environment: set beside the test's own.
    ///   - input: what standard input holds; it is empty otherwise.
    init(_ arguments: String..., environment: [String: String] = [:], input: String = "") throws {
        try self.init(arguments, environment: environment, input: input)
    }

    init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
        let process = try ChildProcess(Self.executable.path, arguments, environment: environment, input: input)
        (status, output, errors) = (process.status, process.output, process.errors)
    }

    /// A process that has not been started.
    static func make(_ arguments: [String], environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        return process
    }

    /// Beside the test bundle, or beside the program that runs the tests.
    private static let executable: URL = {
        let program = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        let folder =
            program?.deletingLastPathComponent()
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        return folder.appendingPathComponent("espalier")
    }()
}
