import Testing

@testable import EspalierGraph

@Suite struct MemoryPlanTests {
    @Test func valuesThatNeverMeetShareMemory() {
        let plan = MemoryPlan(
            [
                Lifetime(value: 0, byteCount: 100, first: 0, last: 1),
                Lifetime(value: 1, byteCount: 100, first: 1, last: 2),
                Lifetime(value: 2, byteCount: 100, first: 2, last: 3),
            ], reuse: true)
        #expect(plan.offsets == [0: 0, 1: 128, 2: 0])
        #expect(plan.byteCount == 256)
    }

    @Test func withoutReuseEachHasItsOwn() {
        let lifetimes = (0..<5).map { Lifetime(value: $0, byteCount: 64 * ($0 + 1), first: $0, last: $0) }
        #expect(MemoryPlan(lifetimes, reuse: true).byteCount == 320)
        #expect(MemoryPlan(lifetimes, reuse: false).byteCount == 64 * 15)
    }

    /// Against the definition: no two that live at one time overlap, and all is aligned and inside.
    @Test(arguments: 0..<20)
    func neverOverlapsWhatLivesTogether(_ seed: UInt64) {
        var random = CountingRandom(seed)
        let lifetimes = (0..<60).map { value in
            let first = random.next(40)
            return Lifetime(value: value, byteCount: random.next(500), first: first, last: first + random.next(8))
        }
        let plan = MemoryPlan(lifetimes, reuse: true)
        #expect(plan.offsets == lowestPlaces(lifetimes))
        for a in lifetimes {
            #expect(plan.offsets[a.value]! % 64 == 0)
            #expect(plan.offsets[a.value]! + a.byteCount <= plan.byteCount)
            for b in lifetimes where a.value < b.value && a.meets(b) && a.byteCount > 0 && b.byteCount > 0 {
                let (p, q) = (plan.offsets[a.value]!, plan.offsets[b.value]!)
                #expect(p + a.byteCount <= q || q + b.byteCount <= p)
            }
        }
    }

    /// The largest first, each at the first place where it overlaps nothing that lives when it does.
    private func lowestPlaces(_ lifetimes: [Lifetime]) -> [Int: Int] {
        var offsets: [Int: Int] = [:]
        var placed: [(lifetime: Lifetime, range: Range<Int>)] = []
        for lifetime in lifetimes.sorted(by: { ($0.byteCount, $1.value) > ($1.byteCount, $0.value) }) {
            let size = (lifetime.byteCount + 63) / 64 * 64
            var offset = 0
            while placed.contains(where: { $0.lifetime.meets(lifetime) && $0.range.overlaps(offset..<offset + size) }) {
                offset += 64
            }
            offsets[lifetime.value] = offset
            placed.append((lifetime, offset..<offset + size))
        }
        return offsets
    }

    /// Ten times the values take about ten times as long, not a hundred: this would take minutes.
    @Test func manyValuesArePlaced() {
        let count = 30_000
        // The way there and back through many layers.
        let lifetimes = (0..<count).flatMap { layer in
            [
                Lifetime(value: 2 * layer, byteCount: 64 << (layer % 4), first: layer, last: 2 * count - layer),
                Lifetime(value: 2 * layer + 1, byteCount: 128, first: layer, last: layer),
            ]
        }
        #expect(MemoryPlan(lifetimes, reuse: true).byteCount == count / 4 * (64 + 128 + 256 + 512) + 128)
    }
}
