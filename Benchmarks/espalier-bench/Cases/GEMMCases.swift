import Espalier

extension KernelCase {
    /// Products of squares, and those that the training steps of `StepCase` and their like consist of.
    static let gemmBenchmarks: [KernelCase] = [
        gemm(64, 64, 64), gemm(256, 256, 256), gemm(1024, 1024, 1024),
        // A wide layer: forward, weight gradient, input gradient.
        gemm(512, 1024, 1024), gemm(1024, 1024, 512, "TN"), gemm(512, 1024, 1024, "NT"),
        // A head on it.
        gemm(512, 16, 1024), gemm(1024, 16, 512, "TN"), gemm(512, 1024, 16, "NT"),
        // A layer of a small encoder.
        gemm(256, 384, 384), gemm(384, 384, 256, "TN"), gemm(256, 384, 384, "NT"),
        // Small layers and heads.
        gemm(32, 64, 64), gemm(64, 64, 32, "TN"), gemm(32, 64, 64, "NT"),
        gemm(128, 10, 64), gemm(64, 10, 128, "TN"), gemm(128, 64, 10, "NT"),
    ]

    /// The operands are small integers: their products and sums are exact in any order, so that results must be equal.
    private static func gemm(_ m: Int, _ n: Int, _ k: Int, _ transposes: String = "NN") -> KernelCase {
        KernelCase("\(transposes) \(m)x\(n)x\(k)") { memory in
            func integers(_ rows: Int, _ columns: Int) -> Matrix {
                let matrix = memory.matrix(rows, columns, in: -8...8)
                for index in 0..<rows * columns { matrix.pointer[index].round() }
                return matrix
            }
            let (transposeA, transposeB) = (transposes.hasPrefix("T"), transposes.hasSuffix("T"))
            var call = KernelCall.GEMM(
                m: m, n: n, k: k, a: transposeA ? integers(k, m) : integers(m, k),
                b: transposeB ? integers(n, k) : integers(k, n), c: memory.output(m, n))
            (call.transposeA, call.transposeB) = (transposeA, transposeB)
            return .gemm(call)
        }
    }
}
