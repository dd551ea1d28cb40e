import EspalierKernels
import EspalierTensor

/// Softmax cross-entropy of logits `[rows, classes]` with
/// - integer targets (`[rows]`, int32; -1 marks a row without a label): loss = -log softmax(x)[y], or
/// - distributions (`[rows, classes]`): loss = -Σ q log softmax(x),
/// label smoothing ε mixing the target with 1/C. A mean divides by the rows (or class weights) that count.
struct CrossEntropyLoss: LossRule {
    let soft: Bool
    let hasRowMask: Bool
    let hasClassWeights: Bool
    let labelSmoothing: Float
    let reduction: Reduction

    /// The target of a row that does not count.
    static let ignoredTarget: Int32 = -1

    var name: String { "crossEntropy" }
    var indexOperands: Range<Int> { soft ? 0..<0 : 1..<2 }
    var attributes: String { "\(reduction)" + (labelSmoothing == 0 ? "" : ", smoothing \(labelSmoothing)") }

    func check(_ inputs: [Shape]) throws(ShapeMistake) {
        let logits = inputs[0]
        guard logits.rank == 2 else { throw ShapeMistake("logits [rows, classes] are wanted") }
        let targets = inputs[1]
        guard soft ? targets == logits : targets.count == logits.rows else {
            throw ShapeMistake(soft ? "a distribution for every row is wanted" : "a target for every row is wanted")
        }
        if hasRowMask, inputs[2].count != logits.rows { throw ShapeMistake("a mask for every row is wanted") }
        if hasClassWeights, inputs.last!.count != logits.columns {
            throw ShapeMistake("a weight for every class is wanted")
        }
    }

    func call(_ inputs: [Operand], cotangent: Operand?, loss: Operand?, gradient: Operand?) -> KernelCall {
        let targets: KernelCall.CrossEntropy.Targets =
            soft
            ? .distributions(inputs[1].matrix, rowMask: hasRowMask ? inputs[2].floats : nil)
            : .classes(inputs[1].indices, ignore: Self.ignoredTarget)
        var call = KernelCall.CrossEntropy(
            rows: inputs[0].rows, classes: inputs[0].columns, logits: inputs[0].matrix, targets: targets)
        call.classWeights = hasClassWeights ? inputs.last!.floats : nil
        call.labelSmoothing = labelSmoothing
        call.reduction = reduction
        call.cotangent = cotangent?.floats
        call.loss = loss?.floats
        call.gradient = gradient?.matrix
        return .crossEntropy(call)
    }
}

private func requireSmoothing(_ smoothing: Float) {
    require(0...1 ~= smoothing, "[crossEntropy] the label smoothing is \(smoothing); it must lie in 0...1")
}

extension Value {
    /// Softmax cross-entropy of these logits `[rows, classes]` with integer targets.
    ///
    /// - Parameters:
    ///   - targets: `[rows]`, int32, in `0..<classes`, or -1 for rows that do not count.
    ///   - classWeights: `[classes]`.
    ///   - labelSmoothing: in 0...1.
    /// - Returns: a scalar, or `[rows, 1]` without reduction. A mean over no rows is 0.
    public func crossEntropy(
        _ targets: Value, classWeights: Value? = nil, labelSmoothing: Float = 0, reduction: Reduction = .mean
    ) -> Value {
        requireSmoothing(labelSmoothing)
        let kind = CrossEntropyLoss(
            soft: false, hasRowMask: false, hasClassWeights: classWeights != nil, labelSmoothing: labelSmoothing,
            reduction: reduction)
        return graph.append(.loss(.init(kind: kind)), [self, targets] + [classWeights].compactMap { $0 })
    }

    /// Softmax cross-entropy of these logits with a distribution for every row.
    ///
    /// - Parameters:
    ///   - distributions: `[rows, classes]`; rows sum to 1.
    ///   - rowMask: `[rows]`, a weight for every row; 0 for rows that do not count.
    public func crossEntropy(
        distributions: Value, rowMask: Value? = nil, classWeights: Value? = nil, labelSmoothing: Float = 0,
        reduction: Reduction = .mean
    ) -> Value {
        requireSmoothing(labelSmoothing)
        let kind = CrossEntropyLoss(
            soft: true, hasRowMask: rowMask != nil, hasClassWeights: classWeights != nil,
            labelSmoothing: labelSmoothing, reduction: reduction)
        return graph.append(
            .loss(.init(kind: kind)), [self, distributions] + [rowMask, classWeights].compactMap { $0 })
    }
}
