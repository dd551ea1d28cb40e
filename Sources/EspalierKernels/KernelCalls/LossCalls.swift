/// How the losses of rows become one.
public enum Reduction: Int, Sendable, CaseIterable, Codable {
    /// The mean over what counts; 0 where nothing does, so that a task without labels in a batch adds nothing.
    case mean = 0
    case sum
    /// A loss for every row.
    case none
    /// The mean over what counts; NaN where nothing does, as in PyTorch. The gradient is 0 there all the same.
    case meanOrNaN

    /// Whether it divides by what counts.
    var isMean: Bool { self == .mean || self == .meanOrNaN }
}

public enum RegressionLossKind: Int, Sendable, CaseIterable, Codable { case squared = 0, absolute, huber }

extension KernelCall {
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
}
