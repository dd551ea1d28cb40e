import EspalierTensor

/// Small random choices for tests that draw graphs.
struct CountingRandom {
    private var random: CounterRandom

    init(_ seed: UInt64) { random = CounterRandom(seed: seed, stream: 0) }

    /// A number in 0..<count.
    mutating func next(_ count: Int) -> Int { random.index(below: count) }

    mutating func choose<Element>(_ elements: [Element]) -> Element { elements[next(elements.count)] }
}
