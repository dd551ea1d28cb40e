extension KernelCall {
    /// y[c] = scale · Σ_r x[r,c].
    public struct ColumnSums {
        public var rows, columns: Int
        public var x: Matrix
        public var scale: Float
        public var y: Floats

        public init(rows: Int, columns: Int, x: Matrix, scale: Float, y: Floats) {
            (self.rows, self.columns, self.x, self.scale, self.y) = (rows, columns, x, scale, y)
        }
    }

    /// y[r] = scale · Σ_c x[r,c].
    public struct RowSums {
        public var rows, columns: Int
        public var x: Matrix
        public var scale: Float
        public var y: Floats

        public init(rows: Int, columns: Int, x: Matrix, scale: Float, y: Floats) {
            (self.rows, self.columns, self.x, self.scale, self.y) = (rows, columns, x, scale, y)
        }
    }

    /// y = Σ x[i]², in double.
    public struct SquaredNorm {
        public var count: Int
        public var x: Floats
        public var y: UnsafeMutablePointer<Double>

        public init(count: Int, x: Floats, y: UnsafeMutablePointer<Double>) {
            (self.count, self.x, self.y) = (count, x, y)
        }
    }
}
