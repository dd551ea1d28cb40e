/// The part of JSON that a safetensors header is made of. Unlike Foundation's parser it keeps the order of the members
/// and shows a name that stands twice.
enum JSONValue {
    case string(String)
    case number(Int)
    case array([JSONValue])
    case object([(name: String, value: JSONValue)])
}

extension ByteScanner {
    /// - Parameter depth: how many arrays and objects may stand inside each other; a forged header nests without end.
    mutating func jsonValue(depth: Int) throws(Failure) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "\""): return .string(try jsonString())
        case UInt8(ascii: "["):
            guard depth > 0 else { throw failure("less nesting") }
            return .array(try jsonList("[", "]") { scanner throws(Failure) in try scanner.jsonValue(depth: depth - 1) })
        case UInt8(ascii: "{"):
            guard depth > 0 else { throw failure("less nesting") }
            return .object(
                try jsonList("{", "}") { scanner throws(Failure) in
                    let name = try scanner.jsonString()
                    try scanner.expect(":")
                    return (name, try scanner.jsonValue(depth: depth - 1))
                })
        default: return .number(try natural())
        }
    }

    private mutating func jsonList<Element>(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar,
        element: (inout ByteScanner) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
        try expect(open)
        if skip(close) { return [] }
        var elements: [Element] = []
        repeat { elements.append(try element(&self)) } while skip(",")
        try expect(close)
        return elements
    }

    private mutating func jsonString() throws(Failure) -> String {
        try expect("\"")
        var utf8: [UInt8] = []
        while let byte = take(), byte >= 0x20 {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: utf8, as: UTF8.self) else { throw failure("UTF-8") }
                return string
            case UInt8(ascii: "\\"): utf8 += try jsonEscape().utf8
            default: utf8.append(byte)
            }
        }
        throw failure("'\"'")
    }

    /// What follows a backslash.
    private mutating func jsonEscape() throws(Failure) -> String {
        switch take() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var units = [try jsonCodeUnit()]
            if UTF16.isLeadSurrogate(units[0]) {
                guard take() == UInt8(ascii: "\\"), take() == UInt8(ascii: "u") else {
                    throw failure("the second half of a character")
                }
                units.append(try jsonCodeUnit())
            }
            guard let string = String(validating: units, as: UTF16.self) else { throw failure("a character") }
            return string
        default: throw failure("an escape of JSON")
        }
    }

    private mutating func jsonCodeUnit() throws(Failure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = take(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}

/// A string as JSON writes it. Only what must be escaped is.
func jsonQuoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20:
            result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
