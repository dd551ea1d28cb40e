/// One tensor in one file, in NumPy's .npy format (versions 1.0 and 2.0): little-endian float32 in C order.
extension Tensor {
    public init(readingNpyFrom path: String) throws(NpyError) {
        let bytes: [UInt8]
        do { bytes = try readBytes(from: path) } catch { throw NpyError(path: path, problem: .file(error)) }
        try self.init(npyBytes: bytes, path: path)
    }

    /// Replaces the file whole or, on an error, leaves it as it was.
    public func writeNpy(to path: String) throws(NpyError) {
        do { try writeAtomically(npyBytes, to: path) } catch { throw NpyError(path: path, problem: .file(error)) }
    }

    /// - Parameters:
    ///   - npyBytes: a whole file.
    ///   - path: for the errors.
    package init(npyBytes bytes: [UInt8], path: String) throws(NpyError) {
        do throws(NpyError.Problem) {
            let header = try NpyHeader.range(in: bytes)
            let shape = try NpyHeader.shape(from: bytes[header])
            let data = bytes[header.upperBound...]
            guard data.count == shape.byteCount else { throw .wrongByteCount(bytes: data.count, shape: shape) }
            self.init(bytes: data, shape: shape)
        } catch { throw NpyError(path: path, problem: error) }
    }

    /// The bytes of the file, header padded so that the elements begin at a multiple of 64.
    package var npyBytes: [UInt8] {
        let extents = shape.dimensions.map(String.init).joined(separator: ", ") + (shape.rank == 1 ? "," : "")
        var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
        // Version 1.0 counts the header in two bytes, 2.0 in four.
        let lengthBytes = header.count + 75 > UInt16.max ? 4 : 2
        let unpadded = NpyHeader.magic.count + 2 + lengthBytes + header.count + 1
        header += repeatElement(UInt8(ascii: " "), count: -unpadded & 63)
        header.append(UInt8(ascii: "\n"))

        var bytes = NpyHeader.magic + [lengthBytes == 2 ? 1 : 2, 0]
        for place in 0..<lengthBytes { bytes.append(UInt8(truncatingIfNeeded: header.count >> (8 * place))) }
        bytes += header
        appendBytes(to: &bytes)
        return bytes
    }
}

/// Why a file could not be read or written as .npy.
public struct NpyError: Error, CustomStringConvertible {
    public enum Problem: Error, Equatable {
        case file(FileError)
        /// The file does not begin as one of NumPy's.
        case notNpy
        case unsupportedVersion(major: UInt8, minor: UInt8)
        case truncatedHeader
        case invalidHeader(byte: Int, expected: String)
        /// Elements other than `<f4`.
        case unsupportedType(String)
        /// Column-major order; `numpy.ascontiguousarray` makes it row-major.
        case fortranOrder
        /// More than 64 dimensions, or more elements than memory has addresses.
        case impossibleShape([Int])
        case wrongByteCount(bytes: Int, shape: Shape)
    }

    public let path: String
    public let problem: Problem

    public var description: String {
        if case .file(let error) = problem { return error.description }
        return "\(path): \(problem)"
    }
}

extension NpyError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .notNpy: "not a .npy file"
        case .unsupportedVersion(let major, let minor): "version \(major).\(minor) of .npy; 1.0 and 2.0 are read here"
        case .truncatedHeader: "the file ends inside its header"
        case .invalidHeader(let byte, let expected): "header, byte \(byte): expected \(expected)"
        case .unsupportedType(let type): "elements of type '\(type)'; only '<f4' is read here"
        case .fortranOrder: "column-major order; only row-major order (C) is read here"
        case .impossibleShape(let dimensions): "impossible shape \(dimensions)"
        case .wrongByteCount(let bytes, let shape): "\(bytes) bytes for the shape \(shape)"
        }
    }
}
