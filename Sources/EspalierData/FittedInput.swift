import EspalierTasks
import EspalierTensor

/// An input's encoding with what it has learned from the training rows.
struct FittedInput: Codable, Sendable {
    let field: InputField
    private let state: State

    private enum State: Codable, Sendable {
        case nGrams(NGrams, FittedWeighting)
        case words(Vocabulary, FittedWeighting)
        case sequence(Vocabulary, length: Int)
        /// One for each column.
        case numbers([Standardization])
    }

    init(_ field: InputField, fitting table: Table) throws(TableError) {
        self.field = field
        switch field.encoding {
        case .nGrams(let nGrams, let weighting):
            let ids = try texts(field, in: table).map(nGrams.ids)
            state = .nGrams(nGrams, FittedWeighting(weighting, vocabulary: nGrams.buckets, fitting: ids))
        case .words(let minimumCount, let maximumSize, let weighting):
            let tokens = try texts(field, in: table).map(Tokenizer.tokens)
            let vocabulary = Vocabulary(tokens: tokens, minimumCount: minimumCount, maximumSize: maximumSize)
            let ids = tokens.map { $0.map(vocabulary.id) }
            state = .words(vocabulary, FittedWeighting(weighting, vocabulary: vocabulary.count, fitting: ids))
        case .sequence(let length, let minimumCount, let maximumSize):
            let tokens = try texts(field, in: table).map(Tokenizer.tokens)
            let vocabulary = Vocabulary(tokens: tokens, minimumCount: minimumCount, maximumSize: maximumSize)
            state = .sequence(vocabulary, length: length)
        case .numbers:
            state = .numbers(try numbers(field, in: table).map(Standardization.init(of:)))
        }
    }

    /// Whether what was learned fits the field; a file may claim anything.
    var isConsistent: Bool {
        switch (field.encoding, state) {
        case (.nGrams(let nGrams, let weighting), .nGrams(let used, let fitted)):
            used == nGrams && fitted.weighting == weighting && fitted.isConsistent(vocabulary: nGrams.buckets)
        case (.words(_, _, let weighting), .words(let vocabulary, let fitted)):
            fitted.weighting == weighting && fitted.isConsistent(vocabulary: vocabulary.count)
        case (.sequence(let length, _, _), .sequence(_, let used)):
            used == length
        case (.numbers, .numbers(let standardizations)):
            standardizations.count == field.columns.count && standardizations.allSatisfy(\.isConsistent)
        default:
            false
        }
    }

    func encode(_ table: Table) throws(TableError) -> InputColumn {
        switch state {
        case .nGrams(let nGrams, let weighting):
            return .bags(weighting.bags(try texts(field, in: table).map(nGrams.ids)))
        case .words(let vocabulary, let weighting):
            let tokens = try texts(field, in: table).map(Tokenizer.tokens)
            return .bags(weighting.bags(tokens.map { $0.map(vocabulary.id) }))
        case .sequence(let vocabulary, let length):
            let tokens = try texts(field, in: table).map(Tokenizer.tokens)
            let ids = tokens.flatMap { vocabulary.sequence(of: $0, length: length) }
            return .tokens(Tokens(vocabulary: vocabulary.count, length: length, ids: ids))
        case .numbers(let standardizations):
            let columns = try numbers(field, in: table)
            var scalars: [Float] = []
            for row in 0..<table.count {
                for (column, standardization) in zip(columns, standardizations) {
                    scalars.append(standardization.standardized(column[row]))
                }
            }
            return .dense(Tensor(scalars, shape: [table.count, columns.count]))
        }
    }
}

/// The text of every row, several columns joined by spaces.
private func texts(_ field: InputField, in table: Table) throws(TableError) -> [String] {
    var texts = [String](repeating: "", count: table.count)
    for name in field.columns {
        for (row, cell) in try table.column(name).cells.enumerated() {
            switch cell {
            case .missing: continue
            case .list: throw table.error(row: row, column: name, .unexpectedList)
            case .text(let text): texts[row] += texts[row].isEmpty ? text : " " + text
            }
        }
    }
    let isBlank = { (text: String) in text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
    if let row = texts.firstIndex(where: isBlank) {
        throw table.error(row: row, column: field.columns.joined(separator: ", "), .emptyText)
    }
    return texts
}

/// The numbers of every column.
private func numbers(_ field: InputField, in table: Table) throws(TableError) -> [[Float]] {
    var columns: [[Float]] = []
    for name in field.columns {
        var numbers: [Float] = []
        for (row, cell) in try table.column(name).cells.enumerated() {
            guard let number = try table.number(cell, row: row, column: name) else {
                throw table.error(row: row, column: name, .missingNumber)
            }
            numbers.append(number)
        }
        columns.append(numbers)
    }
    return columns
}

extension Table {
    /// The number in a cell; nil for an empty one.
    func number(_ cell: Cell, row: Int, column: String) throws(TableError) -> Float? {
        switch cell {
        case .missing:
            return nil
        case .list:
            throw error(row: row, column: column, .unexpectedList)
        case .text(let text):
            let trimmed = text.trimmingSpaces()
            guard let number = Float(trimmed) else { throw error(row: row, column: column, .notANumber(text: text)) }
            guard number.isFinite else { throw error(row: row, column: column, .notFinite(text: text)) }
            return number
        }
    }
}

extension String {
    func trimmingSpaces() -> String {
        let isBlank = { (character: Character) in character.isWhitespace }
        let trimmed = self[...].drop(while: isBlank)
        guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(trimmed[...last])
    }
}
