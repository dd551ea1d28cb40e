// The files are little-endian, and so is every platform Swift runs on: a tensor's memory is its file content.
#if !_endian(little)
    #error("tensors are read and written as they lie in memory, which must be little-endian")
#endif

extension Shape {
    /// For extents from a file: nil if one is negative, if there are more than 64, or if the extents that are not 0
    /// multiply to more bytes of `Float` than an `Int` counts (so that no later product of them can overflow).
    package init?(checking dimensions: [Int]) {
        guard dimensions.count <= 64 else { return nil }
        var bytes = MemoryLayout<Float>.stride
        for extent in dimensions where extent != 0 {
            let (product, overflowed) = bytes.multipliedReportingOverflow(by: extent)
            guard extent > 0, !overflowed else { return nil }
            bytes = product
        }
        self.init(dimensions)
    }

    package var byteCount: Int { count * MemoryLayout<Float>.stride }
}

extension Tensor {
    /// - Parameter bytes: the elements in row-major order, `shape.byteCount` bytes.
    init(bytes: ArraySlice<UInt8>, shape: Shape) {
        precondition(bytes.count == shape.byteCount, "[tensor] \(bytes.count) bytes for the shape \(shape)")
        self.init(zeros: shape)
        withUnsafeMutableBuffer { floats in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(floats).copyMemory(from: $0) }
        }
    }

    /// Appends the elements in row-major order.
    func appendBytes(to bytes: inout [UInt8]) {
        withUnsafeBuffer { bytes.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }
}
