/// A value that lives in the arena: its size and the units between which it must be kept.
struct Lifetime {
    let value: Int
    let byteCount: Int
    let first: Int
    var last: Int
}

/// Where each value lies in one arena. Values whose lifetimes do not meet share memory.
struct MemoryPlan {
    private(set) var offsets: [Int: Int] = [:]
    private(set) var byteCount = 0

    private static let alignment = 64

    /// - Parameter reuse: false gives every value a place of its own (to test that sharing changes nothing).
    init(_ lifetimes: [Lifetime], reuse: Bool) {
        // The largest first, each at the lowest place free for as long as it lives.
        var placed: [(lifetime: Lifetime, offset: Int)] = []
        let bySize = lifetimes.sorted { ($0.byteCount, $1.value) > ($1.byteCount, $0.value) }
        for lifetime in bySize {
            let size = (lifetime.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            let rivals = placed.filter {
                !reuse || ($0.lifetime.first <= lifetime.last && lifetime.first <= $0.lifetime.last)
            }.sorted { $0.offset < $1.offset }
            var offset = 0
            for rival in rivals {
                if offset + size <= rival.offset { break }
                let end =
                    rival.offset + (rival.lifetime.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
                offset = max(offset, end)
            }
            placed.append((lifetime, offset))
            offsets[lifetime.value] = offset
            byteCount = max(byteCount, offset + size)
        }
    }
}
