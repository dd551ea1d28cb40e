import EspalierTensor
import EspalierTestSupport
import Foundation
import Testing

@Suite struct AtomicFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [0, 1, 4096, 4097, 100_000])
    func readsWhatItWrote(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try writeAtomically(bytes, to: folder.file("a"))
        #expect(try readBytes(from: folder.file("a")) == bytes)
        #expect(try folder.names() == ["a"])
    }

    @Test func replacesAFileAndKeepsItsPermissions() throws {
        let path = folder.file("a")
        try writeAtomically([1], to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try writeAtomically([2, 3], to: path)
        #expect(try readBytes(from: path) == [2, 3])
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
    }

    @Test func followsALink() throws {
        try writeAtomically([1], to: folder.file("a"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "a")
        try writeAtomically([2], to: folder.file("link"))
        #expect(try readBytes(from: folder.file("a")) == [2])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == "a")
    }

    @Test func namesThePathAndTheReason() throws {
        let missing = folder.file("none/a")
        let expected = FileError(path: missing, operation: "write", reason: "No such file or directory")
        #expect(throws: expected) { try writeAtomically([1], to: missing) }
        #expect(throws: FileError(path: missing, operation: "open", reason: "No such file or directory")) {
            try readBytes(from: missing)
        }
        #expect(expected.description == "\(missing): cannot write: No such file or directory")
    }

    @Test func leavesAFolderAndADeviceAlone() throws {
        try FileManager.default.createDirectory(atPath: folder.file("b"), withIntermediateDirectories: false)
        for path in [folder.file("b"), "/dev/null"] {
            #expect(throws: FileError(path: path, operation: "write", reason: "Not a file")) {
                try writeAtomically([1], to: path)
            }
            #expect(throws: FileError(path: path, operation: "read", reason: "Not a file")) {
                try readBytes(from: path)
            }
        }
        #expect(try folder.names() == ["b"])
    }

    @Test func refusesAZeroByteInThePath() throws {
        try writeAtomically([1], to: folder.file("a"))
        #expect(throws: FileError.self) { try writeAtomically([2], to: folder.file("a\0b")) }
        #expect(throws: FileError.self) { try readBytes(from: folder.file("a\0b")) }
        #expect(try readBytes(from: folder.file("a")) == [1])
    }
}
