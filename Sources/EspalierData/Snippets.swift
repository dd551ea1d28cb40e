import Foundation

/// The packaged data set: 7,581 short texts, tweets and pieces of product reviews, each rated by 15 to 20 people.
///
/// Columns `id`, `split` (train, dev, test), `topic` (5 classes), `sentiment` (3 classes: the plurality of the raters'
/// signs), `intensity` (their mean rating, -4 to 4), `disagreement` (their standard deviation), `text`.
///
/// Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014;
/// the reviews are from Hu and Liu, "Mining and Summarizing Customer Reviews", KDD 2004. Licences: see `notice`.
public enum Snippets {
    public static let count = 7_581

    /// The text encoded with the default n-grams, and all four tasks.
    public static let schema = DatasetSchema.text(tasks: [
        TaskField(name: "sentiment", kind: .classes()),
        TaskField(name: "topic", kind: .classes()),
        TaskField(name: "intensity", kind: .number),
        TaskField(name: "disagreement", kind: .number),
    ])

    public static func table() throws(TableError) -> Table {
        try TableReader.read(path: Bundle.module.bundleURL.appendingPathComponent("snippets.tsv").path)
    }

    /// Where the texts come from and under which licences they may be used.
    public static func notice() throws -> String {
        try String(contentsOf: Bundle.module.bundleURL.appendingPathComponent("NOTICE"), encoding: .utf8)
    }

    /// A group for each row, for other splits than the packaged one: pieces of one review stay together.
    /// Ids are `a<review>_<piece>` or `t<tweet>`.
    public static func groups(of table: Table) throws(TableError) -> [String] {
        try table.groups(column: "id").map { id in String(id.prefix { $0 != "_" }) }
    }
}
