import CMachinePeak
import Espalier
import Foundation

/// Where and against whom a benchmark ran.
struct Machine: Codable {
    let processor: String
    /// Of the loops that measure the roofs: the widest.
    let instructionSet: String
    /// What each peer's library says about itself.
    let libraries: [String: String]

    init(peers: [Peer] = []) {
        processor = Self.processorName() ?? "a processor that does not tell its name"
        instructionSet = String(cString: machine_peak_instruction_set())
        libraries = Dictionary(
            peers.map { peer in
                let version = peer.library.version ?? "of an unknown version"
                return (peer.name, version.trimmingCharacters(in: .whitespacesAndNewlines))
            }, uniquingKeysWith: { $1 })
    }

    /// As Linux has it.
    private static func processorName() -> String? {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// "OpenBLAS: OpenBLAS 0.3.21 …", a line a library.
    var peers: [String] { libraries.sorted { $0.key < $1.key }.map { "\($0): \($1)" } }

    var description: String { "\(processor), \(instructionSet)" }
}

extension [CaseResult] {
    /// The roofs that these results were measured under, a line a number of threads: "1 thread: FMA 114 GF/s; streams
    /// over up to 32 KiB 213, 1 MiB 118, 32 MiB 70 GB/s".
    var roofs: [String] {
        map(\.threads).uniqued.map { threads in
            let results = filter { $0.threads == threads }
            var least = 0
            let streams = [32 << 10, 1 << 20, 32 << 20, Int.max].compactMap { most -> String? in
                defer { least = most }
                let rates = results.filter { least < $0.footprint && $0.footprint <= most }
                    .map(\.streamGigabytesPerSecond)
                return rates.isEmpty ? nil : "\(Self.sizeText(most)) \(number(rates.median))"
            }
            return "\(threadsText(threads)): FMA \(number(results.map(\.peakGigaflopsPerSecond).median)) GF/s; streams "
                + "over up to \(streams.joined(separator: ", ")) GB/s"
        }
    }

    private static func sizeText(_ bytes: Int) -> String {
        bytes == .max ? "more" : bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }
}
