import Foundation

/// A small data set whose labels follow from its words, and a recipe that learns it in a blink.
enum SmallTable {
    /// Columns `part` (train, dev, test), `text`, `mood` (good, bad), `stars`, `size`, `tags`.
    static let rows: [[String]] = (0..<60).map { index in
        let mood = index % 3 == 0 ? "bad" : "good"
        let word = mood == "bad" ? ["awful", "poor", "sad"][index % 7 % 3] : ["great", "fine", "happy"][index % 5 % 3]
        let thing = ["phone", "camera", "film", "book"][index % 4]
        let part = index % 5 == 3 ? "dev" : index % 5 == 4 ? "test" : "train"
        let stars = (mood == "bad" ? 1 : 4) + (index % 4 == 0 ? 1 : 0)
        return [
            part, "the \(thing) is \(word), number \(index)", mood, "\(stars)", "\(index % 9).5",
            index % 2 == 0 ? thing : "\(thing),\(mood)",
        ]
    }

    static let header = ["part", "text", "mood", "stars", "size", "tags"]

    /// As tab-separated text, rows changed at will.
    static func tsv(_ change: (inout [[String]]) -> Void = { _ in }) -> String {
        var rows = rows
        change(&rows)
        return ([header] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
    }

    static let recipe = """
        data: {path: table.tsv, split: {column: part}}
        inputs:
          text: {bucket_bits: 8}
        tasks: {mood: classes, stars: number}
        trunk: {embedding: 8, embedding_dropout: 0.1, hidden: [8], dropout: 0.1, checkpoint: true}
        optimizer: {learning_rate: 0.02}
        epochs: 8
        batch_size: 8
        seed: 3
        """

    /// Writes table.tsv and recipe.yaml.
    ///
    /// - Returns: the recipe's path.
    static func write(to folder: URL, tsv: String = tsv(), recipe: String = recipe) throws -> String {
        try Data(tsv.utf8).write(to: folder.appendingPathComponent("table.tsv"))
        let path = folder.appendingPathComponent("recipe.yaml")
        try Data(recipe.utf8).write(to: path)
        return path.path
    }
}
