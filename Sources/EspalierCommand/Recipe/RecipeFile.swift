import Espalier
import Foundation
import Yams

/// YAML text to nodes and back.
enum RecipeFile {
    /// - Returns: the recipe's node; an empty section for an empty file.
    static func read(path: String) throws(RecipeError) -> Node {
        guard FileManager.default.fileExists(atPath: path) else {
            throw RecipeError(place: path, problem: "no such file")
        }
        let bytes: [UInt8]
        do {
            bytes = try readBytes(from: path)
        } catch {
            throw RecipeError(place: path, problem: "cannot be read: \(error.reason)")
        }
        guard bytes.count <= longestFile else {
            throw RecipeError(place: path, problem: "\(bytes.count) bytes are no recipe")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RecipeError(place: path, problem: "not valid UTF-8")
        }
        return try parse(text, file: path)
    }

    static func parse(_ text: String, file: String) throws(RecipeError) -> Node {
        if let alias = firstAlias(in: text) {
            throw RecipeError(
                place: "\(file):\(alias.line)",
                problem: "*\(alias.name) stands for what &\(alias.name) marks: a recipe says things in full")
        }
        do {
            return try Yams.compose(yaml: text) ?? Node([(Node, Node)]())
        } catch let error as YamlError {
            throw error.located(in: file)
        } catch {
            throw RecipeError(place: file, problem: "\(error)")
        }
    }

    static func write(_ node: Node) throws(RecipeError) -> String {
        do {
            return try Yams.serialize(node: node, allowUnicode: true)
        } catch {
            throw RecipeError(place: "recipe", problem: "cannot be written: \(error)")
        }
    }

    private static let longestFile = 1 << 20

    /// The first `*name` that has an `&name` before it, neither of them behind a letter, as in R&D: wherever they stand,
    /// in quotes and comments too.
    ///
    /// Looked for in the text, because Yams puts the marked node in an alias's place and then hashes keys: with a few
    /// nested ones it never ends.
    private static func firstAlias(in text: String) -> (name: String, line: Int)? {
        var anchors: Set<String> = []
        var line = 1
        var rest = Substring(text).utf8
        var isInWord = false
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\n") { line += 1 }
            defer { isInWord = isNameByte(byte) }
            guard !isInWord, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            let name = String(Substring(rest.prefix(while: isNameByte)))
            if byte == UInt8(ascii: "&") {
                anchors.insert(name)
            } else if !name.isEmpty, anchors.contains(name) {
                return (name, line)
            }
        }
        return nil
    }

    /// The bytes that libyaml takes into an anchor's name.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension YamlError {
    fileprivate func located(in file: String) -> RecipeError {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            RecipeError(place: "\(file):\(mark.line):\(mark.column)", problem: "no valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            RecipeError(
                place: "\(file):\(context.mark.line):\(context.mark.column)",
                problem: "the key \"\(duplicates.joined(separator: ", "))\" stands twice")
        default:
            RecipeError(place: file, problem: "no valid YAML: \(self)")
        }
    }
}

// MARK: Building nodes

extension Node {
    /// A text, in quotes where YAML would read it as something else.
    static func text(_ text: String) -> Node {
        let scalar = Node(text)
        return .scalar(.init(text, .implicit, scalar.tag == Tag(.str) ? .any : .singleQuoted))
    }

    static func plain(_ value: some LosslessStringConvertible) -> Node { Node(String(value)) }

    static func texts(_ texts: [String]) -> Node { .sequence(.init(texts.map(Node.text), .init(.seq), .flow)) }

    static func plains(_ values: [some LosslessStringConvertible]) -> Node {
        .sequence(.init(values.map { .plain($0) }, .init(.seq), .flow))
    }

    /// A section; members without a value are left out.
    static func section(_ members: [(String, Node?)]) -> Node {
        .mapping(.init(members.compactMap { key, node in node.map { (Node.text(key), $0) } }, .init(.map), .block))
    }
}
