import Foundation

/// Standard output and standard error as text.
enum Terminal {
    /// Whether standard error is a terminal whose lines may be redrawn; not with NO_COLOR or CI set.
    static let isInteractive: Bool = {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = ["NO_COLOR", "CI"].contains { environment[$0].map { !$0.isEmpty } ?? false }
        return !isPlain && environment["TERM"] != "dumb" && isatty(FileHandle.standardError.fileDescriptor) == 1
    }()

    /// To standard error.
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Replaces the current line of standard error.
    static func redraw(_ line: String) { write("\r\u{1B}[2K" + line) }

    /// Takes away what was redrawn.
    static func clearLine() { if isInteractive { redraw("") } }

    /// To standard output. What cannot be written ends the program: a script must not take silence for an answer.
    static func print(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            write("espalier: error: standard output cannot be written\n")
            _exit(EXIT_FAILURE)
        }
    }

    /// Whether somebody types at standard input.
    static var isInputInteractive: Bool { isatty(FileHandle.standardInput.fileDescriptor) == 1 }
}
