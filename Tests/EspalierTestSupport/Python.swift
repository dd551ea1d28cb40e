import Foundation

/// The Python that has the packages NumPy and safetensors: the one `make setup` makes, or the system's.
public enum Python {
    public static let path: String? = {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return [root.appendingPathComponent("build/python/bin/python3").path, "/usr/bin/env python3"].first {
            (try? run("import numpy, safetensors.numpy", python: $0).status) == 0
        }
    }()

    public static var isAvailable: Bool { path != nil }

    /// What the script printed. A script that fails is an error with its complaint.
    public static func run(_ script: String, _ arguments: String...) throws -> String {
        guard let path else { throw Failure(complaint: "no Python") }
        let result = try run(script, arguments, python: path)
        guard result.status == 0 else { throw Failure(complaint: result.complaint) }
        return result.output
    }

    public struct Failure: Error { public let complaint: String }

    private static func run(
        _ script: String, _ arguments: [String] = [], python: String
    ) throws -> (status: Int32, output: String, complaint: String) {
        var words = python.split(separator: " ").map(String.init)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words.removeFirst())
        process.arguments = words + ["-c", script] + arguments
        let (output, complaint) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = complaint
        try process.run()
        let outputBytes = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaintBytes = try complaint.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: outputBytes, as: UTF8.self),
            String(decoding: complaintBytes, as: UTF8.self)
        )
    }
}
