import CKernels
import Espalier

/// The operands of matrix products, and who multiplies them.
///
/// Everybody is called straight through the C function: no check or wrapper of ours stands before one and not before the
/// other.
struct GEMMContest {
    private let workers: Workers
    private let peers: [Peer]
    private let a, b, c: AlignedBuffer
    /// Floats behind every operand: BLIS reads past its own on some processors.
    private static let slack = 4096

    /// - Parameter cases: all that will be run; they share their memory.
    init(_ cases: [GEMMCase], workers: Workers, peers: [Peer]) {
        (self.workers, self.peers) = (workers, peers)
        a = Self.integers(cases.map { $0.m * $0.k }.max() ?? 0, seed: 1)
        b = Self.integers(cases.map { $0.k * $0.n }.max() ?? 0, seed: 2)
        c = AlignedBuffer(floats: (cases.map { $0.m * $0.n }.max() ?? 0) + Self.slack)
        for peer in peers { peer.library.threadControl?.setThreads(workers.threads) }
    }

    /// Ours first.
    func contestants(for example: GEMMCase) -> [Contestant] {
        [Contestant(name: "ours", run: ours(example))]
            + peers.map { Contestant(name: $0.name, run: call($0.library.sgemm, example)) }
    }

    /// - Throws: `KernelError.mismatch` if a peer's result differs from ours. Operands are small integers: products and
    ///   sums are exact in any order. (A zero's sign is not compared.)
    func checkAgreement(on example: GEMMCase) throws {
        let result = c.floats[..<(example.m * example.n)]
        var ours: [Float] = []
        for (index, contestant) in contestants(for: example).enumerated() {
            for place in result.indices { c.floats[place] = .nan }
            try contestant.run()
            if index == 0 {
                ours = Array(result)
            } else if !result.elementsEqual(ours) {
                throw KernelError.mismatch(kernel: example.name, detail: "ours and \(contestant.name)")
            }
        }
    }

    private func ours(_ example: GEMMCase) -> () -> Void {
        let (pool, a, b, c) = (workers.pool, a.floats.baseAddress, b.floats.baseAddress, c.floats.baseAddress)
        let (transposeA, transposeB): (CInt, CInt) = (example.transposeA ? 1 : 0, example.transposeB ? 1 : 0)
        let (m, n, k) = (example.m, example.n, example.k)
        let (lda, ldb) = (example.transposeA ? m : k, example.transposeB ? k : n)
        return { _ = ck_gemm_f32(pool, transposeA, transposeB, m, n, k, 1, a, lda, b, ldb, 0, c, n, nil) }
    }

    private func call(_ sgemm: @escaping BLASLibrary.SGEMM, _ example: GEMMCase) -> () -> Void {
        let (a, b, c) = (a.floats.baseAddress, b.floats.baseAddress, c.floats.baseAddress)
        let (transposeA, transposeB) = (CBLAS.transpose(example.transposeA), CBLAS.transpose(example.transposeB))
        let (m, n, k) = (CInt(example.m), CInt(example.n), CInt(example.k))
        let (lda, ldb) = (example.transposeA ? m : k, example.transposeB ? k : n)
        return { sgemm(CBLAS.rowMajor, transposeA, transposeB, m, n, k, 1, a, lda, b, ldb, 0, c, n) }
    }

    /// From -8 to 8.
    private static func integers(_ count: Int, seed: UInt64) -> AlignedBuffer {
        var random = CounterRandom(seed: seed, stream: 0)
        let buffer = AlignedBuffer(floats: count + slack)
        for index in 0..<count { buffer.floats[index] = Float(random.index(below: 17) - 8) }
        return buffer
    }
}
