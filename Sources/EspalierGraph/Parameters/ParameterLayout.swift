import EspalierTensor

/// Where each parameter lies in a slab: names, shapes and offsets. Gradients, optimizer moments and per-task gradients
/// share one layout, so that each is one contiguous row.
public struct ParameterLayout: Sendable {
    /// One parameter's place.
    public struct Entry: Sendable {
        /// The layer path and the name: `trunk.0.weight`.
        public let name: String
        /// The parameter's shape.
        public let shape: Shape
        /// In floats from the slab's start; a multiple of 16 (one cache line).
        public let offset: Int
        let initializer: Initializer
    }

    /// In the order of their offsets.
    public let entries: [Entry]
    /// Floats in a slab, padding included.
    public let count: Int
    private let indexByName: [String: Int]

    /// The parameters of a graph, in the order of their first use.
    public init(of graph: Graph) {
        var offset = 0
        entries = graph.parameters.map { value in
            guard case .parameter(let parameter) = value.node.operation else {
                fatalError("[layout] node \(value.id) is no parameter")
            }
            defer { offset += (parameter.shape.count + 15) / 16 * 16 }
            return Entry(
                name: parameter.name, shape: parameter.shape, offset: offset, initializer: parameter.initializer)
        }
        count = offset
        indexByName = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    /// The entry of a name; nil if there is none.
    public subscript(name: String) -> Entry? { indexByName[name].map { entries[$0] } }

    func offset(of name: String, shape: Shape) -> Int {
        guard let entry = self[name], entry.shape == shape else {
            fatalError("[compile] no parameter \(name) of shape \(shape)")
        }
        return entry.offset
    }

    /// The number of learned numbers, without padding.
    public var parameterCount: Int { entries.reduce(0) { $0 + $1.shape.count } }
}

/// All parameters (or their gradients, or moments) in one aligned piece of memory. A reference: programs point into it.
public final class ParameterSlab: @unchecked Sendable {
    /// Which parameter lies where.
    public let layout: ParameterLayout
    let buffer: AlignedBuffer

    /// All zeros.
    public init(zeros layout: ParameterLayout) {
        self.layout = layout
        buffer = AlignedBuffer(floats: layout.count)
    }

    /// Every parameter as its initializer tells.
    public convenience init(initializing layout: ParameterLayout, seed: UInt64) {
        self.init(zeros: layout)
        for entry in layout.entries {
            entry.initializer.fill(elements(of: entry), shape: entry.shape, seed: seed, name: entry.name)
        }
    }

    /// One parameter's numbers; copied.
    public subscript(name: String) -> Tensor? {
        get {
            layout[name].map { entry in
                var tensor = Tensor(zeros: entry.shape)
                tensor.withUnsafeMutableBuffer { _ = $0.update(fromContentsOf: elements(of: entry)) }
                return tensor
            }
        }
        set {
            guard let entry = layout[name], let newValue else {
                fatalError("[slab] no parameter is called \(name)")
            }
            require(
                newValue.shape == entry.shape, "[slab] \(name): \(newValue.shape) for the shape \(entry.shape)")
            newValue.withUnsafeBuffer { _ = elements(of: entry).update(fromContentsOf: $0) }
        }
    }

    /// Gives some numbers to `body`, to read and to change.
    ///
    /// - Parameter elements: from the slab's start, as the layout counts.
    public func withElements<Result, Failure: Error>(
        _ elements: Range<Int>, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        require(
            elements.lowerBound >= 0 && elements.upperBound <= layout.count,
            "[slab] elements \(elements) of \(layout.count)")
        var span = MutableSpan(_unsafeElements: buffer.floats[elements])
        defer { withExtendedLifetime(self) {} }
        return try body(&span)
    }

    /// Copies all numbers of a slab with the same layout.
    public func copy(from other: ParameterSlab) {
        require(other.layout.count == layout.count, "[slab] slabs of two layouts")
        buffer.pointer.copyMemory(from: other.buffer.pointer, byteCount: buffer.byteCount)
    }

    func place(of name: String, shape: Shape) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(buffer.floats.baseAddress! + layout.offset(of: name, shape: shape))
    }

    /// The whole slab, padding included.
    package var floats: UnsafeMutableBufferPointer<Float> { buffer.floats }

    func elements(of entry: ParameterLayout.Entry) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: buffer.floats[entry.offset..<entry.offset + entry.shape.count])
    }
}
