import ArgumentParser
import Foundation

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

    static func main() {
        letOpenBLASRest()
        main(nil)
    }

    /// OpenBLAS's threads spin for 110 ms after a call, on a core that the next contestants want. 2^22 cycles are two
    /// milliseconds: still longer than its own turn. It reads that when it is loaded, so the program starts once more.
    private static func letOpenBLASRest() {
        let name = "OPENBLAS_THREAD_TIMEOUT"
        if getenv(name) != nil { return }
        setenv(name, "22", 1)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}

/// For the help of the commands that print shares of a roof.
let roofRule = """
    The roof of a case is the lower one of two ceilings measured in the same rounds: its operations at the rate of \
    independent multiply-adds on registers, and its bytes (operands read once, results written once) at the rate of a \
    stream over a block as large as they are.
    """
