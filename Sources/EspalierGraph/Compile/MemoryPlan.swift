/// A value that lives in the arena: its size and the units between which it must be kept.
struct Lifetime {
    let value: Int
    let byteCount: Int
    let first: Int
    var last: Int

    func meets(_ other: Lifetime) -> Bool { first <= other.last && other.first <= last }
}

/// Where each value lies in one arena. Values whose lifetimes do not meet share memory.
struct MemoryPlan {
    private(set) var offsets: [Int: Int] = [:]
    private(set) var byteCount = 0

    private static let alignment = 64

    /// - Parameter reuse: false gives every value a place of its own (to test that sharing changes nothing).
    init(_ lifetimes: [Lifetime], reuse: Bool) {
        // The largest first, each at the lowest place free for as long as it lives.
        let bySize = lifetimes.sorted { ($0.byteCount, $1.value) > ($1.byteCount, $0.value) }
        var placed: [(lifetime: Lifetime, range: Range<Int>)] = []  // by where the range starts
        for lifetime in bySize {
            let size = (lifetime.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            var offset = 0
            for rival in placed where !reuse || rival.lifetime.meets(lifetime) {
                if offset + size <= rival.range.lowerBound { break }
                offset = max(offset, rival.range.upperBound)
            }
            let position = placed.firstIndex { $0.range.lowerBound > offset } ?? placed.count
            placed.insert((lifetime, offset..<offset + size), at: position)
            offsets[lifetime.value] = offset
            byteCount = max(byteCount, offset + size)
        }
    }
}
