import Foundation

/// A program that was run to its end.
public struct ChildProcess {
    /// Its exit status, or less than 0, the signal that ended it: a crash must never pass for a refusal.
    public let status: Int32
    public let output, errors: String

    /// - Parameters:
    ///   - program: a path.
    ///   - environment: set beside the test's own.
    ///   - input: what standard input holds.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = ""
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (outputPipe, errorPipe, inputPipe) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        process.standardInput = inputPipe
        try process.run()
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        // What goes to standard error fits into a pipe's buffer, so it may be read last.
        let outputBytes = try outputPipe.fileHandleForReading.readToEnd() ?? Data()
        let errorBytes = try errorPipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        output = String(decoding: outputBytes, as: UTF8.self)
        errors = String(decoding: errorBytes, as: UTF8.self)
    }
}
