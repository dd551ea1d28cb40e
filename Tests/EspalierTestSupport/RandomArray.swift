/// Uniform numbers: the same for the same seed, on every machine.
public func randomArray(_ count: Int, seed: UInt64, in range: ClosedRange<Float> = -1...1) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
        // Knuth's linear congruential generator; its upper bits are good enough for operands.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Float(state >> 40) * 0x1p-24 * (range.upperBound - range.lowerBound)
    }
}
