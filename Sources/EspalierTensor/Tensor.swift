/// A dense array of `Float`, row-major and contiguous, with the value semantics of `Array`.
///
/// It holds and shows numbers; arithmetic is the backends' work.
public struct Tensor: Sendable {
    public let shape: Shape
    private var storage: AlignedBuffer

    /// All zeros.
    public init(zeros shape: Shape) {
        self.shape = shape
        storage = AlignedBuffer(floats: shape.count)
    }

    /// - Parameter scalars: the elements in row-major order, `shape.count` of them.
    public init(_ scalars: [Float], shape: Shape) {
        precondition(
            scalars.count == shape.count, "[tensor] \(scalars.count) scalars for the shape \(shape)")
        self.init(zeros: shape)
        _ = storage.floats.update(fromContentsOf: scalars)
    }

    /// A vector.
    public init(_ scalars: [Float]) { self.init(scalars, shape: [scalars.count]) }

    /// Another shape, with as many elements, over the same storage.
    init(sharing tensor: Tensor, shape: Shape) {
        self.shape = shape
        storage = tensor.storage
    }

    public var count: Int { shape.count }

    /// The elements in row-major order.
    public var scalars: [Float] { withUnsafeBuffer { Array($0) } }

    public func withUnsafeBuffer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(storage.floats))
    }

    public mutating func withUnsafeMutableBuffer<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        defer { withExtendedLifetime(storage) {} }
        return try body(storage.floats)
    }

    /// The element at the given indices, one for each dimension.
    public subscript(indices: Int...) -> Float {
        get { storage.floats[offset(of: indices)] }
        set {
            makeUnique()
            storage.floats[offset(of: indices)] = newValue
        }
    }

    private mutating func makeUnique() {
        if isKnownUniquelyReferenced(&storage) { return }
        let copy = AlignedBuffer(byteCount: storage.byteCount)
        copy.pointer.copyMemory(from: storage.pointer, byteCount: storage.byteCount)
        storage = copy
    }

    private func offset(of indices: [Int]) -> Int {
        precondition(indices.count == shape.rank, "[tensor] \(indices.count) indices for the shape \(shape)")
        var offset = 0
        for (index, extent) in zip(indices, shape.dimensions) {
            precondition(index >= 0 && index < extent, "[tensor] index \(indices) outside the shape \(shape)")
            offset = offset * extent + index
        }
        return offset
    }
}
