/// Random numbers from a counter: word `n` depends on the seed, the stream and `n` alone.
///
/// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), numbered as in `ck_random.h`:
/// word `n` is word `n % 4` of the block with counter (n / 4 low, n / 4 high, stream low, stream high) and key
/// (seed low, seed high). All draws give the same bits on every platform; of the standard library's `random(in:using:)`
/// and `shuffled(using:)` no version promises that, so use the methods here.
public struct CounterRandom: RandomNumberGenerator, Sendable {
    public let seed: UInt64
    public let stream: UInt64
    /// The number of the next word.
    public private(set) var position: UInt64 = 0
    /// The block that holds the word before `position`, if that is not the block's last.
    private var block: SIMD4<UInt32> = .zero

    public init(seed: UInt64, stream: UInt64) {
        self.seed = seed
        self.stream = stream
    }

    /// The stream of a name: `trunk.0.weight`.
    public init(seed: UInt64, name: String) { self.init(seed: seed, stream: stableHash(name)) }

    public mutating func nextWord() -> UInt32 {
        let lane = Int(position % 4)
        if lane == 0 { block = philox(block: position / 4, stream: stream, seed: seed) }
        position += 1
        return block[lane]
    }

    /// Two words, the lower half first.
    public mutating func next() -> UInt64 {
        let low = nextWord()
        return UInt64(nextWord()) << 32 | UInt64(low)
    }

    /// Every index with the same probability (Lemire 2019, "Fast random integer generation in an interval").
    /// - Parameter count: at least 1.
    public mutating func index(below count: Int) -> Int {
        precondition(count > 0, "[random] an index below \(count)")
        let range = UInt64(count)
        var product = range.multipliedFullWidth(by: next())
        // Below 2^64 % count, which is below count, a result would come once too often.
        if product.low < range {
            let threshold = (0 &- range) % range
            while product.low < threshold { product = range.multipliedFullWidth(by: next()) }
        }
        return Int(product.high)
    }

    /// The indices 0 to `count` - 1 in random order (Fisher and Yates).
    public mutating func shuffledIndices(count: Int) -> [Int] {
        var indices = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { indices.swapAt(last, index(below: last + 1)) }
        return indices
    }

    /// A multiple of 2^-24 in [0, 1).
    public mutating func nextUnit() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

    /// A number in `range`, from one word, with the bits of `ck_random_uniform_f32`; the lower bound if the range is
    /// empty.
    public mutating func uniform(in range: Range<Float>) -> Float {
        let (low, high, unit) = (range.lowerBound, range.upperBound, nextUnit())
        // (1 - unit) low + unit high: the width of the range may overflow. The sum can round up to the bound.
        let value = low.addingProduct(-unit, low).addingProduct(unit, high)
        return max(low, min(high.nextDown, value))
    }

    /// A normal number, from one word: the quantile of its place in [0, 1]. (`ck_random_normal_f32` makes other numbers,
    /// by another method.)
    public mutating func normal(mean: Float = 0, deviation: Float = 1) -> Float {
        let probability = (Double(nextWord()) + 0.5) * 0x1p-32
        return mean + deviation * Float(normalQuantile(probability))
    }
}

/// The four words of one block of Philox 4x32-10.
package func philox(block: UInt64, stream: UInt64, seed: UInt64) -> SIMD4<UInt32> {
    var counter = SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    var (key0, key1) = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    for _ in 0..<10 {
        let product0 = UInt64(counter[0]) * 0xD251_1F53
        let product1 = UInt64(counter[2]) * 0xCD9E_8D57
        counter = SIMD4(
            UInt32(truncatingIfNeeded: product1 >> 32) ^ counter[1] ^ key0, UInt32(truncatingIfNeeded: product1),
            UInt32(truncatingIfNeeded: product0 >> 32) ^ counter[3] ^ key1, UInt32(truncatingIfNeeded: product0))
        key0 &+= 0x9E37_79B9
        key1 &+= 0xBB67_AE85
    }
    return counter
}
