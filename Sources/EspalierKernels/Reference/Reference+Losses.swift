extension KernelCall.CrossEntropy {
    /// loss_r = m_r · Σ_j q_j w_j (-log p_j),  dloss_r/dx_j = m_r · (p_j Σ_i q_i w_i - q_j w_j),  p = softmax(x_r),
    /// q the smoothed target distribution, m_r 0 for rows that do not count.
    func evaluate(kernel: String) throws(KernelError) -> [[Bounded]] {
        try evaluate(kernel: kernel) { logits.row($0, classes) }
    }

    /// The same of logits that are only asked for where a row counts.
    func evaluate(kernel: String, logits: (Int) -> [Bounded]) throws(KernelError) -> [[Bounded]] {
        try checkTargets(kernel: kernel)
        let counted = (0..<rows).map(weight)
        let losses = (0..<rows).map { row in
            counted[row].value == 0
                ? (loss: 0, gradient: Array(repeating: 0, count: classes))
                : rowLoss(row, of: logits(row), weight: mask(row))
        }
        return result.reduce(
            losses: losses.map(\.loss), gradients: losses.map(\.gradient), denominator: .sum(counted))
    }

    private func checkTargets(kernel: String) throws(KernelError) {
        guard case .classes(let targets, let ignore) = targets else { return }
        for row in 0..<rows where targets[row] != ignore && !(0..<Int32(classes) ~= targets[row]) {
            throw .indexOutOfRange(kernel: kernel, position: row, index: Int(targets[row]))
        }
    }

    private func classWeight(_ index: Int) -> Bounded { classWeights.map { Bounded($0[index]) } ?? 1 }

    /// What a row adds to the mean's denominator; 0 for a row that does not count.
    private func weight(ofRow row: Int) -> Bounded {
        switch targets {
        case .classes(let targets, let ignore): targets[row] == ignore ? 0 : classWeight(Int(targets[row]))
        case .distributions(_, let rowMask): rowMask.map { Bounded($0[row]) } ?? 1
        }
    }

    private func mask(_ row: Int) -> Bounded {
        guard case .distributions(_, let rowMask?) = targets else { return 1 }
        return Bounded(rowMask[row])
    }

    private func smoothedTarget(_ row: Int, _ index: Int) -> Bounded {
        let hard: Bounded =
            switch targets {
            case .classes(let targets, _): targets[row] == Int32(index) ? 1 : 0
            case .distributions(let probabilities, _): probabilities[row, index]
            }
        if labelSmoothing == 0 { return hard }
        let smoothing = Bounded(labelSmoothing)
        return (1 - smoothing) * hard + smoothing / Bounded(Double(classes))
    }

    private func rowLoss(_ row: Int, of x: [Bounded], weight: Bounded) -> (loss: Bounded, gradient: [Bounded]) {
        let (p, logarithms) = (softmax(x), logSoftmax(x))
        let q = (0..<classes).map { smoothedTarget(row, $0) * classWeight($0) }
        let terms = (0..<classes).filter { q[$0].value != 0 }.map { q[$0] * -logarithms[$0] }
        let total = Bounded.sum(q)
        let gradient = (0..<classes).map { weight * (p[$0] * total - q[$0]) }
        return (weight * .sum(terms), gradient)
    }
}

extension KernelCall.SigmoidCrossEntropy {
    /// max(x, 0) - x · t + log(1 + exp(-|x|)), its derivative σ(x) - t.
    func evaluate() -> [[Bounded]] {
        elementwiseLoss(result, mask: mask) { row, column in
            let (x, t) = (logits[row, column], targets[row, column])
            let loss = Bounded.maximum(x, 0) - x * t + .log1p(.exp(-Bounded.absolute(x)))
            return (loss, ActivationKind.sigmoid.value(at: x) - t)
        }
    }
}

extension KernelCall.RegressionLoss {
    /// With d = prediction - target: d², |d|, or Huber's d²/2 up to delta and delta · (|d| - delta/2) beyond.
    func evaluate() -> [[Bounded]] {
        elementwiseLoss(result, mask: mask) { row, column in
            let d = prediction[row, column] - target[row, column]
            let sign: Bounded = d.value > 0 ? 1 : d.value < 0 ? -1 : Bounded(d.value)
            switch kind {
            case .squared: return (d * d, 2 * d)
            case .absolute: return (.absolute(d), sign)
            case .huber:
                let delta = Bounded(delta)
                if abs(d.value) > delta.value {
                    return (delta * (.absolute(d) - delta / 2), delta * sign)
                }
                return (d * d / 2, d)
            }
        }
    }
}

/// Losses that are a sum over elements, each times its mask. Where the mask is 0 the element is not looked at.
private func elementwiseLoss(
    _ result: LossResult, mask: Matrix?, element: (Int, Int) -> (loss: Bounded, slope: Bounded)
) -> [[Bounded]] {
    var losses: [Bounded] = []
    var gradients: [[Bounded]] = []
    var weights: [Bounded] = []
    for row in 0..<result.rows {
        let elements = (0..<result.columns).map { column -> (weight: Bounded, loss: Bounded, slope: Bounded) in
            let weight = mask?[row, column] ?? 1
            if weight.value == 0 { return (0, 0, 0) }
            let (loss, slope) = element(row, column)
            return (weight, weight * loss, weight * slope)
        }
        losses.append(.sum(elements.map(\.loss)))
        gradients.append(elements.map(\.slope))
        weights += elements.map(\.weight)
    }
    return result.reduce(losses: losses, gradients: gradients, denominator: .sum(weights))
}

extension LossResult {
    /// One loss from those of the rows, and the gradients times the cotangent; in the order of `outputs`.
    /// A mean over nothing is 0, or NaN if that is wanted, with zero gradients.
    func reduce(losses: [Bounded], gradients: [[Bounded]], denominator: Bounded) -> [[Bounded]] {
        let divide: (Bounded) -> Bounded = { value in
            guard reduction.isMean else { return value }
            return denominator.value == 0 ? 0 : value / denominator
        }
        let isNaN = reduction == .meanOrNaN && denominator.value == 0
        var outputs: [[Bounded]] = []
        if loss != nil {
            outputs.append(reduction == .none ? losses : isNaN ? [Bounded(Double.nan)] : [divide(.sum(losses))])
        }
        if gradient != nil {
            outputs.append(
                gradients.enumerated().flatMap { row, gradient -> [Bounded] in
                    let factor = cotangent.map { Bounded($0[reduction == .none ? row : 0]) } ?? 1
                    return gradient.map { divide($0 * factor) }
                })
        }
        return outputs
    }
}
