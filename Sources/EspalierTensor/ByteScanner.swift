/// Reads the small texts in file headers, byte by byte, and says where it stopped understanding.
struct ByteScanner {
    struct Failure: Error {
        /// Counted from the first byte of the text.
        let position: Int
        let expected: String
    }

    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    func failure(_ expected: String) -> Failure { Failure(position: index - bytes.startIndex, expected: expected) }

    var isAtEnd: Bool { index == bytes.endIndex }

    var next: UInt8? { isAtEnd ? nil : bytes[index] }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// Skips space, then the byte if it is the next one.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard skip(character) else { throw failure("'\(character)'") }
    }

    mutating func expectEnd() throws(Failure) {
        skipSpace()
        guard isAtEnd else { throw failure("the end") }
    }

    /// Skips space, then the word if it comes next.
    mutating func skip(word: String) -> Bool {
        skipSpace()
        guard bytes[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    /// A number without sign, fraction or exponent, that fits in `Int`.
    mutating func natural() throws(Failure) -> Int {
        skipSpace()
        let start = index
        var value = 0
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !overflowed, !carried else { throw failure("a number below 2^63") }
            value = sum
            index += 1
        }
        guard index > start else { throw failure("a whole number, not negative") }
        guard index == start + 1 || bytes[start] != UInt8(ascii: "0") else {
            throw failure("a number without leading zeros")
        }
        return value
    }

    mutating func take() -> UInt8? {
        guard let byte = next else { return nil }
        index += 1
        return byte
    }
}
