public enum BinaryKind: Int, Sendable, CaseIterable {
    case add = 0, subtract, multiply, divide, maximum, minimum
}

public enum UnaryKind: Int, Sendable, CaseIterable {
    case negate = 0, exp, log, square, squareRoot, reciprocal, absoluteValue, sign, greaterThanZero
}

extension KernelCall {
    /// An operand that may be broadcast: strides of 0 repeat it along that axis. The column stride is 0 or 1.
    public struct Broadcast {
        public var pointer: Floats
        public var rowStride, columnStride: Int

        public init(_ pointer: Floats, rowStride: Int, columnStride: Int) {
            (self.pointer, self.rowStride, self.columnStride) = (pointer, rowStride, columnStride)
        }
    }

    /// y = a ∘ b; y may be an operand that is not broadcast.
    public struct Binary {
        public var kind: BinaryKind
        public var rows, columns: Int
        public var a, b: Broadcast
        public var y: Matrix

        public init(_ kind: BinaryKind, rows: Int, columns: Int, a: Broadcast, b: Broadcast, y: Matrix) {
            (self.kind, self.rows, self.columns, self.a, self.b, self.y) = (kind, rows, columns, a, b, y)
        }
    }

    /// y[i] = f(x[i]); y may be x.
    public struct Unary {
        public var kind: UnaryKind
        public var count: Int
        public var x, y: Floats

        public init(_ kind: UnaryKind, count: Int, x: Floats, y: Floats) {
            (self.kind, self.count, self.x, self.y) = (kind, count, x, y)
        }
    }

    /// y[i] = fma(scale, x[i], offset); y may be x.
    public struct Affine {
        public var count: Int
        public var scale, offset: Float
        public var x, y: Floats

        public init(count: Int, scale: Float, offset: Float, x: Floats, y: Floats) {
            (self.count, self.scale, self.offset, self.x, self.y) = (count, scale, offset, x, y)
        }
    }

    public struct Copy {
        public var rows, columns: Int
        public var x, y: Matrix

        public init(rows: Int, columns: Int, x: Matrix, y: Matrix) {
            (self.rows, self.columns, self.x, self.y) = (rows, columns, x, y)
        }
    }

    /// y[i] = value.
    public struct Fill {
        public var count: Int
        public var value: Float
        public var y: Floats

        public init(count: Int, value: Float, y: Floats) { (self.count, self.value, self.y) = (count, value, y) }
    }
}
