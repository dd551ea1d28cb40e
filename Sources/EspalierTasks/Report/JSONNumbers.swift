/// Numbers that JSON can always hold: NaN, which stands for what is undefined, is written as `null`, the infinities as
/// `"infinity"` and `"-infinity"`.
@propertyWrapper
public struct JSONNumbers<Value: NumbersForJSON>: Codable, Equatable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        wrappedValue = Value(json: try decoder.singleValueContainer().decode(Value.JSON.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.json)
    }
}

extension JSONNumbers: Sendable where Value: Sendable {}

/// `Double`, and arrays and dictionaries of it, each with a twin made of `JSONNumber`.
public protocol NumbersForJSON: Equatable {
    associatedtype JSON: Codable
    var json: JSON { get }
    init(json: JSON)
}

/// A number as JSON can hold it.
public struct JSONNumber: Codable {
    fileprivate let value: Double

    fileprivate init(_ value: Double) { self.value = value }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .nan
        } else if let word = try? container.decode(String.self) {
            switch word {
            case "infinity": value = .infinity
            case "-infinity": value = -.infinity
            default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(word) is no number")
            }
        } else {
            value = try container.decode(Double.self)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isNaN {
            try container.encodeNil()
        } else if value.isInfinite {
            try container.encode(value > 0 ? "infinity" : "-infinity")
        } else {
            try container.encode(value)
        }
    }
}

extension Double: NumbersForJSON {
    public var json: JSONNumber { JSONNumber(self) }
    public init(json: JSONNumber) { self = json.value }
}

extension Array: NumbersForJSON where Element: NumbersForJSON {
    public var json: [Element.JSON] { map(\.json) }
    public init(json: [Element.JSON]) { self = json.map(Element.init(json:)) }
}

extension Dictionary: NumbersForJSON where Key: Codable, Value: NumbersForJSON {
    public var json: [Key: Value.JSON] { mapValues(\.json) }
    public init(json: [Key: Value.JSON]) { self = json.mapValues(Value.init(json:)) }
}
