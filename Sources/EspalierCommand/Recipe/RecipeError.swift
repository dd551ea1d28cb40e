/// What is wrong with a recipe, and where: `recipe.yaml:7:3: unknown key "learning_rat"; did you mean learning_rate? …`.
struct RecipeError: Error, Equatable, CustomStringConvertible {
    /// `recipe.yaml:7:3`, or the flag the value came from: `--epochs`.
    var place: String
    var problem: String

    var description: String { "\(place): \(problem)" }
}

/// A key, a name or a value that is not among the known ones, in words: the nearest known one first.
func unknown(_ what: String, _ name: String, known: [String]) -> String {
    let nearest = known.min { editDistance(name, $0) < editDistance(name, $1) }
    let suggestion =
        nearest.flatMap { editDistance(name, $0) <= max(1, min(name.count, $0.count) / 3) ? $0 : nil }
        .map { "; did you mean \($0)?" } ?? ";"
    return "unknown \(what) \"\(name)\"\(suggestion) known are \(known.joined(separator: ", "))"
}

/// How many insertions, deletions and substitutions of characters lead from one text to the other (Levenshtein 1965).
func editDistance(_ from: String, _ to: String) -> Int {
    let target = Array(to)
    var row = Array(0...target.count)
    for (index, character) in from.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in target.indices {
            let substituted = diagonal + (character == target[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(substituted, row[column] + 1, row[column + 1] + 1)
        }
    }
    return row[target.count]
}
