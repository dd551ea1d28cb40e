import Foundation

/// How far a long measurement is, on standard error: one line that is redrawn, nothing where standard error is no
/// terminal.
struct ProgressLine {
    /// Expected seconds for all of it, then for what is done, by the same guess.
    private let expected: Double
    private var done = 0.0
    private let start = ContinuousClock.now
    private static let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private static let width = 20

    init(expectedSeconds: Double) { expected = expectedSeconds }

    /// - Parameter expectedSeconds: of the step that begins now, named `name`.
    mutating func begin(_ name: String, expectedSeconds: Double) {
        defer { done += expectedSeconds }
        guard Self.isTerminal else { return }
        let filled = Int(done / expected * Double(Self.width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        Self.redraw("\(bar) \(Self.text(secondsLeft)) left: \(name)")
    }

    func finish() { if Self.isTerminal { Self.redraw("") } }

    /// What was measured so far tells how good the guess is.
    private var secondsLeft: Double {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        return (expected - done) * (done > 0 ? elapsed / done : 1)
    }

    private static func redraw(_ line: String) {
        FileHandle.standardError.write(Data("\r\u{1B}[2K\(line)".utf8))
    }

    private static func text(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
