import EspalierData
import Foundation
import Testing

@Suite struct DatasetSchemaTests {
    private static let mood = TaskField(name: "mood", kind: .classes())
    private static let text = InputField(name: "text", columns: ["text"], encoding: .nGrams())

    private static func input(_ encoding: InputEncoding) -> DatasetSchema { .text(encoding: encoding, tasks: []) }
    private static func task(_ kind: LabelKind) -> DatasetSchema { .text(tasks: [TaskField(name: "mood", kind: kind)]) }

    @Test(arguments: [
        (DatasetSchema(inputs: [], tasks: [mood]), "there is no input"),
        (DatasetSchema(inputs: [text, text], tasks: []), "two inputs are named \"text\""),
        (DatasetSchema.text(tasks: [mood, mood]), "two tasks are named \"mood\""),
        (DatasetSchema(inputs: [InputField(name: "n", columns: [], encoding: .numbers)], tasks: []), "reads no column"),
        (input(.nGrams(NGrams(bucketBits: 0))), "bucket bits"),
        (input(.nGrams(NGrams(bucketBits: 25))), "bucket bits"),
        (input(.nGrams(NGrams(wordLengths: nil, characterLengths: nil))), "neither words nor characters"),
        (input(.nGrams(NGrams(wordLengths: 0...1))), "1...16"),
        (input(.words(minimumCount: 0)), "minimum count"),
        (input(.nGrams(NGrams(characterLengths: 3...17))), "1...16"),
        (input(.sequence(length: 0)), "1...65536"),
        (input(.sequence(length: 1, maximumSize: 0)), "maximum size"),
        (task(.classes(names: [])), "list of names is empty"),
        (task(.classes(names: ["a", "a"])), "\"a\" occurs twice"),
        (task(.labels(separator: "")), "separator is empty"),
    ])
    func refusesWhatCannotWork(schema: DatasetSchema, reason: String) {
        let table = Table(texts: ["x"])
        #expect {
            try DatasetEncoder(schema, fitting: table)
        } throws: { error in
            guard let error = error as? TableError, case .unusableSchema(let text) = error.problem else { return false }
            return text.contains(reason)
        }
    }

    @Test func savingChangesNothing() throws {
        let copy = try JSONDecoder().decode(DatasetSchema.self, from: JSONEncoder().encode(Snippets.schema))
        #expect(copy == Snippets.schema)
    }
}
