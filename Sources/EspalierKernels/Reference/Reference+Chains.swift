extension KernelCall.Chain {
    /// Step by step, each result rounded as if it were stored.
    func evaluate() -> [[Bounded]] {
        var results: [[Bounded]] = []
        for step in steps {
            let a = values(of: step.a, results)
            let b = step.b.map { values(of: $0, results) }
            results.append((0..<count).map { step.operation.value(a[$0], b?[$0] ?? 0, at: $0, of: count).stored })
        }
        return zip(steps, results).compactMap { step, result in step.y == nil ? nil : result }
    }

    private func values(of source: Source, _ results: [[Bounded]]) -> [Bounded] {
        switch source {
        case .result(let step): results[step]
        case .whole(let floats): floats.values(count)
        case .row(let floats): (0..<count).map { Bounded(floats[$0 % columns]) }
        case .column(let floats): (0..<count).map { Bounded(floats[$0 / columns]) }
        case .number(let floats): Array(repeating: Bounded(floats[0]), count: count)
        }
    }
}

extension KernelCall.Chain.Operation {
    fileprivate func value(_ a: Bounded, _ b: Bounded, at index: Int, of count: Int) -> Bounded {
        switch self {
        case .unary(let kind): kind.value(at: a)
        case .affine(let scale, let offset): .affine(scale, a, offset)
        case .binary(let kind): kind.value(a, b)
        case .activation(let kind): kind.value(at: a)
        case .activationBackward(let kind): b * kind.slope(at: a)
        case .dropout(let mask): mask.value(a, at: index, of: count)
        }
    }
}

extension Bounded {
    /// Rounded to Float, as memory holds it.
    fileprivate var stored: Bounded {
        var stored = correctlyRounded
        if stored.value.isFinite { stored.error = error + abs(stored.value - value) }
        return stored
    }
}
