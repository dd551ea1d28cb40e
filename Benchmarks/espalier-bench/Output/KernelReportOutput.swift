import Espalier
import Foundation

/// The results of one kernel: a table as they come, or JSON at the end.
struct KernelReportOutput {
    private let kernel: String
    private let options: BenchOptions
    private var machine: [MachinePeak] = []
    private var results: [KernelResult] = []

    init(kernel: String, options: BenchOptions) { (self.kernel, self.options) = (kernel, options) }

    mutating func add(_ peak: MachinePeak) { machine.append(peak) }

    mutating func add(_ results: [KernelResult]) { self.results += results }

    func finish() throws {
        if options.json { return print(try jsonText(Contents(kernel: kernel, machine: machine, results: results))) }
        for peak in machine {
            print("\n" + peak.description + "\n")
            print(table(threads: peak.threads), terminator: "")
        }
    }

    private func table(threads: Int) -> String {
        var table = TextTable(
            [
                kernel, "backend", "µs", "spread", "GF/s", "of peak", "GB/s", "of memory",
                "time / \(results[0].backend)",
            ],
            alignments: [.left, .left] + Array(repeating: .right, count: 7))
        for result in results where result.threads == threads {
            table.append([
                result.name, result.backend, number(result.microseconds), percent(result.spread),
                number(result.gigaflopsPerSecond), percent(result.peakShare), number(result.gigabytesPerSecond),
                percent(result.bandwidthShare), String(format: "%.2f", result.ratioToFirst),
            ])
        }
        return table.rendered()
    }

    private struct Contents: Codable {
        let kernel: String
        let machine: [MachinePeak]
        let results: [KernelResult]
    }
}
