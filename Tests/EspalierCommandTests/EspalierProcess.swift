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
        let process = Self.make(arguments, environment: environment)
        let (outputPipe, errorPipe, inputPipe) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        process.standardInput = inputPipe
        try process.run()
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        // What these commands say fits into a pipe's buffer, so one may be read after the other.
        let errorBytes = try errorPipe.fileHandleForReading.readToEnd() ?? Data()
        let outputBytes = try outputPipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        // A crash must never pass for a refusal.
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        output = String(decoding: outputBytes, as: UTF8.self)
        errors = String(decoding: errorBytes, as: UTF8.self)
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
