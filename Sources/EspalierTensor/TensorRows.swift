// Rows are what lies along the first axis.

extension Tensor {
    /// The same elements in another shape of as many elements. The storage is shared until one of the two is changed.
    public func reshaped(to shape: Shape) -> Tensor {
        precondition(shape.count == count, "[reshape] \(self.shape) to \(shape): \(count) elements, not \(shape.count)")
        return Tensor(sharing: self, shape: shape)
    }

    /// A copy of some rows: `[rows, ...]` gives `[range.count, ...]`.
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(shape.rank > 0, "[rows] a scalar has no rows")
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "[rows] \(range) of the shape \(shape)")
        var result = Tensor(zeros: Shape([range.count] + shape.dimensions.dropFirst()))
        let rowCount = shape.dimensions.dropFirst().reduce(1, *)
        withUnsafeBuffer { source in
            let part = source[range.lowerBound * rowCount..<range.upperBound * rowCount]
            result.withUnsafeMutableBuffer { _ = $0.update(fromContentsOf: part) }
        }
        return result
    }

    /// Tensors of one shape beside each other along a new first axis: n of `[...]` give `[n, ...]`.
    /// - Parameter rows: at least one; none would say nothing of the shape.
    public init(stacking rows: [Tensor]) {
        precondition(!rows.isEmpty, "[stack] no rows")
        let shape = rows[0].shape
        self.init(zeros: Shape([rows.count] + shape.dimensions))
        withUnsafeMutableBuffer { target in
            for (index, row) in rows.enumerated() {
                precondition(row.shape == shape, "[stack] row 0 is \(shape), row \(index) is \(row.shape)")
                row.withUnsafeBuffer { _ = target[(index * shape.count)...].update(fromContentsOf: $0) }
            }
        }
    }
}

/// Equal shapes and equal elements in the sense of IEEE 754: NaN equals nothing, itself included, and -0 equals 0.
extension Tensor: Equatable {
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape && left.withUnsafeBuffer { one in right.withUnsafeBuffer { one.elementsEqual($0) } }
    }

    /// Equal shapes and the same bits: a NaN equals itself, and -0 differs from 0.
    public func hasSameBits(as other: Tensor) -> Bool {
        shape == other.shape
            && withUnsafeBuffer { one in
                other.withUnsafeBuffer { one.elementsEqual($0) { $0.bitPattern == $1.bitPattern } }
            }
    }
}
