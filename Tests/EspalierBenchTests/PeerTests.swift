import Foundation
import Testing

@testable import espalier_bench

@Suite struct PeerTests {
    @Test(arguments: [
        (#"{"case": "seed-2x10", "us": 3.5}"#, "seed-2x10"),
        (#"{"threads": 1, "op": "softmax", "rows": 32, "cols": 10, "us": 3.5, "gbps": 0.7}"#, "softmax 32x10"),
        (#"{"op": "log_softmax", "rows": 4, "cols": 5, "us": 3.5}"#, "log-softmax 4x5"),
        (#"{"op": "cross_entropy_fwd_bwd", "rows": 4, "cols": 5, "us": 3.5}"#, "softmax cross-entropy 4x5"),
        (
            #"{"op": "linear_cross_entropy_fwd_bwd", "n": 4, "d": 5, "vocab": 6, "us": 3.5}"#,
            "head cross-entropy 4x5x6"
        ),
    ])
    func aScriptNamesItsCases(line: String, name: String) throws {
        let decoded = try JSONDecoder().decode(PeerLine.self, from: Data(line.utf8))
        #expect(decoded.name == name)
        #expect(decoded.us == 3.5)
    }

    /// `cat` for a Python: the script is what it prints.
    @Test func aScriptsTimesArePositiveNumbers() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("espalier-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        func seconds(_ text: String) throws -> [String: Double] {
            try Data(text.utf8).write(to: file)
            var seconds: [String: Double] = [:]
            try PeerScript(python: "cat", file: file.path).run([]) { seconds[$0] = $1 }
            return seconds
        }
        #expect(try seconds(#"{"case": "a", "us": 2e6}"# + "\n") == ["a": 2])
        for line in ["rubbish", #"{"case": "a"}"#, #"{"case": "a", "us": 0}"#, #"{"case": "a", "us": -3}"#] {
            // What was printed, and by whom, stands in the message.
            let error = #expect(throws: ChildProcess.Failure.self) { try seconds(line) }
            #expect(error?.description.hasSuffix(line) == true && error!.description.hasPrefix(file.path))
        }
    }

    /// `sh` for a Python. The "time" of its only case is its process number.
    @Test func aScriptStandsStillDuringOurTurn() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("espalier-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(#"echo "{\"case\": \"a\", \"us\": $$}"; exec sleep 1"#.utf8).write(to: file)
        func state(of process: Int) -> String? {
            let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            return status.map { String($0[$0.index(after: $0.lastIndex(of: ")")!)...].prefix(2)) }
        }
        var (turns, process) = (0, 0)
        let script = PeerScript(python: "sh", file: file.path)
        try script.run([]) { _, seconds in
            (turns, process) = (turns + 1, Int((seconds * 1e6).rounded()))
            Thread.sleep(forTimeInterval: 0.05)
            #expect(state(of: process) == " T")
        }
        #expect(turns == 1)
        // What goes wrong in our turn leaves no program behind.
        struct Trouble: Error {}
        #expect(throws: Trouble.self) {
            try script.run([]) { _, seconds in
                process = Int((seconds * 1e6).rounded())
                throw Trouble()
            }
        }
        #expect(state(of: process) == nil)
    }

    @Test func aLibraryIsGivenWithItsName() throws {
        let named = try NamedFile("blis=/usr/lib/a=b.so")
        #expect((named.name, named.file) == ("blis", "/usr/lib/a=b.so"))
        #expect(throws: (any Error).self) { try NamedFile("/usr/lib/libblis.so") }
    }
}
