import EspalierData
import Testing

@Suite struct TableSplitTests {
    private func table(rows: Int, groups: Int) throws -> Table {
        let lines = (0..<rows).map { "g\($0 % groups)\t\($0)\t\($0.isMultiple(of: 2) ? "even" : "odd")" }
        return try TableReader.parse(
            Array((["group\tid\tparity"] + lines).joined(separator: "\n").utf8), format: .tsv, source: "t.tsv")
    }

    private func texts(_ table: Table, _ column: String) throws -> [String] {
        try table.column(column).cells.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    @Test func byColumn() throws {
        let table = try table(rows: 5, groups: 2)
        let odd = try table.part("odd", of: "parity")
        #expect(try texts(odd, "id") == ["1", "3"])
        #expect(odd.lines == [3, 5])
        #expect(
            throws: TableError(source: "t.tsv", column: "parity", .unknownValue(value: "test", known: ["even", "odd"]))
        ) {
            try table.part("test", of: "parity")
        }
        #expect {
            try table.part("test", of: "split")
        } throws: { error in
            (error as? TableError)?.problem == .unknownColumn(known: ["group", "id", "parity"])
        }
    }

    @Test func noGroupStraddles() throws {
        let table = try table(rows: 3_000, groups: 300)
        let parts = try table.split(fractions: [8, 1, 1], groups: table.groups(column: "group"), seed: 1)
        let groups = try parts.map { Set(try texts($0, "group")) }
        #expect(groups[0].isDisjoint(with: groups[1]) && groups[0].isDisjoint(with: groups[2]))
        #expect(groups[1].isDisjoint(with: groups[2]))
        #expect(parts.map(\.count).reduce(0, +) == 3_000)
        // 300 groups at .8: standard deviation 7; five of them on either side.
        #expect((205...275).contains(groups[0].count))
        #expect(!groups[1].isEmpty && !groups[2].isEmpty)
    }

    @Test func orderDoesNotMatterAndSeedDoes() throws {
        let table = try table(rows: 400, groups: 400)
        let reversed = table.selecting(rows: (0..<400).reversed())
        func ids(_ table: Table, seed: UInt64) throws -> Set<String> {
            Set(try texts(try table.split(fractions: [1, 1], groups: table.groups(), seed: seed)[0], "id"))
        }
        #expect(try ids(table, seed: 1) == ids(reversed, seed: 1))
        #expect(try ids(table, seed: 1) != ids(table, seed: 2))
    }

    @Test func rowsWithoutAGroupGoByTheirContent() throws {
        let table = try TableReader.parse(Array("g\tx\n\t1\n\t1\n\t2\na\t1\n".utf8), format: .tsv, source: "t")
        let groups = try table.groups(column: "g")
        #expect(groups[0] == groups[1] && groups[0] != groups[2] && groups[3] == "a")
    }

    @Test(arguments: [[], [1, 0], [1, -1], [1, .nan], [.infinity]])
    func unusableFractions(fractions: [Double]) throws {
        let table = try table(rows: 2, groups: 2)
        #expect(throws: TableError.self) { try table.split(fractions: fractions, groups: ["a", "b"], seed: 0) }
    }
}
