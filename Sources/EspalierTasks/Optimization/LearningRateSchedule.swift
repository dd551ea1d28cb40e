/// How the learning rate changes over a run, as a value that can be stored in a recipe.
///
/// Computed by additions and multiplications only, so every machine gets the same bits.
public enum LearningRateSchedule: Sendable, Codable, Equatable {
    /// The base rate in every step.
    case constant
    /// Half a cosine from the base rate in the first step down to `finalFraction` of it in the last.
    /// I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017.
    case cosine(finalFraction: Double)
    /// The rate is multiplied by `factor` after every `every` steps (fewer than 1 counts as 1).
    case stepDecay(factor: Double, every: Int)
    /// A line from base / `steps` in the first step to the base rate in step `steps`, counted from 1;
    /// then another schedule over the steps that are left.
    indirect case warmUp(steps: Int, then: LearningRateSchedule)

    /// The rate of one optimizer step.
    ///
    /// - Parameters:
    ///   - base: the optimizer's own rate.
    ///   - step: 0 for the first step; one outside the run counts as the nearest inside.
    ///   - totalSteps: steps in the whole run.
    public func rate(base: Double, step: Int, totalSteps: Int) -> Double {
        let step = max(0, min(step, totalSteps - 1))
        switch self {
        case .constant:
            return base
        case .cosine(let finalFraction):
            if totalSteps <= 1 { return base }
            let progress = Double(step) / Double(totalSteps - 1)
            return base * (finalFraction + (1 - finalFraction) * (1 + cosineOfHalfTurns(progress)) / 2)
        case .stepDecay(let factor, let every):
            return base * power(factor, step / max(1, every))
        case .warmUp(let steps, let next):
            if step < steps { return base * Double(step + 1) / Double(steps) }
            let warmUp = max(0, steps)
            return next.rate(base: base, step: step - warmUp, totalSteps: totalSteps - warmUp)
        }
    }
}

/// cos(πx) for x in 0...1, as the sine of π(1/2 - x) by its power series.
///
/// The C library's cosine takes fused multiply-adds where the processor has them and may differ in
/// the last bit; this does not. The first omitted term is below 2⁻⁶⁰.
private func cosineOfHalfTurns(_ x: Double) -> Double {
    let angle = Double.pi * (0.5 - x)
    var term = angle
    var sum = angle
    for order in stride(from: 2.0, through: 20, by: 2) {
        term *= -angle * angle / (order * (order + 1))
        sum += term
    }
    return min(1, max(-1, sum))
}

/// `base` to a whole power, by repeated squaring: the same bits everywhere, like the cosine.
private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var remaining = exponent
    while remaining > 0 {
        if remaining % 2 == 1 { result *= square }
        square *= square
        remaining /= 2
    }
    return result
}
