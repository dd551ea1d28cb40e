import EspalierData
import EspalierTestSupport
import Foundation
import Testing

@Suite struct TableReaderTests {
    private func tsv(_ text: String) throws -> Table {
        try TableReader.parse(Array(text.utf8), format: .tsv, source: "t.tsv")
    }

    private func csv(_ text: String) throws -> Table {
        try TableReader.parse(Array(text.utf8), format: .csv, source: "t.csv")
    }

    private func json(_ text: String) throws -> Table {
        try TableReader.parse(Array(text.utf8), format: .jsonLines, source: "t.jsonl")
    }

    @Test func tsvKeepsQuotesAsCharacters() throws {
        let table = try tsv("a\tb\n\"x\ty\"\n\n\t\"\"\n")
        #expect(table.columnNames == ["a", "b"])
        #expect(table.lines == [2, 4])
        #expect(table.columns[0].cells == [.text("\"x"), .missing])
        #expect(table.columns[1].cells == [.text("y\""), .text("\"\"")])
    }

    @Test(arguments: ["a\tb\r\n1\t2\r\n", "\u{FEFF}a\tb\n1\t2", "a\tb\n1\t2\n"])
    func tsvLineEndsAndByteOrderMark(text: String) throws {
        let table = try tsv(text)
        #expect(table.columnNames == ["a", "b"])
        #expect(table.columns.map(\.cells) == [[.text("1")], [.text("2")]])
    }

    @Test func csvReadsQuotes() throws {
        let table = try csv("a,b\r\n\"x, \"\"y\"\"\r\nz\",1\r\n5\" disk,\"\"\r\n\"\"\"\",é\r\n")
        #expect(table.columns[0].cells == [.text("x, \"y\"\r\nz"), .text("5\" disk"), .text("\"")])
        #expect(table.columns[1].cells == [.text("1"), .missing, .text("é")])
        #expect(table.lines == [2, 4, 5])
    }

    @Test func csvWithOneColumn() throws {
        #expect(try csv("a\n1\n\n\"\"\n2").columns[0].cells == [.text("1"), .missing, .text("2")])
    }

    @Test func jsonReadsScalarsAndLists() throws {
        let table = try json(
            """
            {"a": "tab\\t \\u00e9 \\ud83d\\ude00", "b": -1.50e2, "c": ["x", "y"]}

            {"b": null, "a": true, "d": "", "c": []}
            """)
        #expect(table.columnNames == ["a", "b", "c", "d"])
        #expect(table.columns[0].cells == [.text("tab\t é 😀"), .text("true")])
        #expect(table.columns[1].cells == [.text("-1.50e2"), .missing])
        #expect(table.columns[2].cells == [.list(["x", "y"]), .list([])])
        #expect(table.columns[3].cells == [.missing, .missing])
        #expect(table.lines == [1, 3])
    }

    @Test(arguments: [
        "{", "{\"a\"}", "{\"a\":}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":nul}", "{\"a\":1,}", "{\"a\":\"x}",
        "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":{\"b\":1}}", "{\"a\":[1,[2]]}", "{\"a\":[null]}",
        "{\"a\":1} x", "[1]", "{\"a\":1 \"b\":2}", "{\"a\":[1,]}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\", "{\"a\":-}",
    ])
    func jsonRefusesWhatIsNotAFlatObject(text: String) {
        #expect { try json("{\"a\":1}\n" + text) } throws: { error in
            guard let error = error as? TableError, case .invalidJSON = error.problem else { return false }
            return error.line == 2 && error.source == "t.jsonl"
        }
    }

    @Test func jsonRefusesRepeatedKeys() {
        #expect(throws: TableError(source: "t.jsonl", line: 1, column: "a", .duplicateColumn)) {
            try json("{\"a\":1,\"a\":2}")
        }
    }

    @Test func raggedRows() {
        #expect(throws: TableError(source: "t.tsv", line: 3, .raggedRow(fields: 1, header: 2))) {
            try tsv("a\tb\n1\t2\n1\n")
        }
        #expect(throws: TableError(source: "t.tsv", line: 2, .raggedRow(fields: 3, header: 2))) {
            try tsv("a\tb\n1\t2\t3\n")
        }
        #expect(throws: TableError(source: "t.csv", line: 4, .raggedRow(fields: 1, header: 2))) {
            try csv("a,b\n\"1\n\",2\n\"3\n4\"\n")
        }
    }

    @Test func headers() throws {
        #expect(throws: TableError(source: "t.tsv", line: 1, column: "a", .duplicateColumn)) { try tsv("a\tb\ta\n") }
        #expect(throws: TableError(source: "t.csv", line: 1, column: "2", .unnamedColumn)) { try csv("a,,b\n") }
        #expect(try tsv("a\tb\n").count == 0)
        for format in TableReader.Format.allCases {
            #expect(throws: TableError(source: "t", .emptyFile)) {
                try TableReader.parse([0xEF, 0xBB, 0xBF], format: format, source: "t")
            }
        }
        #expect(throws: TableError(source: "t.csv", .emptyFile)) { try csv("\n\r\n") }
    }

    @Test func quotesThatGoWrong() {
        #expect(throws: TableError(source: "t.csv", line: 2, column: "b", .unterminatedQuote)) {
            try csv("a,b\n1,\"2\n3,4\n")
        }
        #expect(throws: TableError(source: "t.csv", line: 2, column: "a", .textAfterQuote)) {
            try csv("a,b\n\"1\"x,2\n")
        }
    }

    @Test func bytesThatAreNotText() {
        let invalid = Array("a\tb\n1\t2\n3\t".utf8) + [0xC3, 0x28, 0x0A]
        #expect(throws: TableError(source: "t", line: 3, column: "b", .invalidUTF8)) {
            try TableReader.parse(invalid, format: .tsv, source: "t")
        }
        #expect(throws: TableError(source: "t", line: 2, .nulByte)) {
            try TableReader.parse(Array("a\n1\0\n".utf8), format: .csv, source: "t")
        }
        #expect(throws: TableError(source: "t.jsonl", line: 1, column: "a", .nulByte)) {
            try json("{\"a\":\"\\u0000\"}")
        }
    }

    @Test func files() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("t.TSV", "a\tb\n1\t2"), ("t.csv", "a,b\n1,2"), ("t.ndjson", "{\"a\":1,\"b\":2}")] {
            let file = folder.file(name)
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try TableReader.read(path: file).columns[1].cells == [.text("2")])
        }
        let missing = folder.file("none.tsv")
        #expect(throws: TableError(source: missing, .missingFile)) { try TableReader.read(path: missing) }
        #expect(throws: TableError(source: "x.xls", .unknownFormat(fileExtension: "xls"))) {
            try TableReader.read(path: "x.xls")
        }
        #expect {
            try TableReader.read(path: folder.path, format: .csv)
        } throws: { error in
            guard let error = error as? TableError, case .unreadable = error.problem else { return false }
            return true
        }
    }

    @Test func errorsReadAsSentences() {
        let error = TableError(
            source: "r.tsv", line: 7, column: "mood", .unknownLabel(label: "goood", known: ["bad", "good"]))
        #expect(error.description == "r.tsv:7: column \"mood\": unknown label \"goood\"; the known ones are bad, good")
    }
}
