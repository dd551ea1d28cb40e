import EspalierData
import EspalierTasks
import Foundation
import Testing

@Suite struct DatasetEncoderTests {
    private let schema = DatasetSchema(
        inputs: [
            InputField(name: "text", columns: ["text"], encoding: .words()),
            InputField(name: "size", columns: ["width", "height"], encoding: .numbers),
        ],
        tasks: [
            TaskField(name: "mood", kind: .classes()),
            TaskField(name: "score", column: "points", kind: .number),
            TaskField(name: "tags", kind: .labels()),
        ])

    private static let rows = [
        "good good\t1\t2\tpositive\t1.5\tb, a",
        "bad\t3\t2\tnegative\t\ta",
        "so so\t5\t2\t\t-2\t",
        "none\t3\t2\tneutral\t 4 \t,",
    ]

    private func table(_ rows: [String] = rows) throws -> Table {
        let header = "text\twidth\theight\tmood\tpoints\ttags"
        return try TableReader.parse(
            Array(([header] + rows).joined(separator: "\n").utf8), format: .tsv, source: "t.tsv")
    }

    private func error(line: Int?, _ column: String?, _ problem: TableError.Problem) -> TableError {
        TableError(source: "t.tsv", line: line, column: column, problem)
    }

    @Test func labels() throws {
        let table = try table()
        let dataset = try DatasetEncoder(schema, fitting: table).encode(table)
        #expect(dataset.count == 4)
        guard case .classes(let classes, let names) = try #require(dataset.labels["mood"]),
            case .numbers(let numbers) = try #require(dataset.labels["score"]),
            case .sets(let marks, let tags) = try #require(dataset.labels["tags"])
        else { throw UnexpectedColumn() }
        #expect(names == ["negative", "neutral", "positive"])
        #expect(classes == [2, 0, -1, 1])
        #expect(numbers[0] == 1.5 && numbers[1].isNaN && numbers[2] == -2 && numbers[3] == 4)
        #expect(tags == ["a", "b"])
        #expect(Array(marks.scalars[..<4]) == [1, 1, 1, 0])
        #expect(marks.scalars[4].isNaN && marks.scalars[5].isNaN)
        #expect(Array(marks.scalars[6...]) == [0, 0])
        #expect(
            dataset.labels.mapValues { $0.labelledRows } == [
                "mood": [0, 1, 3], "score": [0, 2, 3], "tags": [0, 1, 3],
            ])
    }

    @Test func inputs() throws {
        let table = try table()
        let dataset = try DatasetEncoder(schema, fitting: table).encode(table)
        guard case .bags(let bags) = try #require(dataset.inputs["text"]),
            case .dense(let sizes) = try #require(dataset.inputs["size"])
        else { throw UnexpectedColumn() }
        // Words by frequency: good and so occur twice, bad and none once.
        #expect(bags.vocabulary == 6)
        #expect(bags.ids == [2, 4, 3, 5])
        #expect(bags.weights == [1, 1, 1, 1])
        // Widths 1, 3, 5, 3: mean 3, variance 2. The heights are all equal: nothing to divide by.
        #expect(sizes.shape == [4, 2])
        #expect(sizes.scalars == [-2 / Float(2).squareRoot(), 0, 0, 0, 2 / Float(2).squareRoot(), 0, 0, 0])
    }

    @Test func sequences() throws {
        let schema = DatasetSchema.text(encoding: .sequence(length: 3), tasks: [])
        let dataset = try DatasetEncoder(schema, fitting: try table()).encode(texts: ["so bad", "so so so so", "what"])
        guard case .tokens(let tokens) = try #require(dataset.inputs["text"]) else { throw UnexpectedColumn() }
        #expect(tokens.ids == [3, 4, 0, 3, 3, 3, 1, 0, 0])
        #expect(tokens.rows == 3 && tokens.length == 3 && tokens.vocabulary == 6)
        #expect(dataset.labels.isEmpty)
    }

    @Test func savingChangesNothing() throws {
        let table = try table()
        let encoder = try DatasetEncoder(schema, fitting: table)
        let copy = try JSONDecoder().decode(DatasetEncoder.self, from: JSONEncoder().encode(encoder))
        #expect(copy.schema == schema)
        let unseen = try self.table(["good unseen\t7\t7\tneutral\t3\tb"])
        guard case .bags(let before) = try #require(try encoder.encode(unseen).inputs["text"]),
            case .bags(let after) = try #require(try copy.encode(unseen).inputs["text"])
        else { throw UnexpectedColumn() }
        #expect(before.ids == after.ids && before.weights == after.weights && before.ids.count == 2)
    }

    @Test(arguments: [
        ("\"bucketBits\":8", "\"bucketBits\":99"),
        ("\"vocabulary\":256", "\"vocabulary\":16"),
        ("\"documents\":4", "\"documents\":0"),
        ("\"documents\":4", "\"documents\":9223372036854775807"),
        ("\"documentFrequencies\":[", "\"documentFrequencies\":[1,"),
        ("[\"negative\",\"neutral\",", "[\"neutral\",\"neutral\","),
        ("[\"negative\",\"neutral\",\"positive\"]", "[]"),
        ("\"name\":\"text\"", "\"title\":\"text\""),
    ])
    func forgedEncoders(part: String, forgery: String) throws {
        let encoding = InputEncoding.nGrams(
            NGrams(bucketBits: 8), weighting: TermWeighting(inverseDocumentFrequency: true))
        let schema = DatasetSchema.text(encoding: encoding, tasks: [schema.tasks[0]])
        let json = String(
            decoding: try JSONEncoder().encode(try DatasetEncoder(schema, fitting: try table())), as: UTF8.self)
        try #require(json.contains(part))
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(
                DatasetEncoder.self, from: Data(json.replacingOccurrences(of: part, with: forgery).utf8))
        }
    }

    @Test func labelsThatTrainingDoesNotKnow() throws {
        let encoder = try DatasetEncoder(schema, fitting: try table())
        let moods = ["negative", "neutral", "positive"]
        #expect(throws: error(line: 3, "mood", .unknownLabel(label: "Positive", known: moods))) {
            try encoder.encode(try table([Self.rows[0], "x\t1\t1\tPositive\t1\ta"]))
        }
        #expect(throws: error(line: 2, "tags", .unknownLabel(label: "c", known: ["a", "b"]))) {
            try encoder.encode(try table(["x\t1\t1\t\t1\ta,c"]))
        }
        // Labels that nobody asks for are not read.
        #expect(try encoder.encode(try table(["x\t1\t1\tPositive\t1\tc"]), tasks: ["score"]).labels.count == 1)
    }

    @Test func fixedNames() throws {
        var schema = schema
        schema.tasks = [TaskField(name: "mood", kind: .classes(names: ["positive", "neutral", "negative", "angry"]))]
        let dataset = try DatasetEncoder(schema, fitting: try table()).encode(try table())
        guard case .classes(let classes, let names) = try #require(dataset.labels["mood"]) else {
            throw UnexpectedColumn()
        }
        #expect(classes == [0, 2, -1, 1] && names.count == 4)
        schema.tasks = [TaskField(name: "mood", kind: .classes(names: ["positive", "neutral"]))]
        #expect(throws: error(line: 3, "mood", .unknownLabel(label: "negative", known: ["positive", "neutral"]))) {
            try DatasetEncoder(schema, fitting: try table())
        }
    }

    @Test(arguments: [
        ("x\t1\t1\t\tmany\t", "points", TableError.Problem.notANumber(text: "many")),
        ("x\t1\t1\t\tNaN\t", "points", .notFinite(text: "NaN")),
        ("x\t1\t1\t\t-inf\t", "points", .notFinite(text: "-inf")),
        ("x\t1\t1\t\t1e99\t", "points", .notFinite(text: "1e99")),
        ("x\t1\t\t\t1\t", "height", .missingNumber),
        ("x\t1\tNA\t\t1\t", "height", .notANumber(text: "NA")),
        ("\t1\t1\t\t1\t", "text", .emptyText),
        (" \u{3000}\t1\t1\t\t1\t", "text", .emptyText),
    ])
    func cellsThatCannotBeUsed(row: String, column: String, problem: TableError.Problem) throws {
        let encoder = try DatasetEncoder(schema, fitting: try table())
        #expect(throws: error(line: 3, column, problem)) { try encoder.encode(try table([Self.rows[0], row])) }
        #expect(throws: error(line: 3, column, problem)) {
            try DatasetEncoder(schema, fitting: try table([Self.rows[0], row]))
        }
    }

    @Test func tablesThatCannotBeUsed() throws {
        #expect(throws: error(line: nil, nil, .noRows)) { try DatasetEncoder(schema, fitting: try table([])) }
        let encoder = try DatasetEncoder(schema, fitting: try table())
        #expect(throws: error(line: nil, nil, .noRows)) { try encoder.encode(try table([])) }
        #expect(throws: error(line: nil, "points", .noLabels(task: "score"))) {
            try DatasetEncoder(schema, fitting: try table(["x\t1\t1\ta\t\ta"]))
        }
        #expect(throws: error(line: nil, "tags", .noLabels(task: "tags"))) {
            try DatasetEncoder(schema, fitting: try table(["x\t1\t1\ta\t1\t,"]))
        }
        let other = try TableReader.parse(Array("text\tlabel\nx\ty".utf8), format: .tsv, source: "o.tsv")
        #expect(throws: TableError(source: "o.tsv", column: "mood", .unknownColumn(known: ["text", "label"]))) {
            try DatasetEncoder(DatasetSchema.text(tasks: [schema.tasks[0]]), fitting: other)
        }
    }

    @Test func textsNeedASingleColumn() throws {
        let encoder = try DatasetEncoder(schema, fitting: try table())
        #expect(throws: TableError(source: "texts", .severalInputColumns(names: ["height", "text", "width"]))) {
            try encoder.encode(texts: ["x"])
        }
        let plain = try DatasetEncoder(DatasetSchema.text(tasks: []), fitting: try table())
        #expect(throws: TableError(source: "texts", line: 2, column: "text", .emptyText)) {
            try plain.encode(texts: ["x", ""])
        }
        #expect(throws: TableError(source: "texts", .noRows)) { try plain.encode(texts: []) }
    }

    @Test func listsInJSON() throws {
        let lines =
            "{\"text\":\"x\",\"tags\":[\"b, c\",\"a\"]}\n{\"text\":\"y\",\"tags\":[]}\n{\"text\":\"z\",\"tags\":null}"
        let table = try TableReader.parse(Array(lines.utf8), format: .jsonLines, source: "t.jsonl")
        let encoder = try DatasetEncoder(DatasetSchema.text(tasks: [schema.tasks[2]]), fitting: table)
        let labels = try #require(try encoder.encode(table).labels["tags"])
        guard case .sets(let marks, let names) = labels else { throw UnexpectedColumn() }
        #expect(names == ["a", "b, c"])
        #expect(Array(marks.scalars[..<4]) == [1, 1, 0, 0] && labels.labelledRows == [0, 1])
        let classes = DatasetSchema.text(tasks: [TaskField(name: "tags", kind: .classes())])
        #expect(throws: TableError(source: "t.jsonl", line: 1, column: "tags", .unexpectedList)) {
            try DatasetEncoder(classes, fitting: table)
        }
    }

    @Test func summaryCountsLabels() throws {
        let table = try table()
        let summary = try DatasetEncoder(schema, fitting: table).encode(table).summary
        #expect(
            summary == """
                rows  4
                input size: 2 numbers
                input text: bags over 6 ids, 1.0 a row
                task  mood: 3 labelled; negative 1, neutral 1, positive 1
                task  score: 3 labelled; mean 1.167, standard deviation 2.461
                task  tags: 3 labelled; a 2, b 1
                """)
    }
}
