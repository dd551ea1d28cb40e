/// A matrix in memory that a call reads or writes, described without its meaning.
public struct Operand {
    public enum Element: Sendable { case float, double, int32, uint64 }

    public var pointer: UnsafeMutableRawPointer
    public var element: Element
    public var rows, columns: Int
    /// Elements from one row to the next.
    public var leadingDimension: Int
    /// For an output: whether the call also reads what stood there before.
    public var isRead = false

    /// Bytes that the call touches in it, once.
    public var bytes: Int { rows * columns * elementBytes }

    var elementBytes: Int {
        switch element {
        case .float, .int32: 4
        case .double, .uint64: 8
        }
    }

    func row(_ row: Int) -> UnsafeMutableRawPointer { pointer + row * leadingDimension * elementBytes }

    /// The element as a number, whatever its type.
    func value(_ row: Int, _ column: Int) -> Double {
        let start = self.row(row)
        switch element {
        case .float: return Double(start.assumingMemoryBound(to: Float.self)[column])
        case .double: return start.assumingMemoryBound(to: Double.self)[column]
        case .int32: return Double(start.assumingMemoryBound(to: Int32.self)[column])
        case .uint64: return Double(start.assumingMemoryBound(to: UInt64.self)[column])
        }
    }
}

extension Operand {
    static func matrix(_ matrix: Matrix, _ rows: Int, _ columns: Int, isRead: Bool = false) -> Operand {
        Operand(
            pointer: UnsafeMutableRawPointer(matrix.pointer), element: .float, rows: rows, columns: columns,
            leadingDimension: matrix.leadingDimension, isRead: isRead)
    }

    static func vector(_ floats: Floats, _ count: Int, isRead: Bool = false) -> Operand {
        matrix(Matrix(floats, leadingDimension: count), 1, count, isRead: isRead)
    }

    static func vector(_ indices: Indices, _ count: Int) -> Operand {
        Operand(
            pointer: UnsafeMutableRawPointer(indices), element: .int32, rows: 1, columns: count,
            leadingDimension: count)
    }

    /// A broadcast axis counts once: that much memory is read.
    static func broadcast(_ operand: KernelCall.Broadcast, _ rows: Int, _ columns: Int) -> Operand {
        matrix(
            Matrix(operand.pointer, leadingDimension: operand.rowStride),
            operand.rowStride == 0 ? min(rows, 1) : rows, operand.columnStride == 0 ? min(columns, 1) : columns)
    }
}

extension Operand {
    /// All elements as numbers, row by row.
    package var values: [Double] { (0..<rows).flatMap { row in (0..<columns).map { value(row, $0) } } }

    /// The bytes of the elements, row by row.
    var contents: [UInt8] {
        var contents: [UInt8] = []
        contents.reserveCapacity(bytes)
        for row in 0..<rows {
            contents += UnsafeRawBufferPointer(start: self.row(row), count: columns * elementBytes)
        }
        return contents
    }

    /// Puts back what `contents` gave.
    func restore(_ contents: [UInt8]) {
        let width = columns * elementBytes
        contents.withUnsafeBytes { bytes in
            for row in 0..<(width == 0 ? 0 : rows) {
                self.row(row).copyMemory(from: bytes.baseAddress! + row * width, byteCount: width)
            }
        }
    }
}
