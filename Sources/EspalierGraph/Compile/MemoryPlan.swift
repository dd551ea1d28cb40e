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
        offsets.reserveCapacity(lifetimes.count)
        let end = lifetimes.reduce(0) { max($0, $1.last + 1) }
        var taken = TakenMemory(times: end)
        // The largest first, each at the lowest place free for as long as it lives.
        for lifetime in lifetimes.sorted(by: { ($0.byteCount, $1.value) > ($1.byteCount, $0.value) }) {
            let size = (lifetime.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            let offset = taken.take(size, during: reuse ? lifetime.first..<lifetime.last + 1 : 0..<end)
            offsets[lifetime.value] = offset
            byteCount = max(byteCount, offset + size)
        }
    }
}

/// Which memory is taken when: a segment tree over time. A node stands for a stretch of time; the root, 1, for all of it,
/// and the children 2i and 2i + 1 of node i for its halves.
///
/// What is placed commonly lies close together, so that a node has few ranges, however many values they are: a value costs
/// the tree's height, log(times), and not a look at all the others.
private struct TakenMemory {
    /// Times that the leaves stand for: a power of two.
    private let leafCount: Int
    /// By node, what is taken in all of its time by values that live at least so long.
    private var throughout: [DisjointRanges]
    /// By node, what is taken at any of its times.
    private var sometimes: [DisjointRanges]

    init(times: Int) {
        var leafCount = 1
        while leafCount < times { leafCount *= 2 }
        self.leafCount = leafCount
        throughout = Array(repeating: DisjointRanges(), count: 2 * leafCount)
        sometimes = throughout
    }

    /// Takes the lowest `size` bytes that are free in all of the time, and returns where they start.
    mutating func take(_ size: Int, during times: Range<Int>) -> Int {
        if size == 0 || times.isEmpty { return 0 }
        let parts = parts(of: times), around = around(times)
        var offset = 0
        while true {
            var next = offset
            for node in parts { next = sometimes[node].firstGap(of: size, from: next) }
            for node in around { next = throughout[node].firstGap(of: size, from: next) }
            if next == offset { break }
            offset = next
        }
        for node in parts { throughout[node].insert(offset..<offset + size) }
        for node in parts + around { sometimes[node].insert(offset..<offset + size) }
        return offset
    }

    /// The largest nodes that together are these times.
    private func parts(of times: Range<Int>) -> [Int] {
        var parts: [Int] = []
        var (start, end) = (times.lowerBound + leafCount, times.upperBound + leafCount)
        while start < end {
            if start % 2 == 1 {
                parts.append(start)
                start += 1
            }
            if end % 2 == 1 {
                end -= 1
                parts.append(end)
            }
            (start, end) = (start / 2, end / 2)
        }
        return parts
    }

    /// All nodes above those parts, and some below.
    private func around(_ times: Range<Int>) -> [Int] {
        var nodes: [Int] = []
        var (first, last) = (times.lowerBound + leafCount, times.upperBound - 1 + leafCount)
        while first != last {
            nodes += [first, last]
            (first, last) = (first / 2, last / 2)
        }
        while first > 0 {
            nodes.append(first)
            first /= 2
        }
        return nodes
    }
}

/// Ranges in ascending order that neither overlap nor touch.
private struct DisjointRanges {
    private var ranges: [Range<Int>] = []

    mutating func insert(_ range: Range<Int>) {
        let start = index { $0.upperBound >= range.lowerBound }
        var end = start
        var merged = range
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
            merged = min(merged.lowerBound, ranges[end].lowerBound)..<max(merged.upperBound, ranges[end].upperBound)
            end += 1
        }
        if end == start + 1 {
            ranges[start] = merged
        } else {
            ranges.replaceSubrange(start..<end, with: CollectionOfOne(merged))
        }
    }

    /// The lowest place from `start` on with `size` free behind it.
    func firstGap(of size: Int, from start: Int) -> Int {
        var start = start
        var index = index { $0.upperBound > start }
        while index < ranges.count, ranges[index].lowerBound < start + size {
            start = ranges[index].upperBound
            index += 1
        }
        return start
    }

    /// The first range that fits; all behind it do too.
    private func index(where fits: (Range<Int>) -> Bool) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if fits(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
