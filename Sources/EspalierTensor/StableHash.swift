/// The 64-bit FNV-1a hash (Fowler, Noll, Vo) of the string's UTF-8: the same in every run and on every platform, unlike
/// `Hasher`.
public func stableHash(_ string: String) -> UInt64 { string.utf8.reduce(FNV.basis, FNV.step) }

/// The same hash from a seed and of several parts, with a mixing step at the end, so that the high bits are as good as
/// the low ones.
package struct SeededHash: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = FNV.basis ^ Self.mixed(seed) }

    package mutating func combine(_ byte: UInt8) { state = FNV.step(state, byte) }

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

private enum FNV {
    static let basis: UInt64 = 0xCBF2_9CE4_8422_2325

    static func step(_ state: UInt64, _ byte: UInt8) -> UInt64 { (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
}
