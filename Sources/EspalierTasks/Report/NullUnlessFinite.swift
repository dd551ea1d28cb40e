/// Numbers that JSON can always hold: NaN and the infinities are written as `null`, and `null` is
/// read as NaN.
@propertyWrapper
public struct NullUnlessFinite<Value: NullableNumbers>: Codable, Equatable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        wrappedValue = Value(nullable: try decoder.singleValueContainer().decode(Value.Nullable.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.nullable)
    }
}

extension NullUnlessFinite: Sendable where Value: Sendable {}

/// `Double`, and arrays and dictionaries of it, each with a twin made of `Double?`.
public protocol NullableNumbers: Equatable {
    associatedtype Nullable: Codable
    var nullable: Nullable { get }
    init(nullable: Nullable)
}

extension Double: NullableNumbers {
    public var nullable: Double? { isFinite ? self : nil }
    public init(nullable: Double?) { self = nullable ?? .nan }
}

extension Array: NullableNumbers where Element: NullableNumbers {
    public var nullable: [Element.Nullable] { map(\.nullable) }
    public init(nullable: [Element.Nullable]) { self = nullable.map(Element.init(nullable:)) }
}

extension Dictionary: NullableNumbers where Key: Codable, Value: NullableNumbers {
    public var nullable: [Key: Value.Nullable] { mapValues(\.nullable) }
    public init(nullable: [Key: Value.Nullable]) { self = nullable.mapValues(Value.init(nullable:)) }
}
