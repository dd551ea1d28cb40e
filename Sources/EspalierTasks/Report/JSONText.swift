import Foundation

/// A value as JSON: keys in alphabetical order, slashes as they are; on one line, or indented.
package func jsonText(_ value: some Encodable, indented: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if indented { encoder.outputFormatting.insert(.prettyPrinted) }
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
