import ArgumentParser

/// A matrix product C = op(A) op(B) of contiguous row-major matrices, op(A): m x k, op(B): k x n.
struct GEMMCase: Hashable {
    /// What the product is in the training of a layer: "dW"; empty where it is just a product.
    let role: String
    let transposeA, transposeB: Bool
    let m, n, k: Int

    /// - Parameter transposes: "NT" multiplies by the transpose of B.
    init(_ transposes: String, _ m: Int, _ n: Int, _ k: Int, role: String = "") {
        (self.role, self.m, self.n, self.k) = (role, m, n, k)
        (transposeA, transposeB) = (transposes.hasPrefix("T"), transposes.hasSuffix("T"))
    }

    var name: String {
        (role.isEmpty ? "" : role + " ") + (transposeA ? "T" : "N") + (transposeB ? "T" : "N") + " \(m)x\(n)x\(k)"
    }

    var work: Work {
        Work(
            flops: 2 * m * n * k, bytes: 4 * (m * k + k * n + m * n), footprint: 4 * (m * k + k * n + m * n),
            written: 4 * m * n)
    }
}

/// Matrix products that belong together.
enum GEMMFamily: String, CaseIterable, ExpressibleByArgument {
    /// Of squares, up to sizes where only the arithmetic counts.
    case squares
    /// The grid of BLIS' page on small matrices: one, two or all three sizes small, in all four transposes.
    case small
    /// A head on a trunk: batch M, outputs N, features K, as forward pass (X Wᵀ and X W), dX = dY W and dW = Xᵀ dY.
    case heads

    /// - Parameter sampled: of the heads, 720 of the 2,376.
    func cases(sampled: Bool) -> [GEMMCase] {
        switch self {
        case .squares: Self.squareCases
        case .small: Self.smallCases
        case .heads: Self.headCases(sampled: sampled)
        }
    }

    private static let squareCases: [GEMMCase] = {
        let sizes = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048]
        return sizes.map { GEMMCase("NN", $0, $0, $0) }
    }()

    private static let smallCases: [GEMMCase] = [64, 384].flatMap { large in
        ["NN", "TN", "NT", "TT"].flatMap { transposes in
            (1...7).map { which -> GEMMCase in
                // With all three small the large size says nothing: then it stands for a second small one.
                let small = which == 7 && large == 384 ? 16 : 8
                func size(_ dimension: Int) -> Int { (which >> dimension) & 1 == 1 ? small : large }
                return GEMMCase(transposes, size(0), size(1), size(2))
            }
        }
    }

    private static func headCases(sampled: Bool) -> [GEMMCase] {
        let batches = [1, 8, 32, 128, 512, 4096]
        let outputs = sampled ? [1, 3, 8, 16, 32, 64] : [1, 2, 3, 5, 8, 10, 16, 20, 32, 48, 64]
        let features = sampled ? [16, 64, 256, 512, 1024] : [16, 32, 64, 128, 256, 384, 512, 768, 1024]
        var cases: [GEMMCase] = []
        for m in batches {
            for n in outputs {
                for k in features {
                    cases.append(GEMMCase("NT", m, n, k, role: "X Wᵀ"))
                    cases.append(GEMMCase("NN", m, n, k, role: "X W"))
                    cases.append(GEMMCase("NN", m, k, n, role: "dX"))
                    cases.append(GEMMCase("TN", k, n, m, role: "dW"))
                }
            }
        }
        return cases
    }
}
