extension KernelCall {
    /// y = gain · (x - mean) / sqrt(variance + epsilon) + bias, row by row; y may be x.
    public struct LayerNormalization {
        public var rows, columns: Int
        public var x: Matrix
        public var gain, bias: Floats?
        public var epsilon: Float
        public var y: Matrix

        public init(rows: Int, columns: Int, x: Matrix, gain: Floats?, bias: Floats?, epsilon: Float, y: Matrix) {
            (self.rows, self.columns, self.x, self.gain, self.bias) = (rows, columns, x, gain, bias)
            (self.epsilon, self.y) = (epsilon, y)
        }
    }

    /// dx of layer normalization; dx may be dy.
    public struct LayerNormalizationBackward {
        public var rows, columns: Int
        public var x: Matrix
        public var gain: Floats?
        public var epsilon: Float
        public var dy, dx: Matrix

        public init(rows: Int, columns: Int, x: Matrix, gain: Floats?, epsilon: Float, dy: Matrix, dx: Matrix) {
            (self.rows, self.columns, self.x, self.gain) = (rows, columns, x, gain)
            (self.epsilon, self.dy, self.dx) = (epsilon, dy, dx)
        }
    }

    /// dgain[c] = Σ_r dy[r,c] · x̂[r,c].
    public struct LayerNormalizationGain {
        public var rows, columns: Int
        public var x: Matrix
        public var epsilon: Float
        public var dy: Matrix
        public var dgain: Floats

        public init(rows: Int, columns: Int, x: Matrix, epsilon: Float, dy: Matrix, dgain: Floats) {
            (self.rows, self.columns, self.x) = (rows, columns, x)
            (self.epsilon, self.dy, self.dgain) = (epsilon, dy, dgain)
        }
    }
}
