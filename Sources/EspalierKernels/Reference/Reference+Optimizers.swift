import Foundation

extension KernelCall.SGD {
    /// g' = gradientScale · g + weightDecay · p;  v = momentum · v + g';
    /// p -= learningRate · (nesterov ? g' + momentum · v : v).
    func evaluate() -> [[Bounded]] {
        let momentum = Bounded(momentum)
        var outputs: (parameters: [Bounded], velocity: [Bounded]) = ([], [])
        for index in 0..<count {
            let p = Bounded(parameters[index])
            let g = Bounded(gradientScale) * Bounded(gradients[index]) + Bounded(weightDecay) * p
            let v = velocity.map { momentum * Bounded($0[index]) + g } ?? g
            let step = nesterov ? g + momentum * v : v
            outputs.parameters.append(p - Bounded(learningRate) * step)
            outputs.velocity.append(v)
        }
        return velocity == nil ? [outputs.parameters] : [outputs.parameters, outputs.velocity]
    }
}

extension KernelCall.Adam {
    /// m = β1 m + (1 - β1) g;  v = β2 v + (1 - β2) g²;  p -= learningRate · m̂ / (sqrt(v̂) + epsilon), where
    /// m̂ = m / (1 - β1^step) and v̂ = v / (1 - β2^step). Weight decay joins the gradient, or with `decoupled` shrinks
    /// the parameters by 1 - learningRate · weightDecay first.
    func evaluate() -> [[Bounded]] {
        let (beta1, beta2) = (Bounded(beta1), Bounded(beta2))
        let correction1 = Bounded(1 - pow(beta1.value, Double(step)), inherited: 0)
        let correction2 = Bounded(1 - pow(beta2.value, Double(step)), inherited: 0)
        let (rate, decay) = (Bounded(learningRate), Bounded(weightDecay))
        var outputs: [[Bounded]] = [[], [], []]
        for index in 0..<count {
            var p = Bounded(parameters[index])
            var g = Bounded(gradientScale) * Bounded(gradients[index])
            if decoupled { p = (1 - rate * decay) * p } else { g = g + decay * p }
            let m = beta1 * Bounded(firstMoment[index]) + (1 - beta1) * g
            let v = beta2 * Bounded(secondMoment[index]) + (1 - beta2) * (g * g)
            let direction = (m / correction1) / (.squareRoot(v / correction2) + Bounded(epsilon))
            outputs[0].append(p - rate * direction)
            outputs[1].append(m)
            outputs[2].append(v)
        }
        return outputs
    }
}
