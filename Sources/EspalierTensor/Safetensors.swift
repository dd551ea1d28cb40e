/// Named tensors in one file, in the safetensors format: readable by Python's `safetensors` and everything beside it.
///
/// A file is the length of its header (8 bytes, little-endian), the header (JSON: for each tensor its type, shape and
/// place), and the elements. Here all tensors are of type F32. The bytes depend on names, tensors, metadata and their
/// order alone: metadata are written sorted by key, tensors in the order given. The values may be anything, NaN
/// included: they come back bit for bit.
public struct Safetensors: Sendable {
    /// Names are compared as Swift strings: two spellings of one text in Unicode are one name.
    public var tensors: [(name: String, tensor: Tensor)]
    public var metadata: [String: String]

    public init(tensors: [(name: String, tensor: Tensor)] = [], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The first tensor of that name.
    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

    public init(readingFrom path: String) throws(SafetensorsError) {
        let bytes: [UInt8]
        do { bytes = try readBytes(from: path) } catch { throw SafetensorsError(path: path, problem: .file(error)) }
        try self.init(bytes: bytes, path: path)
    }

    /// Replaces the file whole or, on an error, leaves it as it was.
    public func write(to path: String) throws(SafetensorsError) {
        let bytes = try bytes(path: path)
        do { try writeAtomically(bytes, to: path) } catch {
            throw SafetensorsError(path: path, problem: .file(error))
        }
    }

    static let metadataName = "__metadata__"

    /// The limit of the reference implementation.
    static let longestHeader = 100_000_000
}

/// Why a file could not be read or written as safetensors.
public struct SafetensorsError: Error, CustomStringConvertible {
    public enum Problem: Sendable, Equatable {
        case file(FileError)
        /// Fewer than 8 bytes, or fewer than the header's length says.
        case truncatedHeader(fileBytes: Int, headerBytes: UInt64)
        /// More than 100 million bytes.
        case headerTooLong(UInt64)
        case invalidHeader(byte: Int, expected: String)
        case unexpectedField(String)
        case missingField(String)
        case wrongField(String, expected: String)
        case duplicateName
        /// `__metadata__` is no tensor's name.
        case reservedName
        case unsupportedType(String)
        /// More than 64 dimensions, or more elements than memory has addresses.
        case impossibleShape([Int])
        case outOfRange(begin: Int, end: Int, dataBytes: Int)
        case wrongByteCount(bytes: Int, shape: Shape)
        /// The tensors must fill the data without overlap or gap; this one should begin elsewhere.
        case misplaced(begin: Int, expected: Int)
        case unusedBytes(Int)
    }

    public let path: String
    /// The tensor (or the key of the metadata) in question, if it is about one.
    public let tensor: String?
    public let problem: Problem

    init(path: String, tensor: String? = nil, problem: Problem) {
        self.path = path
        self.tensor = tensor
        self.problem = problem
    }

    public var description: String {
        if case .file(let error) = problem { return error.description }
        return path + ": " + (tensor.map { "tensor \(jsonQuoted($0)): " } ?? "") + problem.description
    }
}

extension SafetensorsError.Problem: Error, CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .truncatedHeader(let fileBytes, let headerBytes):
            "not a whole safetensors file: \(fileBytes) bytes, the header alone would take \(headerBytes) after the first 8"
        case .headerTooLong(let bytes): "not a safetensors file: a header of \(bytes) bytes"
        case .invalidHeader(let byte, let expected): "header, byte \(byte): expected \(expected)"
        case .unexpectedField(let name): "unexpected field \(jsonQuoted(name))"
        case .missingField(let name): "no \(name)"
        case .wrongField(let name, let expected): "\(name) must be \(expected)"
        case .duplicateName: "the name stands twice"
        case .reservedName: "the name is reserved"
        case .unsupportedType(let type): "elements of type \(type); only F32 is read here"
        case .impossibleShape(let dimensions): "impossible shape \(dimensions)"
        case .outOfRange(let begin, let end, let dataBytes):
            "bytes \(begin) to \(end) of \(dataBytes): truncated file or wrong offsets"
        case .wrongByteCount(let bytes, let shape): "\(bytes) bytes for the shape \(shape)"
        case .misplaced(let begin, let expected): "begins at byte \(begin) instead of \(expected): overlap or gap"
        case .unusedBytes(let count): "\(count) bytes behind the last tensor"
        }
    }
}
