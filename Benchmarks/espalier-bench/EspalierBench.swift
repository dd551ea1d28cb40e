import ArgumentParser

/// The benchmark's command line.
@main
struct EspalierBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "espalier-bench",
        abstract: "Times kernels and whole training steps, backends and peers side by side in one run.",
        discussion: """
            All contenders of a case take turns, so that whatever else the machine does hits them alike: trust the \
            ratios before the times. Every backend's result is compared with the first one's before it is timed.

            Example: espalier-bench gemm --backend native,openblas --threads 1,2 --filter 1024
            """,
        subcommands: [GEMMCommand.self, SoftmaxCommand.self, CrossEntropyCommand.self, StepCommand.self])
}
