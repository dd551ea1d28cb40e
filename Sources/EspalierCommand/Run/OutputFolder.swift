import Espalier
import Foundation

/// Where a model goes. Nothing appears there until everything is written: files are written to a folder beside, and
/// renamed at the end.
struct OutputFolder {
    let path: String
    private let url: URL

    /// - Parameter force: whether to write into a folder that holds other things than a model.
    /// - Throws: for a folder that cannot be written, or that holds other things than a model.
    init(_ path: String, force: Bool) throws(CommandError) {
        guard !path.isEmpty else { throw CommandError("--out names no folder") }
        self.path = path
        url = URL(fileURLWithPath: path).standardizedFileURL
        if let isFolder = url.isExistingFolder {
            guard isFolder else { throw CommandError("\(path): a file is in the place of the output folder") }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            let isModel = [ModelFolder.modelFile, ModelFolder.recipeFile].allSatisfy(names.contains)
            guard names.isEmpty || isModel || force else {
                throw CommandError(
                    "\(path): the folder exists and holds other things than a model; name another with --out, or write "
                        + "into it with --force")
            }
        }
        let probe = try makeSideFolder()
        SideFolders.remove(probe)
    }

    /// Writes files under their names; on an error nothing has changed.
    func write(_ files: (URL) throws -> Void) throws {
        let side = try makeSideFolder()
        do {
            try files(side)
            try SideFolders.finish { try moveIntoPlace(side) }
            SideFolders.remove(side)
        } catch {
            SideFolders.remove(side)
            throw (error as? CocoaError).map { CommandError("\(path): cannot be written: \($0.localizedDescription)") }
                ?? error
        }
    }

    /// A new folder takes its name whole; in an old one each file is replaced, and others stay.
    private func moveIntoPlace(_ side: URL) throws {
        let files = FileManager.default
        guard files.fileExists(atPath: url.path) else {
            try files.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            return try files.moveItem(at: side, to: url)
        }
        for name in try files.contentsOfDirectory(atPath: side.path).sorted() {
            // Foundation has no renaming that replaces a file in one step.
            let (source, target) = (side.appendingPathComponent(name).path, url.appendingPathComponent(name).path)
            guard unsafe rename(source, target) == 0 else {
                throw CommandError("\(target): cannot be replaced: \(unsafe String(cString: strerror(errno)))")
            }
        }
    }

    /// A new folder on the same file system: inside the output folder, or in the nearest folder above it that exists.
    private func makeSideFolder() throws(CommandError) -> URL {
        var place = url
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
            place = place.deletingLastPathComponent()
        }
        guard place.isExistingFolder == true else {
            throw CommandError("\(path): cannot write the output folder: \(place.path) is no folder")
        }
        let name = ".espalier-\(String(UInt64.random(in: .min ... .max), radix: 16)).partial"
        let side = place.appendingPathComponent(name, isDirectory: true)
        do {
            try SideFolders.make(side)
        } catch {
            throw CommandError("\(path): cannot write the output folder: \(error.localizedDescription)")
        }
        return side
    }
}

extension URL {
    /// Whether a folder is there, or a link to one; nil for nothing at all.
    var isExistingFolder: Bool? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolvingSymlinksInPath().path)
        return (attributes?[.type] as? FileAttributeType).map { $0 == .typeDirectory }
    }
}
