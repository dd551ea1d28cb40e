extension TableReader {
    /// The columns are the keys of all objects, in the order they first appear; an object without one lacks that cell.
    static func readJSONLines(_ bytes: [UInt8], from start: Int, source: String) throws(TableError) -> Table {
        var names: [String] = []
        var cells: [[Table.Cell]] = []
        var positions: [String: Int] = [:]
        var rowLines: [Int] = []

        var lines = LineScanner(bytes: bytes, position: start)
        while let line = lines.nextFilled() {
            var scanner = JSONScanner(bytes: bytes, range: line.range, line: line.number, source: source)
            guard try scanner.beginObject() else { continue }
            while let key = try scanner.nextKey() {
                if positions[key] == nil {
                    positions[key] = names.count
                    names.append(key)
                    cells.append(Array(repeating: .missing, count: rowLines.count))
                }
                guard let position = positions[key], cells[position].count == rowLines.count else {
                    throw TableError(source: source, line: line.number, column: key, .duplicateColumn)
                }
                cells[position].append(try scanner.value(key: key))
            }
            rowLines.append(line.number)
            for position in cells.indices where cells[position].count < rowLines.count {
                cells[position].append(.missing)
            }
        }
        return Table(
            source: source,
            columns: zip(names, cells).map { Table.Column(name: $0, cells: $1) },
            lines: rowLines)
    }
}

/// Reads one flat JSON object (RFC 8259) from one line.
private struct JSONScanner {
    let bytes: [UInt8]
    let range: Range<Int>
    let line: Int
    let source: String
    private var position: Int
    private var isFirstKey = true

    init(bytes: [UInt8], range: Range<Int>, line: Int, source: String) {
        self.bytes = bytes
        self.range = range
        self.line = line
        self.source = source
        position = range.lowerBound
    }

    /// False if there is nothing but white space.
    mutating func beginObject() throws(TableError) -> Bool {
        skipSpace()
        if position == range.upperBound { return false }
        try expect("{")
        return true
    }

    /// The next key, its colon passed; nil at the end of the object, which must be the end of the line.
    mutating func nextKey() throws(TableError) -> String? {
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            skipSpace()
            guard position == range.upperBound else { throw error("text after the object", column: nil) }
            return nil
        }
        if !isFirstKey {
            try expect(",")
            skipSpace()
        }
        isFirstKey = false
        let key = try string(key: nil)
        skipSpace()
        try expect(":")
        return key
    }

    mutating func value(key: String) throws(TableError) -> Table.Cell {
        skipSpace()
        guard next == UInt8(ascii: "[") else {
            guard let text = try scalar(key: key), !text.isEmpty else { return .missing }
            return .text(text)
        }
        position += 1
        var items: [String] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return .list([])
        }
        while true {
            skipSpace()
            guard let item = try scalar(key: key) else { throw error("null inside an array", column: key) }
            items.append(item)
            skipSpace()
            if next == UInt8(ascii: "]") {
                position += 1
                return .list(items)
            }
            try expect(",")
        }
    }

    /// A string's text, a number or boolean as it is written, nil for null.
    private mutating func scalar(key: String) throws(TableError) -> String? {
        switch next {
        case Byte.quote: return try string(key: key)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            throw error("only strings, numbers, booleans, null and arrays of these are read", column: key)
        default: break
        }
        let start = position
        while let byte = next, byte != Byte.comma, byte != Byte.space, byte != Byte.tab,
            byte != UInt8(ascii: "}"), byte != UInt8(ascii: "]")
        {
            position += 1
        }
        let word = try decode(bytes[start..<position], line: line, column: key, source: source)
        if word == "null" { return nil }
        guard word == "true" || word == "false" || Self.isNumber(bytes[start..<position]) else {
            position = start
            throw error("expected a value", column: key)
        }
        return word
    }

    private mutating func string(key: String?) throws(TableError) -> String {
        try expect("\"")
        let start = position
        while let byte = next, byte != Byte.quote, byte != Byte.backslash, byte >= Byte.space { position += 1 }
        if next == Byte.quote {
            position += 1
            return try decode(bytes[start..<(position - 1)], line: line, column: key, source: source)
        }
        var content = Array(bytes[start..<position])
        while let byte = next, byte != Byte.quote {
            guard byte >= Byte.space else { throw error("a control character inside a string", column: key) }
            position += 1
            if byte == Byte.backslash {
                content.append(contentsOf: try escape(key: key))
            } else {
                content.append(byte)
            }
        }
        guard next == Byte.quote else { throw error("a string that is never closed", column: key) }
        position += 1
        return try decode(content[...], line: line, column: key, source: source)
    }

    /// The UTF-8 of the escape whose backslash has been passed.
    private mutating func escape(key: String?) throws(TableError) -> [UInt8] {
        let kind = next
        position += 1
        switch kind {
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"): return [kind ?? 0]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [Byte.newline]
        case UInt8(ascii: "r"): return [Byte.carriageReturn]
        case UInt8(ascii: "t"): return [Byte.tab]
        case UInt8(ascii: "u"):
            var code = try hexadecimal(key: key)
            if (0xD800..<0xDC00).contains(code), next == Byte.backslash {
                position += 1
                try expect("u")
                let low = try hexadecimal(key: key)
                guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair", column: key) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard code != 0 else { throw TableError(source: source, line: line, column: key, .nulByte) }
            guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair", column: key) }
            return Array(String(scalar).utf8)
        default:
            position -= 1
            throw error("an unknown escape", column: key)
        }
    }

    private mutating func hexadecimal(key: String?) throws(TableError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("\\u needs four hexadecimal digits", column: key)
            }
            code = code << 4 + UInt32(digit)
            position += 1
        }
        return code
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        func passDigits() -> Int {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let startsWithZero = rest.first == UInt8(ascii: "0")
        let wholeDigits = passDigits()
        guard wholeDigits == 1 || wholeDigits > 1 && !startsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            if passDigits() == 0 { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            if passDigits() == 0 { return false }
        }
        return rest.isEmpty
    }

    private var next: UInt8? { position < range.upperBound ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == Byte.space || byte == Byte.tab || byte == Byte.carriageReturn { position += 1 }
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(TableError) {
        guard next == UInt8(ascii: character) else { throw error("expected \(character)", column: nil) }
        position += 1
    }

    private func error(_ reason: String, column: String?) -> TableError {
        let place = "\(reason), at byte \(position - range.lowerBound + 1) of the line"
        return TableError(source: source, line: line, column: column, .invalidJSON(reason: place))
    }
}
