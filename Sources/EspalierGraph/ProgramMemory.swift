import EspalierKernels
import EspalierTensor

/// An input's memory in a program.
public struct ProgramInput {
    private let operand: Operand
    private let type: Graph.ScalarType
    private let owner: Program

    init(_ operand: Operand, type: Graph.ScalarType, owner: Program) {
        (self.operand, self.type, self.owner) = (operand, type, owner)
    }

    /// The input's shape.
    public var shape: Shape { operand.shape }

    /// Gives the memory to `body` to fill: floats.
    public func withFloats<Result, Failure: Error>(
        _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        require(type == .float32, "[input] of int32, filled with floats")
        var span = MutableSpan(_unsafeStart: operand.floats, count: operand.count)
        defer { withExtendedLifetime(owner) {} }
        return try body(&span)
    }

    /// Gives the memory to `body` to fill: indices.
    public func withIndices<Result, Failure: Error>(
        _ body: (inout MutableSpan<Int32>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        require(type == .int32, "[input] of float32, filled with indices")
        var span = MutableSpan(_unsafeStart: operand.indices, count: operand.count)
        defer { withExtendedLifetime(owner) {} }
        return try body(&span)
    }

    /// Sets a whole input.
    public func set(_ tensor: Tensor) {
        require(tensor.count == operand.count, "[input] \(tensor.shape) for the shape \(operand.shape)")
        requireRoom(for: tensor.count, at: 0, .float32)
        tensor.withUnsafeBuffer { operand.floats.update(from: $0.baseAddress!, count: $0.count) }
    }

    /// Sets the elements from `position` on: floats.
    public func set(_ elements: ArraySlice<Float>, at position: Int) {
        requireRoom(for: elements.count, at: position, .float32)
        elements.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { (operand.floats + position).update(from: start, count: source.count) }
        }
    }

    /// Sets the elements from `position` on: indices.
    public func set(_ elements: ArraySlice<Int32>, at position: Int) {
        requireRoom(for: elements.count, at: position, .int32)
        elements.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { (operand.indices + position).update(from: start, count: source.count) }
        }
    }

    /// Sets one element: a float. Of a scalar input, the scalar.
    public func set(_ value: Float, at position: Int = 0) {
        requireRoom(for: 1, at: position, .float32)
        operand.floats[position] = value
    }

    /// Sets one element: an index.
    public func set(_ index: Int32, at position: Int) {
        requireRoom(for: 1, at: position, .int32)
        operand.indices[position] = index
    }

    /// Sets all elements from `position` on to 0.0.
    public func clear(from position: Int) {
        requireRoom(for: 0, at: position, .float32)
        (operand.floats + position).update(repeating: 0, count: operand.count - position)
    }

    /// Sets all elements from `position` on to one index.
    public func fill(_ index: Int32, from position: Int) {
        requireRoom(for: 0, at: position, .int32)
        (operand.indices + position).update(repeating: index, count: operand.count - position)
    }

    /// The first element as it is set now.
    public var scalar: Float {
        requireRoom(for: 1, at: 0, .float32)
        return operand.floats[0]
    }

    private func requireRoom(for count: Int, at position: Int, _ wanted: Graph.ScalarType) {
        require(type == wanted, "[input] of \(type), used as \(wanted)")
        require(
            position >= 0 && count <= operand.count - position,
            "[input] \(count) elements at \(position) of the shape \(operand.shape)")
    }

    /// Sets a whole input of indices.
    public func set(_ indices: [Int32]) {
        require(indices.count == operand.count, "[input] \(indices.count) indices for the shape \(operand.shape)")
        set(indices[...], at: 0)
    }

    /// Copies indices of some rows, in the given order, to the head of the input.
    public func setElements(of column: [Int32], _ rows: ArraySlice<Int>) {
        requireRoom(for: rows.count, at: 0, .int32)
        column.withUnsafeBufferPointer { source in
            var target = operand.indices
            for index in rows.indices {
                let row = rows[index]
                require(row >= 0 && row < source.count, "[input] row \(row) of \(source.count)")
                target.pointee = source[row]
                target += 1
            }
        }
    }

    /// Copies rows of a matrix, in the given order, to the head of the input.
    public func setRows(of matrix: Tensor, _ rows: ArraySlice<Int>) {
        let width = operand.shape.columns
        require(matrix.shape.columns == width, "[input] rows of \(matrix.shape) for the shape \(operand.shape)")
        require(rows.count <= operand.shape.rows, "[input] \(rows.count) rows for the shape \(operand.shape)")
        let rowCount = matrix.shape.rows
        matrix.withUnsafeBuffer { source in
            var target = operand.floats
            for index in rows.indices {
                let row = rows[index]
                require(row >= 0 && row < rowCount, "[input] row \(row) of \(matrix.shape)")
                target.update(from: source.baseAddress! + row * width, count: width)
                target += width
            }
        }
    }
}

/// An output's memory in a program, as the last run left it.
public struct ProgramOutput {
    private let operand: Operand
    private let owner: Program

    init(_ operand: Operand, owner: Program) { (self.operand, self.owner) = (operand, owner) }

    /// The output's shape.
    public var shape: Shape { operand.shape }

    /// The first element; of a scalar, the scalar.
    public var scalar: Float { operand.floats[0] }

    /// A copy of the whole output.
    public var tensor: Tensor {
        var tensor = Tensor(zeros: operand.shape)
        tensor.withUnsafeMutableBuffer {
            _ = $0.update(fromContentsOf: UnsafeBufferPointer(start: operand.floats, count: operand.count))
        }
        return tensor
    }

    /// Appends the first `count` elements.
    public func append(first count: Int, to array: inout [Float]) {
        require(count <= operand.count, "[output] \(count) elements of the shape \(operand.shape)")
        array.append(contentsOf: UnsafeBufferPointer(start: operand.floats, count: count))
    }
}
