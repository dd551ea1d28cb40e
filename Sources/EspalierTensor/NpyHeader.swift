/// The header of a .npy file: a Python dictionary of three entries, in any order.
enum NpyHeader {
    /// What every file begins with; two bytes of version follow.
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    static func range(in bytes: [UInt8]) throws(NpyError.Problem) -> Range<Int> {
        guard bytes.starts(with: magic) else { throw .notNpy }
        guard bytes.count >= 8 else { throw .truncatedHeader }
        let lengthBytes: Int
        switch (bytes[6], bytes[7]) {
        case (1, 0): lengthBytes = 2
        case (2, 0): lengthBytes = 4
        case (let major, let minor): throw .unsupportedVersion(major: major, minor: minor)
        }
        let start = 8 + lengthBytes
        guard bytes.count >= start else { throw .truncatedHeader }
        let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - start else { throw .truncatedHeader }
        return start..<start + length
    }

    static func shape(from header: ArraySlice<UInt8>) throws(NpyError.Problem) -> Shape {
        let fields: (type: String, isFortran: Bool, dimensions: [Int])
        do throws(ByteScanner.Failure) { fields = try parse(header) } catch {
            throw .invalidHeader(byte: error.position, expected: error.expected)
        }
        guard fields.type == "<f4" else { throw .unsupportedType(fields.type) }
        guard !fields.isFortran else { throw .fortranOrder }
        guard let shape = Shape(checking: fields.dimensions) else { throw .impossibleShape(fields.dimensions) }
        return shape
    }

    private static func parse(
        _ header: ArraySlice<UInt8>
    ) throws(ByteScanner.Failure) -> (type: String, isFortran: Bool, dimensions: [Int]) {
        var (type, isFortran, dimensions): (String?, Bool?, [Int]?)
        var scanner = ByteScanner(header)
        try scanner.expect("{")
        while !scanner.skip("}") {
            let wrongKey = scanner.failure("one each of 'descr', 'fortran_order', 'shape'")
            let key = try scanner.pythonString()
            try scanner.expect(":")
            switch key {
            case "descr" where type == nil: type = try scanner.pythonString()
            case "fortran_order" where isFortran == nil: isFortran = try scanner.pythonBool()
            case "shape" where dimensions == nil: dimensions = try scanner.pythonTuple()
            default: throw wrongKey
            }
            if scanner.skip(",") { continue }
            try scanner.expect("}")
            break
        }
        try scanner.expectEnd()
        guard let type, let isFortran, let dimensions else {
            throw scanner.failure("'descr', 'fortran_order' and 'shape'")
        }
        return (type, isFortran, dimensions)
    }
}

extension ByteScanner {
    /// In single or double quotes, without escapes.
    fileprivate mutating func pythonString() throws(Failure) -> String {
        let isSingle = skip("'")
        if !isSingle { try expect("\"") }
        let quote = UInt8(ascii: isSingle ? "'" : "\"")
        var utf8: [UInt8] = []
        while let byte = take(), byte >= 0x20, byte != UInt8(ascii: "\\") {
            if byte != quote {
                utf8.append(byte)
            } else if let string = String(validating: utf8, as: UTF8.self) {
                return string
            }
        }
        throw failure("a plain string")
    }

    fileprivate mutating func pythonBool() throws(Failure) -> Bool {
        if skip(word: "False") { return false }
        guard skip(word: "True") else { throw failure("False or True") }
        return true
    }

    /// Of whole numbers: `()`, `(3,)`, `(3, 4)`.
    fileprivate mutating func pythonTuple() throws(Failure) -> [Int] {
        try expect("(")
        var values: [Int] = []
        while !skip(")") {
            values.append(try natural())
            if skip(",") { continue }
            guard values.count > 1 else { throw failure("','") }
            try expect(")")
            break
        }
        return values
    }
}
