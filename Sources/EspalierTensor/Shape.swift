/// The extents of a tensor, outermost first: `[batch, classes]`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "[shape] negative dimension in \(dimensions)")
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }

    /// The number of elements; 1 for a scalar. Traps if `Int` cannot count them.
    public var count: Int { count(of: dimensions.indices) }

    /// The number of elements that the dimensions in a range make. Counted by hand, because it is asked for in every
    /// training step, and a sequence's own methods allocate unless they are optimised.
    package func count(of range: Range<Int>) -> Int {
        var count = 1
        for axis in range { count *= dimensions[axis] }
        return count
    }

    public subscript(axis: Int) -> Int { dimensions[axis] }

    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
