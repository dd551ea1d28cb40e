/// One call of one kernel with its operands: what a compiled program is a list of.
///
/// Calls are data, so that a program can be printed, timed call by call, and run on two backends for comparison.
/// The contracts (formulas, error bounds, special values) are those of the C headers in CKernels/include.
///
/// Indirect: a program's step then passes on one reference instead of copying some hundred bytes, 30 ns instead of 80. But
/// not what an optimizer makes anew for each step, which shall allocate nothing.
public enum KernelCall {
    indirect case gemm(GEMM)
    indirect case gemmGradient(GEMMGradient)
    indirect case gemmSiblings(GEMMSiblings)
    indirect case gemmBatch(GEMMBatch)
    indirect case syrk(SYRK)
    indirect case activation(Activation)
    indirect case activationBackward(ActivationBackward)
    indirect case softmax(Softmax)
    indirect case softmaxBackward(SoftmaxBackward)
    indirect case crossEntropy(CrossEntropy)
    indirect case headCrossEntropy(HeadCrossEntropy)
    indirect case sigmoidCrossEntropy(SigmoidCrossEntropy)
    indirect case regressionLoss(RegressionLoss)
    indirect case binary(Binary)
    indirect case unary(Unary)
    indirect case affine(Affine)
    indirect case chain(Chain)
    indirect case copy(Copy)
    indirect case fill(Fill)
    indirect case columnSums(ColumnSums)
    indirect case rowSums(RowSums)
    case squaredNorm(SquaredNorm)
    indirect case embedding(Embedding)
    indirect case embeddingBackward(EmbeddingBackward)
    indirect case embeddingBag(EmbeddingBag)
    indirect case embeddingBagBackward(EmbeddingBagBackward)
    indirect case layerNormalization(LayerNormalization)
    indirect case layerNormalizationBackward(LayerNormalizationBackward)
    indirect case layerNormalizationGain(LayerNormalizationGain)
    indirect case dropout(Dropout)
    case sgd(SGD)
    case adam(Adam)
    indirect case custom(Custom)
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
