extension KernelCall.Dropout {
    func evaluate() -> [Bounded] { (0..<count).map { mask.value(Bounded(x[$0]), at: $0, of: count) } }
}

extension KernelCall.DropoutMask {
    /// x / (1 - rate) where the element's uniform number is at least the rate, else 0.
    func value(_ x: Bounded, at index: Int, of count: Int) -> Bounded {
        let bits = philox(element: offset(count: count) &+ UInt64(index), stream: stream, seed: seed)
        let uniform = Float(bits >> 8) * 0x1p-24
        return uniform >= rate ? x / (1 - Bounded(rate)) : 0
    }
}

/// One 32-bit word of a random stream (Salmon et al. 2011, Philox 4x32 with 10 rounds): element e is word e mod 4 of
/// the block with the counter (e / 4, stream) and the key `seed`.
func philox(element: UInt64, stream: UInt64, seed: UInt64) -> UInt32 {
    let block = element / 4
    var counter = [block.low, block.high, stream.low, stream.high]
    var key = (seed.low, seed.high)
    for _ in 0..<10 {
        let first = UInt64(counter[0]) * 0xD251_1F53
        let second = UInt64(counter[2]) * 0xCD9E_8D57
        counter = [second.high ^ counter[1] ^ key.0, second.low, first.high ^ counter[3] ^ key.1, first.low]
        key.0 &+= 0x9E37_79B9
        key.1 &+= 0xBB67_AE85
    }
    return counter[Int(element % 4)]
}

extension UInt64 {
    fileprivate var low: UInt32 { UInt32(truncatingIfNeeded: self) }
    fileprivate var high: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}
