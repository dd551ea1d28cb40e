/// One call of one kernel with its operands: what a compiled program is a list of.
///
/// Calls are data, so that a program can be printed, timed call by call, and run on two backends for comparison.
/// The contracts (formulas, error bounds, special values) are those of the C headers in CKernels/include.
///
/// Indirect: a program's step then passes on one reference instead of copying some hundred bytes, 30 ns instead of 80.
public indirect enum KernelCall {
    case gemm(GEMM)
    case gemmGradient(GEMMGradient)
    case gemmSum(GEMMSum)
    case gemmBatch(GEMMBatch)
    case syrk(SYRK)
    case activation(Activation)
    case activationBackward(ActivationBackward)
    case softmax(Softmax)
    case softmaxBackward(SoftmaxBackward)
    case crossEntropy(CrossEntropy)
    case headCrossEntropy(HeadCrossEntropy)
    case sigmoidCrossEntropy(SigmoidCrossEntropy)
    case regressionLoss(RegressionLoss)
    case binary(Binary)
    case unary(Unary)
    case affine(Affine)
    case chain(Chain)
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

extension KernelCall {
    /// A user's own operation; the closure knows its operands.
    public struct Custom {
        public var name: String
        public var body: () -> Void

        public init(name: String, body: @escaping () -> Void) { (self.name, self.body) = (name, body) }
    }
}
