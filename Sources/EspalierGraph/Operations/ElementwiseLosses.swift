import EspalierKernels
import EspalierTensor

/// Sigmoid cross-entropy of logits with 0/1 targets, for several labels at once:
/// max(x, 0) - x·t + log(1 + exp(-|x|)), element by element, times the mask; a mean divides by the mask's sum.
struct SigmoidCrossEntropyLoss: LossRule {
    let hasMask: Bool
    let reduction: Reduction

    var name: String { "sigmoidCrossEntropy" }
    var attributes: String { "\(reduction)" }

    func check(_ inputs: [Shape]) throws(ShapeMistake) { try requireEqual(inputs) }

    func call(_ inputs: [Operand], cotangent: Operand?, loss: Operand?, gradient: Operand?) -> KernelCall {
        var call = KernelCall.SigmoidCrossEntropy(
            rows: inputs[0].rows, columns: inputs[0].columns, logits: inputs[0].matrix, targets: inputs[1].matrix)
        call.mask = hasMask ? inputs[2].matrix : nil
        call.reduction = reduction
        call.cotangent = cotangent?.floats
        call.loss = loss?.floats
        call.gradient = gradient?.matrix
        return .sigmoidCrossEntropy(call)
    }
}

/// Squared, absolute or Huber error of d = prediction - target, element by element, times the mask; a mean divides by
/// the mask's sum.
struct RegressionLoss: LossRule {
    let kind: RegressionLossKind
    let delta: Float
    let hasMask: Bool
    let reduction: Reduction

    var name: String { "\(kind)Error" }
    var attributes: String { "\(reduction)" + (kind == .huber ? ", delta \(delta)" : "") }

    func check(_ inputs: [Shape]) throws(ShapeMistake) { try requireEqual(inputs) }

    func call(_ inputs: [Operand], cotangent: Operand?, loss: Operand?, gradient: Operand?) -> KernelCall {
        var call = KernelCall.RegressionLoss(
            kind, rows: inputs[0].rows, columns: inputs[0].columns, prediction: inputs[0].matrix,
            target: inputs[1].matrix)
        call.delta = delta
        call.mask = hasMask ? inputs[2].matrix : nil
        call.reduction = reduction
        call.cotangent = cotangent?.floats
        call.loss = loss?.floats
        call.gradient = gradient?.matrix
        return .regressionLoss(call)
    }
}

private func requireEqual(_ shapes: [Shape]) throws(ShapeMistake) {
    guard shapes.allSatisfy({ $0 == shapes[0] }) else {
        throw ShapeMistake("predictions, targets and mask of one shape are wanted")
    }
}

extension Value {
    /// Sigmoid cross-entropy of these logits with targets of 0 and 1.
    ///
    /// - Parameter mask: of the same shape; 0 where the target is not known. A mean over nothing is 0.
    /// - Returns: a scalar, or `[rows, 1]` (sums over each row) without reduction.
    public func sigmoidCrossEntropy(_ targets: Value, mask: Value? = nil, reduction: Reduction = .mean) -> Value {
        let kind = SigmoidCrossEntropyLoss(hasMask: mask != nil, reduction: reduction)
        return graph.append(.loss(.init(kind: kind)), [self, targets] + [mask].compactMap { $0 })
    }

    /// Squared, absolute or Huber error against targets.
    ///
    /// - Parameters:
    ///   - delta: where Huber's loss turns from square to line; > 0.
    ///   - mask: of the same shape; 0 where the target is not known. A mean over nothing is 0.
    public func regressionLoss(
        _ kind: RegressionLossKind, _ targets: Value, delta: Float = 1, mask: Value? = nil, reduction: Reduction = .mean
    ) -> Value {
        require(delta > 0, "[regressionLoss] delta is \(delta); it must be positive")
        let rule = RegressionLoss(kind: kind, delta: delta, hasMask: mask != nil, reduction: reduction)
        return graph.append(.loss(.init(kind: rule)), [self, targets] + [mask].compactMap { $0 })
    }
}
