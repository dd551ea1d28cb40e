import Espalier

/// One level's step.
struct BalanceResult: Codable {
    let batch, tasks, threads: Int
    let level: String
    let microseconds: Double
    /// Multiples of the plain step's, median round by round.
    let timeToPlain: Double
    let byteCount, plainByteCount: Int
    /// The peer's time over ours.
    let peerTime: Double?
}

/// The results of `balance`: text, Markdown, or JSON.
struct BalanceReport: Codable {
    let machine: Machine
    let peer: String?
    let results: [BalanceResult]

    private var columns: [String] {
        ["batch", "tasks", "threads", "level", "µs", "time / plain", "MiB", "memory / plain"]
            + (peer.map { ["peer's \($0) / ours"] } ?? [])
    }

    private var rows: [[String]] {
        results.map { result in
            [
                "\(result.batch)", "\(result.tasks)", "\(result.threads)", result.level, number(result.microseconds),
                number(result.timeToPlain), number(Double(result.byteCount) / 1_048_576),
                number(Double(result.byteCount) / Double(result.plainByteCount)),
            ] + (result.peerTime.map { [number($0)] } ?? [])
        }
    }

    var text: String {
        var table = TextTable(columns, alignments: columns.map { $0 == "level" ? .left : .right })
        for row in rows { table.append(row) }
        return "\(machine.description)\n\n" + table.rendered()
    }

    var markdown: String { markdownTable(columns, rows) }
}
