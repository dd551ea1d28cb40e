/// Elementwise nonlinearities. GELU is the exact form, x · Φ(x).
public enum ActivationKind: Int, Sendable, CaseIterable, Codable {
    case identity = 0, relu, gelu, silu, tanh, sigmoid
}

extension KernelCall {
    /// y[i] = f(x[i]); y may be x.
    public struct Activation {
        public var kind: ActivationKind
        public var count: Int
        public var x, y: Floats

        public init(_ kind: ActivationKind, count: Int, x: Floats, y: Floats) {
            (self.kind, self.count, self.x, self.y) = (kind, count, x, y)
        }
    }

    /// dx[i] = dy[i] · f'(x[i]). ReLU, tanh and sigmoid read the output y, GELU and SiLU the input x. dx may be dy.
    public struct ActivationBackward {
        public var kind: ActivationKind
        public var count: Int
        public var x, y: Floats?
        public var dy, dx: Floats

        public init(_ kind: ActivationKind, count: Int, x: Floats?, y: Floats?, dy: Floats, dx: Floats) {
            (self.kind, self.count, self.x, self.y, self.dy, self.dx) = (kind, count, x, y, dy, dx)
        }
    }

    /// Softmax, or log-softmax, of every row; y may be x.
    public struct Softmax {
        public var logarithm: Bool
        public var rows, columns: Int
        public var x, y: Matrix

        public init(logarithm: Bool, rows: Int, columns: Int, x: Matrix, y: Matrix) {
            (self.logarithm, self.rows, self.columns, self.x, self.y) = (logarithm, rows, columns, x, y)
        }
    }

    /// From the output y of (log-)softmax and dy to dx; dx may be dy.
    public struct SoftmaxBackward {
        public var logarithm: Bool
        public var rows, columns: Int
        public var y, dy, dx: Matrix

        public init(logarithm: Bool, rows: Int, columns: Int, y: Matrix, dy: Matrix, dx: Matrix) {
            (self.logarithm, self.rows, self.columns) = (logarithm, rows, columns)
            (self.y, self.dy, self.dx) = (y, dy, dx)
        }
    }
}
