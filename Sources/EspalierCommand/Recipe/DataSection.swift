import Espalier
import Foundation
import Yams

/// `data`: where the rows come from and which of them are for training, choosing and measuring.
struct DataSection: Equatable {
    enum Origin: Equatable {
        case snippets
        /// - Parameter format: nil goes by the file's extension.
        case file(path: String, format: TableReader.Format?)
    }

    enum Split: Equatable {
        /// Rows with one of three values in a column; dev and test may be absent.
        case column(String, train: String, dev: String?, test: String?)
        /// Train, dev and test by fractions of the groups; see `Table.split`.
        case fractions([Double], group: String?, seed: UInt64)
    }

    var origin: Origin
    var split: Split

    private static let packagedSplit = Split.column("split", train: "train", dev: "dev", test: "test")
    private static let defaultSplit = Split.fractions([0.8, 0.1, 0.1], group: nil, seed: 0)

    /// - Parameter folder: what a relative path in the recipe is relative to.
    init(_ value: RecipeValue, folder: URL) throws(RecipeError) {
        if value.isScalar {
            let name = try value.text()
            origin = name == "snippets" ? .snippets : .file(path: Self.absolute(name, folder), format: nil)
            split = name == "snippets" ? Self.packagedSplit : Self.defaultSplit
            return
        }
        let section = try value.section(known: ["packaged", "path", "format", "split"])
        if let packaged = section["packaged"] {
            guard try packaged.text() == "snippets" else {
                throw packaged.error("the packaged data set is called snippets")
            }
            if let path = section["path"] { throw path.error("data has either a path or packaged, not both") }
            if let format = section["format"] { throw format.error("packaged data has no format to choose") }
            origin = .snippets
        } else {
            let path = Self.absolute(try section.required("path").text(), folder)
            origin = .file(path: path, format: try section["format"]?.format())
        }
        split = try section["split"].map(Self.split) ?? (origin == .snippets ? Self.packagedSplit : Self.defaultSplit)
    }

    private static func split(_ value: RecipeValue) throws(RecipeError) -> Split {
        let section = try value.section(known: ["column", "train", "dev", "test", "fractions", "group", "seed"])
        if let column = section["column"] {
            if let other = section["fractions"] ?? section["group"] ?? section["seed"] {
                throw other.error("a split is either by a column or by fractions")
            }
            return .column(
                try column.text(), train: try section["train"]?.text() ?? "train",
                dev: try section["dev"].part(or: "dev"), test: try section["test"].part(or: "test"))
        }
        if let other = section["train"] ?? section["dev"] ?? section["test"] {
            throw other.error("values of a split need its column")
        }
        let list = try section.required("fractions")
        var fractions: [Double] = []
        for fraction in try list.list() { fractions.append(try fraction.number(.positive)) }
        guard fractions.count == 3 else { throw list.error("three fractions are wanted: train, dev, test") }
        return .fractions(fractions, group: try section["group"]?.text(), seed: try section["seed"]?.seed() ?? 0)
    }

    private static func absolute(_ path: String, _ folder: URL) -> String {
        URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL.path
    }

    var node: Node {
        let splitNode =
            switch split {
            case .column(let column, let train, let dev, let test):
                Node.section([
                    ("column", .text(column)), ("train", .text(train)), ("dev", .text(dev ?? "none")),
                    ("test", .text(test ?? "none")),
                ])
            case .fractions(let fractions, let group, let seed):
                Node.section([
                    ("fractions", .plains(fractions)), ("group", group.map(Node.text)), ("seed", .plain(seed)),
                ])
            }
        return switch origin {
        case .snippets: .section([("packaged", .text("snippets")), ("split", splitNode)])
        case .file(let path, let format):
            .section([
                ("path", .text(path)), ("format", format.map { .text($0.recipeName) }), ("split", splitNode),
            ])
        }
    }
}

extension RecipeValue? {
    /// The value that marks a part of the rows; `none` for no such part.
    fileprivate func part(or standard: String) throws(RecipeError) -> String? {
        guard let self else { return standard }
        let text = try self.text()
        return text == "none" ? nil : text
    }
}

extension RecipeValue {
    func format() throws(RecipeError) -> TableReader.Format {
        let name = try text()
        guard let format = TableReader.Format.allCases.first(where: { $0.recipeName == name }) else {
            throw error("\(self.name): " + unknown("value", name, known: TableReader.Format.allCases.map(\.recipeName)))
        }
        return format
    }
}

extension TableReader.Format {
    var recipeName: String {
        switch self {
        case .tsv: "tsv"
        case .csv: "csv"
        case .jsonLines: "json_lines"
        }
    }
}
