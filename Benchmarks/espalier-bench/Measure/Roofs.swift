import CMachinePeak
import Espalier

/// A ceiling of the machine as a contestant: a loop that does nothing but multiply and add, or nothing but move memory.
struct Roof {
    let name: String
    let contestant: Contestant
    /// Operations or bytes in one call of the contestant.
    let amount: Double
}

/// What this machine can do at most with so many threads.
///
/// The rule: a case can be done no faster than its operations at the rate of independent multiply-adds on registers, and
/// no faster than its bytes at the rate of a stream over a block of memory as large as its footprint, each thread on its
/// part: so the stream comes from the cache that serves the case when it runs again and again. The stream reads, for a
/// case that writes less than a tenth of its bytes; else it is the STREAM triad. Both roofs take turns with the
/// contestants.
final class Roofs {
    let arithmetic: Roof
    private let workers: Workers
    /// One for each worker, as large as was needed so far.
    private var blocks: [AlignedBuffer] = []

    /// A roof's turn may be shorter than a contestant's: its loops know no overhead.
    private static let turn = 0.0003
    /// One call should last long beside the start of the threads.
    private static let (roundsPerCall, bytesPerCall) = (10_000, 64 << 20)
    /// A shorter loop would be measured instead of the memory.
    private static let leastBytes = 8 << 10

    init(_ workers: Workers) {
        self.workers = workers
        arithmetic = Roof(
            name: "FMA",
            contestant: Contestant(name: "FMA", turn: Self.turn) {
                workers.run { _ in _ = machine_peak_multiply_add(Self.roundsPerCall) }
            },
            amount: machine_peak_multiply_add(1) * Double(Self.roundsPerCall * workers.threads))
    }

    /// The stream that bounds a case.
    func stream(for work: Work) -> Roof {
        let bytes = max(Self.leastBytes, work.footprint / workers.threads)
        let passes = max(1, Self.bytesPerCall / (bytes * workers.threads))
        let blocks = blocks(of: bytes)
        let loop = work.mostlyReads ? machine_peak_read : machine_peak_triad
        return Roof(
            name: "stream",
            contestant: Contestant(name: "stream", turn: Self.turn) { [workers] in
                workers.run { worker in _ = loop(bytes, blocks[worker].pointer, passes) }
            },
            amount: loop(bytes, blocks[0].pointer, 1) * Double(passes * workers.threads))
    }

    private func blocks(of bytes: Int) -> [AlignedBuffer] {
        if blocks.isEmpty || blocks[0].byteCount < bytes {
            blocks = (0..<workers.threads).map { _ in AlignedBuffer(byteCount: bytes) }
        }
        return blocks
    }
}
