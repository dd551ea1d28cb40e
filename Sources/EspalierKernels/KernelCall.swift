/// One call of one kernel with its operands: what a compiled program is a list of.
///
/// Calls are data, so that a program can be printed, timed call by call, and run on two backends for comparison.
/// The contracts (formulas, error bounds, special values) are those of the C headers in CKernels/include.
public enum KernelCall {
    case gemm(GEMM)
    case activation(Activation)
    case activationBackward(ActivationBackward)
    case softmax(Softmax)
    case softmaxBackward(SoftmaxBackward)
    case crossEntropy(CrossEntropy)
    case sigmoidCrossEntropy(SigmoidCrossEntropy)
    case regressionLoss(RegressionLoss)
    case binary(Binary)
    case unary(Unary)
    case affine(Affine)
    case copy(Copy)
    case fill(Fill)
    case columnSums(ColumnSums)
    case rowSums(RowSums)
    case squaredNorm(SquaredNorm)
    case embedding(Embedding)
    case embeddingBackward(EmbeddingBackward)
    case embeddingBag(EmbeddingBag)
    case embeddingBagBackward(EmbeddingBagBackward)
    case layerNormalization(LayerNormalization)
    case layerNormalizationBackward(LayerNormalizationBackward)
    case layerNormalizationGain(LayerNormalizationGain)
    case dropout(Dropout)
    case sgd(SGD)
    case adam(Adam)
    case custom(Custom)
}

public typealias Floats = UnsafeMutablePointer<Float>
public typealias Indices = UnsafeMutablePointer<Int32>

/// A row-major matrix operand; its extents stand in the call.
public struct Matrix {
    public var pointer: Floats
    /// Elements from one row to the next.
    public var leadingDimension: Int

    public init(_ pointer: Floats, leadingDimension: Int) {
        self.pointer = pointer
        self.leadingDimension = leadingDimension
    }
}

/// Elementwise nonlinearities. GELU is the exact form, x · Φ(x).
public enum ActivationKind: Int, Sendable, CaseIterable, Codable {
    case identity = 0, relu, gelu, silu, tanh, sigmoid
}

/// How the losses of rows become one: the mean over what counts, the sum, or a loss for every row.
public enum Reduction: Int, Sendable, CaseIterable, Codable { case mean = 0, sum, none }

public enum RegressionLossKind: Int, Sendable, CaseIterable, Codable { case squared = 0, absolute, huber }

public enum BinaryKind: Int, Sendable, CaseIterable {
    case add = 0, subtract, multiply, divide, maximum, minimum
}

public enum UnaryKind: Int, Sendable, CaseIterable {
    case negate = 0, exp, log, square, squareRoot, reciprocal, absoluteValue, sign, greaterThanZero
}

public enum BagMode: Int, Sendable, CaseIterable, Codable { case sum = 0, mean }

extension KernelCall {
    /// C = activation(alpha · op(A) · op(B) + beta · C + bias), op(A): m x k, op(B): k x n, C: m x n.
    public struct GEMM {
        public var transposeA = false
        public var transposeB = false
        public var m, n, k: Int
        public var alpha: Float = 1
        public var a, b: Matrix
        public var beta: Float = 0
        public var c: Matrix
        public var bias: Floats?
        public var activation = ActivationKind.identity

        public init(m: Int, n: Int, k: Int, a: Matrix, b: Matrix, c: Matrix) {
            (self.m, self.n, self.k, self.a, self.b, self.c) = (m, n, k, a, b, c)
        }
    }

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

    /// Softmax cross-entropy: loss, gradient, or both. One cotangent and one loss, or one a row with `.none`.
    public struct CrossEntropy {
        public enum Targets {
            /// A class for every row; `ignore` marks rows that do not count.
            case classes(Indices, ignore: Int32)
            /// A distribution for every row, and a weight for every row (nil: all 1).
            case distributions(Matrix, rowMask: Floats?)
        }

        public var rows, classes: Int
        public var logits: Matrix
        public var targets: Targets
        public var classWeights: Floats?
        public var labelSmoothing: Float = 0
        public var reduction = Reduction.mean
        public var cotangent: Floats?
        public var loss: Floats?
        public var gradient: Matrix?

        public init(rows: Int, classes: Int, logits: Matrix, targets: Targets) {
            (self.rows, self.classes, self.logits, self.targets) = (rows, classes, logits, targets)
        }
    }

    /// Sigmoid cross-entropy with 0/1 targets and an optional mask, element by element.
    public struct SigmoidCrossEntropy {
        public var rows, columns: Int
        public var logits, targets: Matrix
        public var mask: Matrix?
        public var reduction = Reduction.mean
        public var cotangent: Floats?
        public var loss: Floats?
        public var gradient: Matrix?

        public init(rows: Int, columns: Int, logits: Matrix, targets: Matrix) {
            (self.rows, self.columns, self.logits, self.targets) = (rows, columns, logits, targets)
        }
    }

    /// Squared, absolute or Huber error with an optional mask. `delta` is Huber's.
    public struct RegressionLoss {
        public var kind: RegressionLossKind
        public var delta: Float = 1
        public var rows, columns: Int
        public var prediction, target: Matrix
        public var mask: Matrix?
        public var reduction = Reduction.mean
        public var cotangent: Floats?
        public var loss: Floats?
        public var gradient: Matrix?

        public init(_ kind: RegressionLossKind, rows: Int, columns: Int, prediction: Matrix, target: Matrix) {
            (self.kind, self.rows, self.columns) = (kind, rows, columns)
            (self.prediction, self.target) = (prediction, target)
        }
    }

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

    /// y[i,:] = table[ids[i],:].
    public struct Embedding {
        public var count, vocabulary, width: Int
        public var table: Matrix
        public var ids: Indices
        public var y: Matrix

        public init(count: Int, vocabulary: Int, width: Int, table: Matrix, ids: Indices, y: Matrix) {
            (self.count, self.vocabulary, self.width) = (count, vocabulary, width)
            (self.table, self.ids, self.y) = (table, ids, y)
        }
    }

    /// dtable[ids[i],:] += dy[i,:].
    public struct EmbeddingBackward {
        public var count, vocabulary, width: Int
        public var ids: Indices
        public var dy, dtable: Matrix

        public init(count: Int, vocabulary: Int, width: Int, ids: Indices, dy: Matrix, dtable: Matrix) {
            (self.count, self.vocabulary, self.width) = (count, vocabulary, width)
            (self.ids, self.dy, self.dtable) = (ids, dy, dtable)
        }
    }

    /// Ragged ids: bag b holds ids[offsets[b] ..< offsets[b + 1]], with as many weights.
    public struct BagIndices {
        public var bags, vocabulary, width: Int
        public var mode: BagMode
        public var ids, offsets: Indices
        public var weights: Floats?

        public init(
            bags: Int, vocabulary: Int, width: Int, mode: BagMode, ids: Indices, offsets: Indices, weights: Floats?
        ) {
            (self.bags, self.vocabulary, self.width, self.mode) = (bags, vocabulary, width, mode)
            (self.ids, self.offsets, self.weights) = (ids, offsets, weights)
        }
    }

    /// y[b,:] = Σ_i weights[i] · table[ids[i],:], divided by the bag's size for `.mean`.
    public struct EmbeddingBag {
        public var indices: BagIndices
        public var table, y: Matrix

        public init(_ indices: BagIndices, table: Matrix, y: Matrix) {
            (self.indices, self.table, self.y) = (indices, table, y)
        }
    }

    /// dtable[ids[i],:] += weights[i] · dy[b,:], divided by the bag's size for `.mean`.
    public struct EmbeddingBagBackward {
        public var indices: BagIndices
        public var dy, dtable: Matrix

        public init(_ indices: BagIndices, dy: Matrix, dtable: Matrix) {
            (self.indices, self.dy, self.dtable) = (indices, dy, dtable)
        }
    }

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

    /// y[i] = x[i] / (1 - rate) or 0, by counter-based random numbers: element i of step s is number s · ⌈count/4⌉·4 + i
    /// of the stream. The same call on dy is the backward; y may be x.
    public struct Dropout {
        public var seed, stream: UInt64
        /// Read at every run, so that a compiled program draws anew at every step.
        public var step: UnsafePointer<UInt64>
        public var count: Int
        public var rate: Float
        public var x, y: Floats

        public init(
            seed: UInt64, stream: UInt64, step: UnsafePointer<UInt64>, count: Int, rate: Float, x: Floats, y: Floats
        ) {
            (self.seed, self.stream, self.step) = (seed, stream, step)
            (self.count, self.rate, self.x, self.y) = (count, rate, x, y)
        }

        /// The number of this step's first element in the stream.
        public var offset: UInt64 { step.pointee &* UInt64((count + 3) / 4 * 4) }
    }

    /// v = momentum · v + g;  p -= learningRate · v (with Nesterov: · (g + momentum · v)).
    public struct SGD {
        public var count: Int
        public var learningRate: Float
        public var momentum: Float = 0
        public var nesterov = false
        public var weightDecay: Float = 0
        public var gradientScale: Float = 1
        public var parameters, gradients: Floats
        public var velocity: Floats?

        public init(count: Int, learningRate: Float, parameters: Floats, gradients: Floats, velocity: Floats?) {
            (self.count, self.learningRate) = (count, learningRate)
            (self.parameters, self.gradients, self.velocity) = (parameters, gradients, velocity)
        }
    }

    /// Adam, or AdamW with `decoupled` weight decay. `step` is 1 at the first.
    public struct Adam {
        public var count: Int
        public var learningRate: Float
        public var beta1: Float = 0.9
        public var beta2: Float = 0.999
        public var epsilon: Float = 1e-8
        public var weightDecay: Float = 0
        public var gradientScale: Float = 1
        public var decoupled = false
        public var step: UInt64
        public var parameters, gradients, firstMoment, secondMoment: Floats

        public init(
            count: Int, learningRate: Float, step: UInt64, parameters: Floats, gradients: Floats, firstMoment: Floats,
            secondMoment: Floats
        ) {
            (self.count, self.learningRate, self.step) = (count, learningRate, step)
            (self.parameters, self.gradients) = (parameters, gradients)
            (self.firstMoment, self.secondMoment) = (firstMoment, secondMoment)
        }
    }

    /// A user's own operation; the closure knows its operands.
    public struct Custom {
        public var name: String
        public var body: () -> Void

        public init(name: String, body: @escaping () -> Void) { (self.name, self.body) = (name, body) }
    }
}
