import EspalierTensor
import EspalierTestSupport
import Testing

@Suite struct NpyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let samples = [
        Tensor([7], shape: []), Tensor([1, .nan, -.infinity]), Tensor([], shape: [2, 0]),
        Tensor((0..<24).map { Float($0) / 3 }, shape: [2, 3, 4]),
    ]

    @Test(arguments: samples)
    func readsWhatItWrote(tensor: Tensor) throws {
        let path = folder.file("x.npy")
        try tensor.writeNpy(to: path)
        #expect(try Tensor(readingNpyFrom: path).hasSameBits(as: tensor))
        #expect(try folder.names() == ["x.npy"])
    }

    @Test func writesTheDocumentedBytes() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
        let padded = header + String(repeating: " ", count: 118 - header.count - 1) + "\n"
        let start: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0]
        #expect(Tensor([1, 2], shape: [1, 2]).npyBytes == start + Array(padded.utf8) + [0, 0, 128, 63, 0, 0, 0, 64])
    }

    @Test func namesTheFileThatIsMissing() {
        let path = folder.file("none.npy")
        let error = #expect(throws: NpyError.self) { try Tensor(readingNpyFrom: path) }
        #expect(error?.description == "\(path): cannot open: No such file or directory")
    }

    // MARK: - Forged files

    private static func file(_ header: String, dataBytes: Int = 0, version: UInt8 = 1) -> [UInt8] {
        let length = header.utf8.count
        let lengthBytes = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes + Array(header.utf8)
            + [UInt8](repeating: 0, count: dataBytes)
    }

    private static func header(shape: String, type: String = "<f4", order: String = "False") -> String {
        "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
    }

    static let forgeries: [([UInt8], NpyError.Problem)] = [
        ([], .notNpy),
        (Array("PK".utf8), .notNpy),
        (Array(file("").prefix(7)), .truncatedHeader),
        (Array(file("").prefix(9)), .truncatedHeader),
        (Array(file("{}").dropLast()), .truncatedHeader),
        (file("", version: 3), .unsupportedVersion(major: 3, minor: 0)),
        ([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255], .truncatedHeader),
        (file("{}"), .invalidHeader(byte: 2, expected: "'descr', 'fortran_order' and 'shape'")),
        (file("{'descr': 1}"), .invalidHeader(byte: 10, expected: "'\"'")),
        (file("{'descr': '<f4"), .invalidHeader(byte: 14, expected: "a plain string")),
        (
            file("{'descr': '<f4', 'descr': '<f4'}"),
            .invalidHeader(byte: 17, expected: "one each of 'descr', 'fortran_order', 'shape'")
        ),
        (file(header(shape: "(1)"), dataBytes: 4), .invalidHeader(byte: 52, expected: "','")),
        (
            file(header(shape: "(-1,)"), dataBytes: 4),
            .invalidHeader(byte: 51, expected: "a whole number, not negative")
        ),
        (file(header(shape: "(1,)", order: "0")), .invalidHeader(byte: 34, expected: "False or True")),
        (file(header(shape: "(0,)") + "x"), .invalidHeader(byte: 57, expected: "the end")),
        (file(header(shape: "(1,)", type: ">f4"), dataBytes: 4), .unsupportedType(">f4")),
        (file(header(shape: "(1,)", type: "<f8"), dataBytes: 8), .unsupportedType("<f8")),
        (file(header(shape: "(1, 1)", order: "True"), dataBytes: 4), .fortranOrder),
        (
            file(header(shape: "(4611686018427387904, 4)")),
            .impossibleShape([4_611_686_018_427_387_904, 4])
        ),
        (file(header(shape: "(2,)"), dataBytes: 4), .wrongByteCount(bytes: 4, shape: [2])),
        (file(header(shape: "(1,)"), dataBytes: 5), .wrongByteCount(bytes: 5, shape: [1])),
    ]

    @Test(arguments: forgeries)
    func refusesForgedFiles(bytes: [UInt8], problem: NpyError.Problem) {
        let error = #expect(throws: NpyError.self) { try Tensor(npyBytes: bytes, path: "x") }
        #expect(error?.problem == problem)
        #expect(error?.description == "x: \(problem)")
    }

    @Test func readsOtherSpellings() throws {
        let header = #" { "shape" : ( 2 , 1 , ) ,"fortran_order":False, 'descr':"<f4"} "# + "\n"
        #expect(try Tensor(npyBytes: Self.file(header, dataBytes: 8, version: 2), path: "") == Tensor(zeros: [2, 1]))
    }

    /// Whatever the bytes are, reading gives a tensor or a typed error.
    @Test func survivesMutations() throws {
        let valid = Self.samples[3].npyBytes
        var random = CounterRandom(seed: 2026, stream: 2)
        var refused = 0
        for _ in 0..<4000 {
            var bytes = valid
            for _ in 0..<1 + random.index(below: 2) where !bytes.isEmpty {
                let place = random.index(below: min(70, bytes.count))
                switch random.index(below: 4) {
                case 0: bytes[place] = UInt8(random.index(below: 256))
                case 1: bytes[place] = Array("{}()',:-0123456789 ".utf8)[random.index(below: 19)]
                case 2: bytes.remove(at: place)
                default: bytes.removeLast(random.index(below: bytes.count))
                }
            }
            do throws(NpyError) {
                let read = try Tensor(npyBytes: bytes, path: "x")
                #expect(try Tensor(npyBytes: read.npyBytes, path: "x").hasSameBits(as: read))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 2000 && refused < 4000)
    }

    // MARK: - Python

    @Test(.enabled(if: Python.isAvailable, "needs a Python with numpy and safetensors"), arguments: samples)
    func pythonReadsOurs(tensor: Tensor) throws {
        let path = folder.file("x.npy")
        try tensor.writeNpy(to: path)
        let script = "import sys, numpy; x = numpy.load(sys.argv[1]); print(x.dtype, list(x.shape), x.tobytes().hex())"
        let hexadecimal = tensor.scalars.map { scalar in
            let digits = String(scalar.bitPattern.byteSwapped, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
        #expect(try Python.run(script, path) == "float32 \(tensor.shape) \(hexadecimal.joined())\n")
    }

    @Test(.enabled(if: Python.isAvailable, "needs a Python with numpy and safetensors"))
    func readsPythons() throws {
        _ = try Python.run(
            """
            import sys, numpy
            from numpy.lib import format
            x = numpy.arange(6, dtype="<f4").reshape(2, 3)
            numpy.save(sys.argv[1] + "/1.npy", x)
            with open(sys.argv[1] + "/2.npy", "wb") as file: format.write_array(file, x, version=(2, 0))
            numpy.save(sys.argv[1] + "/scalar.npy", numpy.float32(2.5))
            numpy.save(sys.argv[1] + "/double.npy", x.astype("f8"))
            """, folder.path)
        let expected = Tensor([0, 1, 2, 3, 4, 5], shape: [2, 3])
        #expect(try Tensor(readingNpyFrom: folder.file("1.npy")) == expected)
        #expect(try Tensor(readingNpyFrom: folder.file("2.npy")) == expected)
        #expect(try Tensor(readingNpyFrom: folder.file("scalar.npy")) == Tensor([2.5], shape: []))
        let error = #expect(throws: NpyError.self) { try Tensor(readingNpyFrom: folder.file("double.npy")) }
        #expect(error?.problem == .unsupportedType("<f8"))
    }
}
