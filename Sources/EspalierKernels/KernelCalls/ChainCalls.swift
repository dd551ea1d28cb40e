extension KernelCall {
    /// Elementwise operations one after the other on a matrix without gaps between its rows, in one pass over memory:
    /// the bits of each by itself.
    public struct Chain {
        public enum Operation {
            case unary(UnaryKind)
            /// scale · a + offset.
            case affine(scale: Float, offset: Float)
            case binary(BinaryKind)
            case activation(ActivationKind)
            /// b · f'(a), a the activation's input for GELU and SiLU, its output for the others.
            case activationBackward(ActivationKind)
            case dropout(DropoutMask)
        }

        /// What element (r, c) of an operand is; rows, columns and numbers are for binary operations.
        public enum Source {
            /// Element (r, c) of an earlier step's result.
            case result(Int)
            /// Element (r, c) of a matrix of the chain's shape.
            case whole(Floats)
            /// Element c of a row.
            case row(Floats)
            /// Element r of a column.
            case column(Floats)
            case number(Floats)
        }

        public struct Step {
            public var operation: Operation
            public var a: Source
            /// Of binary operations and the way back through activations.
            public var b: Source?
            /// Where the result goes; nil where later steps alone see it. May be a whole operand that no later step reads.
            public var y: Floats?

            public init(_ operation: Operation, _ a: Source, _ b: Source? = nil, y: Floats? = nil) {
                (self.operation, self.a, self.b, self.y) = (operation, a, b, y)
            }
        }

        /// As many as C takes: their descriptions fit into the 1 KiB of stack that a call may have for them.
        public static let mostSteps = 12

        public var rows, columns: Int
        /// At most `mostSteps`; the last one has a y.
        public var steps: [Step]

        public init(rows: Int, columns: Int, steps: [Step]) {
            (self.rows, self.columns, self.steps) = (rows, columns, steps)
        }

        var count: Int { rows * columns }
    }
}

extension KernelCall.Chain {
    var outputs: [Operand] { steps.compactMap { $0.y.map { .vector($0, count) } } }

    /// Each operand once, however many steps read it.
    var inputs: [Operand] {
        var seen: Set<UnsafeMutableRawPointer> = []
        return steps.flatMap { [$0.a, $0.b] }.compactMap { $0.flatMap(operand) }
            .filter { seen.insert($0.pointer).inserted }
    }

    private func operand(_ source: Source) -> Operand? {
        switch source {
        case .result: nil
        case .whole(let floats): .vector(floats, count)
        case .row(let floats): .vector(floats, columns)
        case .column(let floats): .vector(floats, rows)
        case .number(let floats): .vector(floats, 1)
        }
    }

    /// As of the calls that the steps stand for.
    var flops: Int {
        steps.reduce(0) { sum, step in
            switch step.operation {
            case .affine, .activationBackward: sum + 2 * count
            case .unary, .binary, .activation, .dropout: sum + count
            }
        }
    }
}
