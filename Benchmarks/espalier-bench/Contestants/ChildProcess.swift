import Foundation

/// A program that is run to its end.
struct ChildProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let program: String
    private let arguments: [String]
    private let environment: [String: String]

    /// - Parameters:
    ///   - program: a path, or a name to be found in PATH.
    ///   - environment: added to ours.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) {
        (self.program, self.arguments, self.environment) = (program, arguments, environment)
    }

    /// Runs it to its end. Each line that it prints is handed on while it stands still, so that what is done then has the
    /// processors to itself. Its errors go where ours go. If `handle` throws, it is killed.
    func run(eachLine handle: (Data) throws -> Void) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        do {
            try forEachLine(of: pipe.fileHandleForReading) { line in
                kill(process.processIdentifier, SIGSTOP)
                try handle(line)
                kill(process.processIdentifier, SIGCONT)
            }
        } catch {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw error
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program) ended with status \(process.terminationStatus)")
        }
    }

    /// As they come; the last one may lack its end.
    private func forEachLine(of file: FileHandle, _ body: (Data) throws -> Void) throws {
        var rest = Data()
        while case let bytes = file.availableData, !bytes.isEmpty {
            rest += bytes
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                if end > rest.startIndex { try body(Data(rest[..<end])) }
                rest = Data(rest[(end + 1)...])
            }
        }
        if !rest.isEmpty { try body(rest) }
    }
}
