import EspalierTensor
import EspalierTestSupport
import Foundation
import Testing

@Suite struct SafetensorsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let sample = Safetensors(
        tensors: [
            ("trunk.0.weight", Tensor([1, -2, 0.5, .infinity, -0.0, .leastNonzeroMagnitude], shape: [2, 3])),
            ("scalar", Tensor([7], shape: [])),
            ("empty", Tensor([], shape: [0, 4])),
            ("a \"quoted\"\n\\ name ü \u{1}", Tensor([3.25])),
        ],
        metadata: ["b": "2", "a": "1\t\"x\"", "ß": "é😀"])

    private func expectEqual(_ left: Safetensors, _ right: Safetensors) {
        #expect(left.metadata == right.metadata)
        #expect(left.tensors.map(\.name) == right.tensors.map(\.name))
        for (one, other) in zip(left.tensors, right.tensors) {
            #expect(one.tensor.shape == other.tensor.shape)
            #expect(one.tensor.scalars.map(\.bitPattern) == other.tensor.scalars.map(\.bitPattern))
        }
    }

    @Test func readsWhatItWrote() throws {
        try Self.sample.write(to: folder.file("m.safetensors"))
        expectEqual(try Safetensors(readingFrom: folder.file("m.safetensors")), Self.sample)
        #expect(try folder.names() == ["m.safetensors"])
        expectEqual(try Safetensors(bytes: Safetensors().bytes(path: ""), path: ""), Safetensors())
    }

    @Test func keepsTheBitsOfNaN() throws {
        let bits: [UInt32] = [0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF]
        let file = Safetensors(tensors: [("x", Tensor(bits.map(Float.init(bitPattern:))))])
        let back = try Safetensors(bytes: file.bytes(path: ""), path: "")
        #expect(back["x"]?.scalars.map(\.bitPattern) == bits)
    }

    @Test func writesTheDocumentedBytes() throws {
        let file = Safetensors(tensors: [("w", Tensor([1, 2]))], metadata: ["k": "v", "a": "b"])
        let header = #"{"__metadata__":{"a":"b","k":"v"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        let bytes = try file.bytes(path: "")
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(bytes.count % 8 == 0)
        let length = [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0]
        #expect(bytes == length + Array(padded.utf8) + [0, 0, 128, 63, 0, 0, 0, 64])
    }

    @Test func refusesNamesThatCannotBeReadBack() throws {
        let one = Tensor([1])
        #expect(throws: SafetensorsError.self) { try Safetensors(tensors: [("a", one), ("a", one)]).bytes(path: "") }
        #expect(throws: SafetensorsError.self) { try Safetensors(tensors: [("__metadata__", one)]).bytes(path: "") }
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        let path = folder.file("m.safetensors")
        try Self.sample.write(to: path)
        let before = try readBytes(from: path)
        let twice = Safetensors(tensors: [("a", Tensor([1])), ("a", Tensor([1]))])
        #expect(throws: SafetensorsError.self) { try twice.write(to: path) }
        #expect(try readBytes(from: path) == before)
        #expect(try folder.names() == ["m.safetensors"])
    }

    @Test func namesTheFileThatIsMissing() {
        let path = folder.file("none.safetensors")
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(readingFrom: path) }
        #expect(error?.description == "\(path): cannot open: No such file or directory")
    }

    // MARK: - Forged files

    private static func file(_ header: String, dataBytes: Int = 0) -> [UInt8] {
        let length = UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: dataBytes)
    }

    private static func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
        #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    struct Forgery: CustomTestStringConvertible, Sendable {
        let bytes: [UInt8]
        let tensor: String?
        let problem: SafetensorsError.Problem
        var testDescription: String { problem.description }

        init(_ bytes: [UInt8], tensor: String? = nil, _ problem: SafetensorsError.Problem) {
            (self.bytes, self.tensor, self.problem) = (bytes, tensor, problem)
        }

        /// A file of one tensor `x`.
        init(shape: String, offsets: String, dataBytes: Int = 0, _ problem: SafetensorsError.Problem) {
            let header = #"{"x":\#(SafetensorsTests.tensor(shape, offsets))}"#
            self.init(SafetensorsTests.file(header, dataBytes: dataBytes), tensor: "x", problem)
        }
    }

    static let notNumbers = SafetensorsError.Problem.wrongField("shape", expected: "a list of whole numbers")

    static let forgeries: [Forgery] = [
        Forgery([], .truncatedHeader(fileBytes: 0, headerBytes: 0)),
        Forgery([9, 0, 0], .truncatedHeader(fileBytes: 3, headerBytes: 9)),
        Forgery([9, 0, 0, 0, 0, 0, 0, 0, 123], .truncatedHeader(fileBytes: 9, headerBytes: 9)),
        Forgery([UInt8](repeating: 255, count: 64), .headerTooLong(.max)),
        Forgery(file(""), .invalidHeader(byte: 0, expected: "a whole number, not negative")),
        Forgery(file("[]"), .invalidHeader(byte: 0, expected: "'{'")),
        Forgery(file("{} x"), .invalidHeader(byte: 3, expected: "the end")),
        Forgery(file(#"{"x":"#), .invalidHeader(byte: 5, expected: "a whole number, not negative")),
        Forgery(file(#"{"x"#), .invalidHeader(byte: 3, expected: "'\"'")),
        Forgery(file(#"{"\ud800":1}"#), .invalidHeader(byte: 9, expected: "the second half of a character")),
        Forgery(file(String(repeating: "[", count: 100_000)), .invalidHeader(byte: 3, expected: "less nesting")),
        Forgery(
            file(#"{"x":\#(tensor("[0]", "[0,0]")),"x":\#(tensor("[0]", "[0,0]"))}"#), tensor: "x", .duplicateName),
        Forgery(file(#"{"__metadata__":{"a":1}}"#), tensor: "__metadata__", .wrongField("a", expected: "a string")),
        Forgery(file(#"{"x":1}"#), tensor: "x", .wrongField("a tensor", expected: "an object")),
        Forgery(file(#"{"x":{"dtype":"F32","shape":[1]}}"#), tensor: "x", .missingField("data_offsets")),
        Forgery(file(#"{"x":{"dtype":"F32","dtype":"F32"}}"#), tensor: "x", .unexpectedField("dtype")),
        Forgery(file(#"{"x":{"kind":"F32"}}"#), tensor: "x", .unexpectedField("kind")),
        Forgery(
            file(#"{"x":\#(tensor("[2]", "[0,4]", type: "BF16"))}"#, dataBytes: 4), tensor: "x",
            .unsupportedType("BF16")),
        Forgery(shape: "[\"1\"]", offsets: "[0,4]", dataBytes: 4, notNumbers),
        Forgery(shape: "4", offsets: "[0,4]", dataBytes: 4, notNumbers),
        Forgery(
            shape: "[1]", offsets: "[0,4,8]", dataBytes: 8, .wrongField("data_offsets", expected: "two numbers")),
        Forgery(
            shape: "[4611686018427387904,4]", offsets: "[0,0]", .impossibleShape([4_611_686_018_427_387_904, 4])),
        Forgery(
            shape: "[4611686018427387904,2,0]", offsets: "[0,0]",
            .impossibleShape([4_611_686_018_427_387_904, 2, 0])),
        Forgery(shape: "[2]", offsets: "[0,8]", dataBytes: 4, .outOfRange(begin: 0, end: 8, dataBytes: 4)),
        Forgery(shape: "[1]", offsets: "[4,0]", dataBytes: 4, .outOfRange(begin: 4, end: 0, dataBytes: 4)),
        Forgery(shape: "[2]", offsets: "[0,4]", dataBytes: 4, .wrongByteCount(bytes: 4, shape: [2])),
        Forgery(shape: "[1]", offsets: "[1,5]", dataBytes: 5, .misplaced(begin: 1, expected: 0)),
        Forgery(
            file(#"{"x":\#(tensor("[1]", "[0,4]")),"y":\#(tensor("[1]", "[0,4]"))}"#, dataBytes: 4), tensor: "y",
            .misplaced(begin: 0, expected: 4)),
        Forgery(file("{}", dataBytes: 3), .unusedBytes(3)),
    ]

    @Test(arguments: forgeries)
    func refusesForgedFiles(forgery: Forgery) {
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(bytes: forgery.bytes, path: "m") }
        #expect(error?.problem == forgery.problem)
        #expect(error?.tensor == forgery.tensor)
        #expect(error?.description.hasPrefix("m: ") == true)
    }

    @Test(arguments: ["-1", "1.0", "1e3", "01", "NaN", "Infinity", "9223372036854775808", "null", "true"])
    func refusesNumbersThatAreNotWholeAndSmall(number: String) {
        let bytes = Self.file(#"{"x":\#(Self.tensor("[\(number)]", "[0,4]"))}"#, dataBytes: 4)
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(bytes: bytes, path: "m") }
        guard case .invalidHeader = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// Whatever the bytes are, reading gives a file or a typed error; and what is read can be written and read again.
    @Test func survivesMutations() throws {
        let valid = try Self.sample.bytes(path: "")
        let headerEnd = 8 + Int(valid[0]) + Int(valid[1]) << 8
        var random = CounterRandom(seed: 2026, stream: 1)
        var refused = 0
        for _ in 0..<4000 {
            var bytes = valid
            for _ in 0..<1 + random.index(below: 3) {
                let place = random.index(below: random.index(below: 4) == 0 ? bytes.count : min(headerEnd, bytes.count))
                switch random.index(below: 5) {
                case 0: bytes[place] = UInt8(random.index(below: 256))
                case 1: bytes[place] = Array("{}[]\",:\\-0123456789eu".utf8)[random.index(below: 21)]
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(bytes[random.index(below: bytes.count)], at: place)
                default: bytes.removeLast(random.index(below: bytes.count))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            do throws(SafetensorsError) {
                let read = try Safetensors(bytes: bytes, path: "m")
                expectEqual(try Safetensors(bytes: try read.bytes(path: "m"), path: "m"), read)
            } catch {
                #expect(error.path == "m")
                refused += 1
            }
        }
        #expect(refused > 2000 && refused < 4000)
    }

    // MARK: - Python

    @Test(.enabled(if: Python.isAvailable, "needs a Python with numpy and safetensors"))
    func pythonReadsOurs() throws {
        let path = folder.file("m.safetensors")
        try Self.sample.write(to: path)
        let output = try Python.run(
            """
            import sys
            from safetensors import safe_open
            with safe_open(sys.argv[1], "numpy") as file:
                print(sorted(file.metadata().items()) == [("a", '1\\t"x"'), ("b", "2"), ("ß", "é😀")])
                for name in sorted(file.keys()):
                    tensor = file.get_tensor(name)
                    print(ascii(name), tensor.dtype, tensor.shape, tensor.tobytes().hex())
            """, path)
        #expect(
            output == """
                True
                'a "quoted"\\n\\\\ name \\xfc \\x01' float32 (1,) 00005040
                'empty' float32 (0, 4) 
                'scalar' float32 () 0000e040
                'trunk.0.weight' float32 (2, 3) 0000803f000000c00000003f0000807f0000008001000000

                """)
    }

    @Test(.enabled(if: Python.isAvailable, "needs a Python with numpy and safetensors"))
    func readsPythons() throws {
        let path = folder.file("p.safetensors")
        _ = try Python.run(
            """
            import sys, numpy
            from safetensors.numpy import save_file
            f = numpy.float32
            save_file({"b": numpy.arange(6, dtype=f).reshape(2, 3), "ü\\n": numpy.zeros((0, 3), f),
                "a": numpy.array(2.5, f)}, sys.argv[1], metadata={"k": "v\\u2028\\x7f"})
            """, path)
        let file = try Safetensors(readingFrom: path)
        #expect(file.metadata == ["k": "v\u{2028}\u{7f}"])
        #expect(Set(file.tensors.map(\.name)) == ["a", "b", "ü\n"])
        #expect(file["b"]?.shape == [2, 3])
        #expect(file["b"]?.scalars == [0, 1, 2, 3, 4, 5])
        #expect(file["a"]?.shape == [])
        #expect(file["a"]?.scalars == [2.5])
        #expect(file["ü\n"]?.shape == [0, 3])
    }
}
