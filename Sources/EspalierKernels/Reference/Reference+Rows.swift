extension KernelCall.Softmax {
    /// exp(x - max) / Σ exp(x - max), or (x - max) - log Σ exp(x - max), row by row.
    func evaluate() -> [Bounded] {
        (0..<rows).flatMap { row -> [Bounded] in
            let x = x.row(row, columns)
            return logarithm ? logSoftmax(x) : softmax(x)
        }
    }
}

func softmax(_ x: [Bounded]) -> [Bounded] {
    let largest = Bounded.maximum(x)
    let powers = x.map { Bounded.exp($0 - largest) }
    let sum = Bounded.sum(powers)
    return powers.map { $0 / sum }
}

func logSoftmax(_ x: [Bounded]) -> [Bounded] {
    let largest = Bounded.maximum(x)
    let logarithm = Bounded.log(.sum(x.map { .exp($0 - largest) }))
    return x.map { ($0 - largest) - logarithm }
}

extension KernelCall.SoftmaxBackward {
    /// dx = y · (dy - Σ y · dy), or dx = dy - exp(y) · Σ dy.
    func evaluate() -> [Bounded] {
        (0..<rows).flatMap { row -> [Bounded] in
            let (y, dy) = (y.row(row, columns), dy.row(row, columns))
            if logarithm {
                let sum = Bounded.sum(dy)
                return zip(y, dy).map { y, dy in dy - .exp(y) * sum }
            }
            let sum = Bounded.sum(zip(y, dy).map { $0 * $1 })
            return zip(y, dy).map { y, dy in y * (dy - sum) }
        }
    }
}

/// A row less its mean, over its standard deviation.
private struct Normalized {
    var elements: [Bounded]
    /// sqrt(variance + epsilon)
    var deviation: Bounded

    init(_ x: [Bounded], epsilon: Float) {
        let count = Bounded(Double(x.count))
        let mean = Bounded.sum(x) / count
        let centred = x.map { $0 - mean }
        let variance = Bounded.sum(centred.map { $0 * $0 }) / count
        let deviation = Bounded.squareRoot(variance + Bounded(epsilon))
        elements = centred.map { $0 / deviation }
        self.deviation = deviation
    }
}

extension KernelCall.LayerNormalization {
    /// y = gain · x̂ + bias
    func evaluate() -> [Bounded] {
        (0..<rows).flatMap { row -> [Bounded] in
            let normalized = Normalized(x.row(row, columns), epsilon: epsilon)
            return (0..<columns).map { column in
                var y = normalized.elements[column]
                if let gain { y = y * Bounded(gain[column]) }
                if let bias { y = y + Bounded(bias[column]) }
                return y
            }
        }
    }
}

extension KernelCall.LayerNormalizationBackward {
    /// With g = gain · dy: dx = (g - mean(g) - x̂ · mean(g · x̂)) / sqrt(variance + epsilon).
    func evaluate() -> [Bounded] {
        (0..<rows).flatMap { row -> [Bounded] in
            let normalized = Normalized(x.row(row, columns), epsilon: epsilon)
            let count = Bounded(Double(columns))
            let g = (0..<columns).map { column in
                gain.map { Bounded($0[column]) * dy[row, column] } ?? dy[row, column]
            }
            let mean = Bounded.sum(g) / count
            let slope = Bounded.sum(zip(g, normalized.elements).map { $0 * $1 }) / count
            return zip(g, normalized.elements).map { g, x in (g - mean - x * slope) / normalized.deviation }
        }
    }
}

extension KernelCall.LayerNormalizationGain {
    /// dgain[c] = Σ_r dy[r,c] · x̂[r,c]
    func evaluate() -> [Bounded] {
        let normalized = (0..<rows).map { Normalized(x.row($0, columns), epsilon: epsilon).elements }
        return (0..<columns).map { column in
            Bounded.sum((0..<rows).map { dy[$0, column] * normalized[$0][column] })
        }
    }
}
