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
        case firstUses(FirstUses)
        case layerNormalization(LayerNormalization)
        case layerNormalizationGradient(LayerNormalizationGradient)
        case layerNormalizationGainGradient(LayerNormalizationGainGradient)
        case dropout(Dropout)
        case custom(Custom)
        case lane(Lane)
        case stack(Stack)
        case combine(Combine)
        case gram(Gram)
        case accumulate(Accumulate)

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
            case .firstUses(let rule): rule
            case .layerNormalization(let rule): rule
            case .layerNormalizationGradient(let rule): rule
            case .layerNormalizationGainGradient(let rule): rule
            case .dropout(let rule): rule
            case .custom(let rule): rule
            case .lane(let rule): rule
            case .stack(let rule): rule
            case .combine(let rule): rule
            case .gram(let rule): rule
            case .accumulate(let rule): rule
            }
        }
    }
}

/// The rules every operation has.
protocol OperationRule: Lowered {
    /// As listings, errors and messages call it.
    var name: String { get }

    /// What else the listing shows in parentheses.
    var attributes: String { get }

    /// The result's shape, or what is wrong with the operands'.
    func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape

    /// How many lanes the result has, or what is wrong with the operands'. Commonly as many as the operands that have
    /// several; operands of one lane serve them all.
    func lanes(of inputs: [Int]) throws(ShapeMistake) -> Int

    /// A cotangent for every operand, nil where none is needed or the derivative is zero everywhere.
    ///
    /// The rule is written for one cotangent and holds for several: what it draws on a cotangent of several lanes has
    /// as many, each lane with the bits it would have alone.
    func gradient(at site: GradientSite) throws(GraphError) -> [Value?]

    /// Operands that the kernel may write its result over, where they have its shape and nobody else reads them.
    func overwritable(of inputs: [Graph.Node]) -> Range<Int>

    /// Floats that the kernel calls need to work in.
    ///
    /// - Parameter inPlace: whether the result is written over an operand.
    func scratchCount(for inputs: [Graph.Node], inPlace: Bool) -> Int

    /// The result is the first operand's memory under another shape: nothing is computed.
    var isAlias: Bool { get }

    /// False where the derivative is zero by every operand: the result then counts as independent of them.
    var passesGradient: Bool { get }

    /// Operands that are int32; the others are float32. An alias takes either.
    var indexOperands: Range<Int> { get }
}

extension OperationRule {
    var attributes: String { "" }
    var isAlias: Bool { false }
    var passesGradient: Bool { true }
    var indexOperands: Range<Int> { 0..<0 }
    func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<0 }
    func foldsLanes(at site: KernelSite) -> Bool { false }
    var splitsRows: Bool { false }
    func scratchCount(for inputs: [Graph.Node], inPlace: Bool) -> Int { 0 }

    func lanes(of inputs: [Int]) throws(ShapeMistake) -> Int {
        let lanes = inputs.max() ?? 1
        guard inputs.allSatisfy({ $0 == 1 || $0 == lanes }) else { throw ShapeMistake("their lanes differ in number") }
        return lanes
    }
}

/// Where a gradient rule is applied.
struct GradientSite {
    /// The operation's operands and its result, or what has their values on the way back.
    let inputs: [Value]
    let output: Value
    let cotangent: Value
    /// Which operands the gradient is needed for.
    let needed: [Bool]

    var graph: Graph { output.graph }

    /// The rule's answer where it has none.
    func notDifferentiable(_ hint: String) -> GraphError {
        .notDifferentiable(operation: output.node.operation.rule.name, path: output.node.path, hint: hint)
    }
}
