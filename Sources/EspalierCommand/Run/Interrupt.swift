import Dispatch
import Foundation

/// Ctrl-C: removes what is unfinished, then ends the process as the shell expects, with 128 + the signal's number.
struct Interrupt {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter before: called before the end, on another thread: to leave the terminal tidy.
    init(before: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                before()
                SideFolders.removeAllAndExit(status: 128 + number)
            }
            source.resume()
            return source
        }
    }

    /// Ctrl-C ends the process at once again.
    func cancel() {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
