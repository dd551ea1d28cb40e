import EspalierTensor
import Foundation
import Testing

@Suite struct RandomNumbersTests {
    /// The known answers published with Random123 for philox4x32-10: counter, key, words.
    static let knownAnswers: [(block: UInt64, stream: UInt64, seed: UInt64, words: [UInt32])] = [
        (0, 0, 0, [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
        (.max, .max, .max, [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]),
        (
            0x85A3_08D3_243F_6A88, 0x0370_7344_1319_8A2E, 0x299F_31D0_A409_3822,
            [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
        ),
    ]

    @Test(arguments: knownAnswers)
    func philoxGivesTheKnownAnswers(block: UInt64, stream: UInt64, seed: UInt64, words: [UInt32]) {
        let result = philox(block: block, stream: stream, seed: seed)
        #expect((0..<4).map { result[$0] } == words)
    }

    @Test func wordsAreNumberedThroughTheBlocks() {
        var random = CounterRandom(seed: 11, stream: 12)
        let words = (0..<10).map { _ in random.nextWord() }
        for (index, word) in words.enumerated() {
            #expect(word == philox(block: UInt64(index / 4), stream: 12, seed: 11)[index % 4])
        }
        #expect(random.position == 10)
        var halves = CounterRandom(seed: 11, stream: 12)
        #expect(halves.next() == UInt64(words[1]) << 32 | UInt64(words[0]))
    }

    @Test func uniformComesFromTheUpperBits() {
        var (random, words) = (CounterRandom(seed: 1, stream: 2), CounterRandom(seed: 1, stream: 2))
        for _ in 0..<1000 { #expect(random.nextUnit() == Float(words.nextWord() / 256) / 16_777_216) }
    }

    @Test(arguments: [Float(-1)..<1, 0..<0x1p-149, 16_777_216..<16_777_218, -3e38..<3e38, 5..<5])
    func uniformStaysInItsRange(range: Range<Float>) {
        var random = CounterRandom(seed: 4, stream: 0)
        for _ in 0..<5000 {
            let value = random.uniform(in: range)
            #expect(range.contains(value) || (range.isEmpty && value == range.lowerBound))
        }
    }

    /// The bits of the first numbers, worked out once: they must not change from one platform or version to another.
    @Test func normalsHaveFixedBits() {
        var random = CounterRandom(seed: 1, name: "trunk.0.weight")
        let bits = (0..<4).map { _ in random.normal().bitPattern }
        #expect(bits == [0x3DCD_C4A3, 0x3EC7_A49C, 0xBF4F_8085, 0x3E2A_8E6B])
    }

    @Test func normalsHaveTheirMoments() {
        var random = CounterRandom(seed: 5, stream: 0)
        let count = 200_000
        let values = (0..<count).map { _ in Double(random.normal(mean: 2, deviation: 3)) }
        let mean = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // Five standard errors: 3 / sqrt(n), and 9 sqrt(2 / n).
        #expect(abs(mean - 2) < 5 * 3 / Double(count).squareRoot())
        #expect(abs(variance - 9) < 5 * 9 * (2 / Double(count)).squareRoot())
    }

    @Test func quantileInvertsTheDistribution() {
        for step in 1..<4000 {
            // From 2^-33, the least probability a word gives, to one half, and its mirror image.
            let probability = exp2(-33 + 32 * Double(step) / 4000)
            let x = normalQuantile(probability)
            // Φ(x) = erfc(-x/√2) / 2, whose relative slope is below |x| + 1.
            let back = erfc(-x / 2.0.squareRoot()) / 2
            #expect(abs(back / probability - 1) < 2e-7 * (1 + abs(x)) * (1 + abs(x)))
            if probability > 1e-3 { #expect(abs(normalQuantile(1 - probability) + x) < 1e-10) }
        }
        #expect(normalQuantile(0.5) == 0)
    }

    @Test func logarithmIsAccurate() {
        var random = CounterRandom(seed: 6, stream: 0)
        for _ in 0..<20_000 {
            let x = Double(bitPattern: random.next() & 0x7FFF_FFFF_FFFF_FFFF)
            guard x.isNormal else { continue }
            #expect(abs(naturalLogarithm(x) - log(x)) <= 4 * max(log(x).ulp, 0x1p-53))
        }
    }

    @Test func indicesAreEven() {
        var random = CounterRandom(seed: 7, stream: 0)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<60_000 { counts[random.index(below: 6)] += 1 }
        // Chi square with 5 degrees of freedom: above 30 once in 70,000.
        #expect(counts.reduce(0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 } < 30)
        #expect((0..<100).allSatisfy { _ in random.index(below: 1) == 0 })
        #expect((0..<100).allSatisfy { _ in (0..<Int.max).contains(random.index(below: .max)) })
    }

    @Test func shufflesArePermutations() {
        var random = CounterRandom(seed: 8, stream: 0)
        for count in [0, 1, 2, 100] {
            #expect(random.shuffledIndices(count: count).sorted() == Array(0..<count))
        }
        var firsts = [[Int]: Int]()
        for _ in 0..<6000 { firsts[random.shuffledIndices(count: 3), default: 0] += 1 }
        #expect(firsts.count == 6)
        #expect(firsts.values.reduce(0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 } < 30)
    }

    @Test func hashIsFNV1a() {
        #expect(stableHash("") == 0xCBF2_9CE4_8422_2325)
        #expect(stableHash("a") == 0xAF63_DC4C_8601_EC8C)
        #expect(stableHash("foobar") == 0x8594_4171_F739_67E8)
    }
}
