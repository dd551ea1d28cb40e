extension TableReader {
    static func readTSV(_ bytes: [UInt8], from start: Int, source: String) throws(TableError) -> Table {
        var lines = LineScanner(bytes: bytes, position: start)
        guard let header = lines.nextFilled() else { throw TableError(source: source, .emptyFile) }
        var names: [String] = []
        for field in bytes[header.range].split(separator: Byte.tab, omittingEmptySubsequences: false) {
            names.append(
                try decode(field, line: header.number, column: String(names.count + 1), source: source))
        }
        var builder = try TableBuilder(source: source, names: names, line: header.number)
        while let line = lines.nextFilled() {
            var fieldStart = line.range.lowerBound
            for index in line.range where bytes[index] == Byte.tab {
                try builder.append(bytes[fieldStart..<index], line: line.number)
                fieldStart = index + 1
            }
            try builder.append(bytes[fieldStart..<line.range.upperBound], line: line.number)
            try builder.endRow(line: line.number)
        }
        return builder.table()
    }
}

/// Walks over the lines of a file; LF and CRLF end a line and do not belong to it.
struct LineScanner {
    let bytes: [UInt8]
    /// Where the next line starts.
    var position: Int
    private var number = 0

    init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    struct Line {
        var range: Range<Int>
        /// From 1.
        var number: Int
    }

    /// The next line that is not blank, or nil at the end.
    mutating func nextFilled() -> Line? {
        while position < bytes.count {
            let start = position
            let end = bytes[start...].firstIndex(of: Byte.newline) ?? bytes.count
            position = end + 1
            number += 1
            let length = end > start && bytes[end - 1] == Byte.carriageReturn ? end - 1 : end
            if length > start { return Line(range: start..<length, number: number) }
        }
        return nil
    }
}
