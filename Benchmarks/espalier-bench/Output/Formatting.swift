import Foundation

/// Three digits that count, or all before the point.
func number(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
}

/// A share of 1.
func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

/// A backend's name without the folder of its library.
func shortName(_ backend: String) -> String { backend.split(separator: "/").last.map(String.init) ?? backend }

func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension MachinePeak: CustomStringConvertible {
    var description: String {
        "\(threads) \(threads == 1 ? "thread" : "threads"): measured peak \(number(flops / 1e9)) GF/s "
            + "(\(instructionSet)), memory \(number(bandwidth / 1e9)) GB/s"
    }
}
