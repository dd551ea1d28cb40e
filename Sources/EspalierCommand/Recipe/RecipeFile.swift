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
