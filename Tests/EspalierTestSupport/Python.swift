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
        guard result.status == 0 else { throw Failure(complaint: result.errors) }
        return result.output
    }

    public struct Failure: Error { public let complaint: String }

    private static func run(_ script: String, _ arguments: [String] = [], python: String) throws -> ChildProcess {
        let words = python.split(separator: " ").map(String.init)
        return try ChildProcess(words[0], words.dropFirst() + ["-c", script] + arguments)
    }
}
