extension TableReader {
    /// A quote inside a field that does not start with one is a character like any other.
    static func readCSV(_ bytes: [UInt8], from start: Int, source: String) throws(TableError) -> Table {
        var scanner = CSVScanner(bytes: bytes, position: start, source: source)
        guard scanner.skipBlankLines() else { throw TableError(source: source, .emptyFile) }
        let headerLine = scanner.line
        var names: [String] = []
        repeat {
            let field = try scanner.nextField(column: String(names.count + 1))
            names.append(
                try decode(field, line: headerLine, column: String(names.count + 1), source: source))
        } while scanner.endField()

        var builder = try TableBuilder(source: source, names: names, line: headerLine)
        while scanner.skipBlankLines() {
            let rowLine = scanner.line
            var index = 0
            repeat {
                let fieldLine = scanner.line
                let column = index < names.count ? names[index] : String(index + 1)
                try builder.append(try scanner.nextField(column: column), line: fieldLine)
                index += 1
            } while scanner.endField()
            try builder.endRow(line: rowLine)
        }
        return builder.table()
    }
}

/// Walks over the fields of a CSV file.
private struct CSVScanner {
    let bytes: [UInt8]
    var position: Int
    let source: String
    /// The physical line of `position`, from 1.
    var line = 1

    init(bytes: [UInt8], position: Int, source: String) {
        self.bytes = bytes
        self.position = position
        self.source = source
    }

    /// False at the end of the file.
    mutating func skipBlankLines() -> Bool {
        while endLine() {}
        return position < bytes.count
    }

    /// The content of the field that starts here, without its quotes.
    mutating func nextField(column: String) throws(TableError) -> ArraySlice<UInt8> {
        if position < bytes.count, bytes[position] == Byte.quote { return try quotedField(column: column) }
        let start = position
        while position < bytes.count, bytes[position] != Byte.comma, !isLineEnd(position) { position += 1 }
        return bytes[start..<position]
    }

    /// Passes over what ends a field; false if that also ends the row.
    mutating func endField() -> Bool {
        if position < bytes.count, bytes[position] == Byte.comma {
            position += 1
            return true
        }
        _ = endLine()
        return false
    }

    private mutating func quotedField(column: String) throws(TableError) -> ArraySlice<UInt8> {
        let openingLine = line
        var content: ArraySlice<UInt8> = []
        position += 1
        while true {
            let start = position
            while position < bytes.count, bytes[position] != Byte.quote {
                if bytes[position] == Byte.newline { line += 1 }
                position += 1
            }
            guard position < bytes.count else {
                throw TableError(source: source, line: openingLine, column: column, .unterminatedQuote)
            }
            let piece = bytes[start..<position]
            content = content.isEmpty ? piece : content + piece
            position += 1
            guard position < bytes.count, bytes[position] == Byte.quote else { break }
            content.append(Byte.quote)
            position += 1
        }
        guard position == bytes.count || bytes[position] == Byte.comma || isLineEnd(position) else {
            throw TableError(source: source, line: line, column: column, .textAfterQuote)
        }
        return content
    }

    private func isLineEnd(_ index: Int) -> Bool {
        bytes[index] == Byte.newline
            || bytes[index] == Byte.carriageReturn && index + 1 < bytes.count && bytes[index + 1] == Byte.newline
    }

    /// Passes over a line end, if there is one here.
    private mutating func endLine() -> Bool {
        guard position < bytes.count, isLineEnd(position) else { return false }
        position += bytes[position] == Byte.newline ? 1 : 2
        line += 1
        return true
    }
}
