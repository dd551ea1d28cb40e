import Foundation
import Synchronization

/// The unfinished folders of this process, so that Ctrl-C can take them away.
enum SideFolders {
    private static let folders = Mutex<Set<URL>>([])
    /// Held while finished files take their final names, which Ctrl-C has to wait for.
    private static let finishing = Mutex<Void>(())

    static func make(_ folder: URL) throws {
        try folders.withLock { folders in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            folders.insert(folder)
        }
    }

    static func remove(_ folder: URL) {
        folders.withLock { folders in
            try? FileManager.default.removeItem(at: folder)
            folders.remove(folder)
        }
    }

    static func finish(_ rename: () throws -> Void) throws {
        try finishing.withLock { _ in try rename() }
    }

    /// Removes every unfinished folder and ends the process, when no folder is being finished.
    static func removeAllAndExit(status: Int32) -> Never {
        finishing.withLock { _ in
            folders.withLock { folders in
                for folder in folders { try? FileManager.default.removeItem(at: folder) }
            }
            exit(status)
        }
    }
}
