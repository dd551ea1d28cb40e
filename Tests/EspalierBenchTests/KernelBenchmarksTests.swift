import Espalier
import Testing

@testable import espalier_bench

@Suite struct KernelBenchmarksTests {
    /// A new kernel needs no line here to be timed.
    @Test func everyKernelIsTimed() {
        let timed = KernelCase.kernels(of: KernelCase.kernelBenchmarks)
        #expect(Set(KernelCase.all.map { $0.prepare().call.name }).subtracting(timed).isEmpty)
    }

    @Test func casesHaveNamesOfTheirOwn() {
        let names = KernelCase.kernelBenchmarks.map(\.description)
        #expect(Set(names).count == names.count)
    }
}
