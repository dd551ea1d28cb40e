import EspalierTensor

/// How a parameter starts. Numbers depend on the seed and the parameter's name alone.
public enum Initializer: Sendable, Equatable {
    case zeros
    case ones
    case constant(Float)
    /// Uniform in ±limit.
    case uniform(limit: Float)
    case normal(deviation: Float)
    /// Uniform in ±sqrt(6 / (rows + columns)) (Glorot and Bengio 2010), for tanh, sigmoid and linear layers.
    case glorotUniform
    /// Uniform in ±sqrt(6 / rows), rows being what is summed over (He et al. 2015), for ReLU and its kin.
    case heUniform

    func fill(_ elements: UnsafeMutableBufferPointer<Float>, shape: Shape, seed: UInt64, name: String) {
        var random = CounterRandom(seed: seed, name: name)
        func uniform(_ limit: Float) {
            for index in elements.indices { elements[index] = (2 * random.nextUnit() - 1) * limit }
        }
        switch self {
        case .zeros: elements.update(repeating: 0)
        case .ones: elements.update(repeating: 1)
        case .constant(let value): elements.update(repeating: value)
        case .uniform(let limit): uniform(limit)
        case .normal(let deviation):
            for index in elements.indices { elements[index] = random.normal(deviation: deviation) }
        case .glorotUniform: uniform((6 / Float(max(shape.rows + shape.columns, 1))).squareRoot())
        case .heUniform: uniform((6 / Float(max(shape.rows, 1))).squareRoot())
        }
    }
}
