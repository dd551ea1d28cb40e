import EspalierKernels
import EspalierTensor

extension Graph {
    /// What a node computes: one case an operation. Each operation's file holds its shape rule, its gradient rule, its
    /// kernel call and its documentation; a case without them does not compile.
    public enum Operation {
        case input(Input)
        case parameter(Parameter)
        case constant(Constant)
        case matmul(MatMul)
        case binary(Binary)
        case unary(Unary)
        case affine(Affine)
        case activation(Activation)
        case activationGradient(ActivationGradient)
        case sum(Sum)
        case broadcast(Broadcast)
        case reshape(Reshape)
        case stopGradient(StopGradient)
        case concatenate(Concatenate)
        case slice(Slice)
        case pad(Pad)
        case softmax(Softmax)
        case softmaxGradient(SoftmaxGradient)
        case loss(Loss)
        case lossGradient(LossGradient)
        case embedding(Embedding)
        case embeddingGradient(EmbeddingGradient)
        case embeddingBag(EmbeddingBag)
        case embeddingBagGradient(EmbeddingBagGradient)
        case layerNormalization(LayerNormalization)
        case layerNormalizationGradient(LayerNormalizationGradient)
        case layerNormalizationGainGradient(LayerNormalizationGainGradient)
        case dropout(Dropout)
        case custom(Custom)

        var rule: any OperationRule {
            switch self {
            case .input(let rule): rule
            case .parameter(let rule): rule
            case .constant(let rule): rule
            case .matmul(let rule): rule
            case .binary(let rule): rule
            case .unary(let rule): rule
            case .affine(let rule): rule
            case .activation(let rule): rule
            case .activationGradient(let rule): rule
            case .sum(let rule): rule
            case .broadcast(let rule): rule
            case .reshape(let rule): rule
            case .stopGradient(let rule): rule
            case .concatenate(let rule): rule
            case .slice(let rule): rule
            case .pad(let rule): rule
            case .softmax(let rule): rule
            case .softmaxGradient(let rule): rule
            case .loss(let rule): rule
            case .lossGradient(let rule): rule
            case .embedding(let rule): rule
            case .embeddingGradient(let rule): rule
            case .embeddingBag(let rule): rule
            case .embeddingBagGradient(let rule): rule
            case .layerNormalization(let rule): rule
            case .layerNormalizationGradient(let rule): rule
            case .layerNormalizationGainGradient(let rule): rule
            case .dropout(let rule): rule
            case .custom(let rule): rule
            }
        }
    }
}

/// The rules every operation has.
protocol OperationRule {
    /// As listings, errors and messages call it.
    var name: String { get }

    /// What else the listing shows in parentheses.
    var attributes: String { get }

    /// The result's shape, or what is wrong with the operands'.
    func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape

    /// A cotangent for every operand, nil where none is needed or the derivative is zero everywhere.
    func gradient(at site: GradientSite) throws(GraphError) -> [Value?]

    /// The kernel calls that compute the result.
    func kernels(at site: KernelSite) -> [KernelCall]

    /// The result is the first operand's memory under another shape: nothing is computed.
    var isAlias: Bool { get }

    /// False where the derivative is zero by every operand: the result then counts as independent of them.
    var passesGradient: Bool { get }

    /// Operands that are int32; the others are float32. An alias takes either.
    var indexOperands: Range<Int> { get }

    /// Operands that the kernel may write its result over, where they have its shape and nobody else reads them.
    var overwritable: Range<Int> { get }
}

extension OperationRule {
    var attributes: String { "" }
    var isAlias: Bool { false }
    var passesGradient: Bool { true }
    var indexOperands: Range<Int> { 0..<0 }
    var overwritable: Range<Int> { 0..<0 }
}

/// Where a gradient rule is applied.
struct GradientSite {
    let output: Value
    let cotangent: Value
    /// Which operands the gradient is needed for.
    let needed: [Bool]

    var graph: Graph { output.graph }
    var inputs: [Value] { output.node.inputs.map { Value(graph: graph, id: $0) } }

    /// The rule's answer where it has none.
    func notDifferentiable(_ hint: String) -> GraphError {
        .notDifferentiable(operation: output.node.operation.rule.name, path: output.node.path, hint: hint)
    }
}

/// Where an operation is turned into kernel calls: its operands in memory.
struct KernelSite {
    let inputs: [Operand]
    let output: Operand
    let randomness: Randomness
}

/// What dropout draws from: a seed, and a counter of runs that the program keeps.
struct Randomness {
    let seed: UInt64
    let step: UnsafePointer<UInt64>
}

/// A value in memory. Kernels see every shape as a matrix: the last dimension is a row's length.
struct Operand {
    let pointer: UnsafeMutableRawPointer
    let shape: Shape

    var floats: Floats { pointer.assumingMemoryBound(to: Float.self) }
    var indices: Indices { pointer.assumingMemoryBound(to: Int32.self) }
    /// A leading dimension is at least 1, also of a matrix without columns.
    var matrix: Matrix { Matrix(floats, leadingDimension: max(shape.columns, 1)) }
    var count: Int { shape.count }
    var rows: Int { shape.rows }
    var columns: Int { shape.columns }
}

extension Shape {
    /// The number of rows when the shape is seen as a matrix; 1 for vectors and scalars.
    var rows: Int { count(of: 0..<max(0, rank - 1)) }
    /// A row's length when the shape is seen as a matrix; 1 for scalars.
    var columns: Int { rank == 0 ? 1 : dimensions[rank - 1] }
}
