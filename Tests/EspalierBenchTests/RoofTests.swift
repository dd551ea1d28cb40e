import Espalier
import Testing

@testable import espalier_bench

@Suite struct RoofTests {
    @Test func workOfACallCountsWhatItReadsAndWrites() {
        let product = GEMMCase("NN", 10, 20, 30).work
        #expect(product.flops == 12_000)
        #expect(product.bytes == 4 * (300 + 600 + 200))
        #expect(!product.mostlyReads)
        #expect(GEMMCase("NT", 1, 64, 128).work.mostlyReads)

        // Parameters and two moments are read and written, gradients read: seven streams over four arrays.
        let adam = KernelCase.kernelBenchmarks.first { $0.description.hasPrefix("adam ") }!.prepare()
        let work = Work(adam.call)
        #expect(work.bytes == 7 << 22)
        #expect(work.footprint == 4 << 22)
    }

    /// Bounded by arithmetic in the first round and by memory in the second; on the whole by arithmetic.
    @Test func theLowerRoofBoundsACaseRoundByRound() {
        let timing = CaseTiming(
            contestants: [[4, 4, 4], [2, 8, 8]],
            arithmetic: RoofTiming(name: "FMA", rates: [50, 100, 50], work: 100),
            stream: RoofTiming(name: "stream", rates: [10, 10, 10], work: 15))
        #expect(timing.roof.name == "FMA")
        #expect(timing.share == 0.5)
        #expect(timing.ratio(of: 1) == 2)
    }
}
