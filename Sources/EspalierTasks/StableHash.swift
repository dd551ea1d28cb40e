/// A 64-bit hash that is the same in every run and on every machine, unlike `Hasher`: FNV-1a (Fowler, Noll, Vo)
/// with a mixing step at the end, so that the high bits are as good as the low ones.
package struct StableHash: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = 0xCBF2_9CE4_8422_2325 ^ Self.mixed(seed) }

    package mutating func combine(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

    package mutating func combine(_ bytes: ArraySlice<UInt8>) { for byte in bytes { combine(byte) } }

    package mutating func combine(_ number: UInt64) { state = Self.mixed(state ^ number) }

    package var value: UInt64 { Self.mixed(state) }

    /// A bijection in which every input bit reaches every output bit.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var bits = number
        bits = (bits ^ (bits >> 32)) &* 0xD6E8_FEB8_6659_FD93
        bits = (bits ^ (bits >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return bits ^ (bits >> 32)
    }
}
