import ArgumentParser
import Espalier

struct GEMMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gemm", abstract: "Matrix products: squares, and the shapes of training steps.")

    @OptionGroup var options: BenchOptions

    func run() throws { try KernelBenchmark(options).run("gemm", KernelCase.gemmBenchmarks) }
}

struct SoftmaxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "softmax", abstract: "Softmax and log-softmax of rows.")

    @OptionGroup var options: BenchOptions

    func run() throws { try KernelBenchmark(options).run("softmax", KernelCase.softmaxBenchmarks) }
}

struct CrossEntropyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cross-entropy", abstract: "Softmax cross-entropy with its gradient.")

    @OptionGroup var options: BenchOptions

    func run() throws { try KernelBenchmark(options).run("cross-entropy", KernelCase.crossEntropyBenchmarks) }
}
