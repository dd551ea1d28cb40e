import ArgumentParser

/// The benchmark's command line: cases, contestants who take turns at them, the roofs above them, and what comes out.
@main
struct EspalierBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "espalier-bench",
        abstract: "Times kernels and whole training steps, beside peers and under the machine's own ceilings.",
        discussion: """
            All contestants of a case take turns, so that whatever else the machine does hits them alike: trust the \
            ratios before the times. One thread is timed by the processor's clock, several by the one on the wall.
            """,
        subcommands: [GEMMCommand.self, KernelsCommand.self, StepCommand.self, BalanceCommand.self])
}

/// For the help of the commands that print shares of a roof.
let roofRule = """
    The roof of a case is the lower one of two ceilings measured in the same rounds: its operations at the rate of \
    independent multiply-adds on registers, and its bytes (operands read once, results written once) at the rate of a \
    stream over a block as large as they are.
    """
