#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that could not be read or written, with the system's own reason.
public struct FileError: Error, Hashable, CustomStringConvertible {
    public let path: String
    /// What was tried: "open", "write".
    public let operation: String
    public let reason: String

    public init(path: String, operation: String, reason: String) {
        self.path = path
        self.operation = operation
        self.reason = reason
    }

    public var description: String { "\(path): cannot \(operation): \(reason)" }

    /// To be called at once after the failed call, before anything else can change `errno`.
    fileprivate static func system(_ operation: String, _ path: String) -> FileError {
        FileError(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}

/// All bytes of a file or a pipe. Devices are refused: `/dev/zero` has no end.
package func readBytes(from path: String) throws(FileError) -> [UInt8] {
    try checkNoZeroByte(in: path)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path) }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("read", path) }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFIFO else {
        throw FileError(path: path, operation: "read", reason: "Not a file")
    }

    // The size is a hint: a file may grow while it is read, and a pipe has none.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size), 4096) + 1)
    var count = 0
    while true {
        if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: count)) }
        let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
        if got == 0 { break }
        if got < 0 {
            if errno == EINTR { continue }
            throw .system("read", path)
        }
        count += got
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// Replaces a file whole: the bytes go to a new file in the same folder, which then takes the old one's name and
/// permissions. On an error the old file is untouched and nothing is left beside it. A symbolic link is followed.
package func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
    try checkNoZeroByte(in: path)
    let target = resolvingLinks(path)
    var permissions: mode_t?
    var status = stat()
    if stat(target, &status) == 0 {
        // Renaming over a device or a folder would replace it.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, operation: "write", reason: "Not a file")
        }
        // A file the user has made read-only is meant to stay, though its folder would allow the renaming.
        guard access(target, W_OK) == 0 else { throw .system("write", path) }
        permissions = status.st_mode & 0o777
    }

    let folder = target.lastIndex(of: "/").map { target[...$0] } ?? ""
    let temporary = "\(folder).espalier-\(String(UInt64.random(in: .min ... .max), radix: 16)).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("write", path) }
    do throws(FileError) {
        do throws(FileError) {
            if let permissions, fchmod(descriptor, permissions) != 0 { throw .system("set the permissions of", path) }
            try write(bytes, to: descriptor, of: path)
            // Without this a crash soon after could leave the new name on an empty file.
            guard fsync(descriptor) == 0 else { throw .system("write", path) }
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw .system("write", path) }
        guard rename(temporary, target) == 0 else { throw .system("rename the new file to", path) }
    } catch {
        unlink(temporary)
        throw error
    }
}

private func write(_ bytes: [UInt8], to descriptor: Int32, of path: String) throws(FileError) {
    var count = 0
    while count < bytes.count {
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + count, $0.count - count) }
        if written < 0 {
            if errno == EINTR { continue }
            throw .system("write", path)
        }
        count += written
    }
}

/// C would cut such a path short and reach another file.
private func checkNoZeroByte(in path: String) throws(FileError) {
    guard !path.utf8.contains(0) else {
        throw FileError(path: path, operation: "open", reason: "The path holds a zero byte")
    }
}

private func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
