extension KernelCase {
    static let gemmCases: [KernelCase] = {
        let shapes = [
            (1, 1, 1), (5, 3, 7), (33, 17, 70), (70, 130, 9), (1, 40, 64), (130, 1, 33), (14, 32, 257), (64, 10, 128),
        ]
        var cases: [KernelCase] = []
        for (index, (m, n, k)) in shapes.enumerated() {
            for pair in 0..<4 {
                cases.append(gemm(m, n, k, transposes: pair, variant: index + pair))
            }
        }
        // Large enough for several blocks in every direction, and for several threads.
        cases.append(gemm(150, 170, 600, transposes: 0, variant: 1))
        cases.append(gemm(170, 150, 520, transposes: 1, variant: 3))
        return cases + degenerateGEMMCases
    }()

    /// The variants walk through alpha and beta, bias and activation, padded rows.
    private static func gemm(_ m: Int, _ n: Int, _ k: Int, transposes: Int, variant: Int) -> KernelCase {
        let (transposeA, transposeB) = (transposes & 1 != 0, transposes & 2 != 0)
        let name = (transposeA ? "T" : "N") + (transposeB ? "T" : "N")
        let padding = variant % 3 == 0 ? 0 : 3
        return KernelCase("gemm \(name) \(m)x\(n)x\(k), variant \(variant)") { memory in
            var call = KernelCall.GEMM(
                m: m, n: n, k: k,
                a: transposeA ? memory.matrix(k, m, padding: padding) : memory.matrix(m, k, padding: padding),
                b: transposeB ? memory.matrix(n, k, padding: padding) : memory.matrix(k, n, padding: padding),
                c: variant % 2 == 0 ? memory.output(m, n, padding: padding) : memory.matrix(m, n, padding: padding))
            (call.transposeA, call.transposeB) = (transposeA, transposeB)
            call.alpha = variant % 4 < 2 ? 1 : -0.75
            call.beta = variant % 2 == 0 ? 0 : variant % 4 == 1 ? 1 : 0.5
            call.bias = variant % 3 == 1 ? memory.vector(n) : nil
            call.activation = variant % 3 == 2 ? .identity : ActivationKind.allCases[variant % 6]
            call.residual = variant % 4 == 3 ? memory.matrix(m, n, padding: padding) : nil
            return .gemm(call)
        }
    }

    /// Nothing to multiply: the operands hold poison, which must not be read.
    private static let degenerateGEMMCases: [KernelCase] = [
        ("no rows", 0, 4, 3, Float(1), Float(0)), ("no columns", 4, 0, 3, 1, 0), ("k = 0", 4, 5, 0, 1, 0),
        ("k = 0, beta", 4, 5, 0, 1, 0.5), ("alpha = 0", 4, 5, 6, 0, 0.5), ("alpha = beta = 0", 4, 5, 6, 0, 0),
    ].map { label, m, n, k, alpha, beta in
        KernelCase("gemm \(label)") { memory in
            var call = KernelCall.GEMM(
                m: m, n: n, k: k, a: memory.output(m, k), b: memory.output(k, n),
                c: beta == 0 ? memory.output(m, n, padding: 2) : memory.matrix(m, n, padding: 2))
            (call.alpha, call.beta, call.bias) = (alpha, beta, memory.vector(n))
            return .gemm(call)
        }
    }

    /// Chains and dots.
    static let packedCases: [KernelCase] = [(1, 40, 64), (33, 17, 70), (20, 5, 90), (150, 100, 40)].flatMap { m, n, k in
        [false, true].map { transposeB in
            KernelCase("gemm packed N\(transposeB ? "T" : "N") \(m)x\(n)x\(k)") { memory in
                var call = KernelCall.GEMM(
                    m: m, n: n, k: k, a: memory.matrix(m, k),
                    b: transposeB ? memory.matrix(n, k) : memory.matrix(k, n, padding: 3), c: memory.output(m, n))
                call.transposeB = transposeB
                (call.bias, call.activation) = (memory.vector(n), .tanh)
                // The operands are valid, so packing cannot fail.
                call.packedB = try! PackedMatrix(call.b, transposed: transposeB, n: n, k: k)
                return .gemm(call)
            }
        }
    }

    static let gemmBatchCases: [KernelCase] = [(0, 3, 4, 5), (1, 5, 3, 7), (3, 8, 8, 8), (7, 33, 10, 20)].flatMap {
        count, m, n, k in
        // One after the other with one B for all; side by side in wide matrices.
        [
            KernelCase("gemm batch of \(count) \(m)x\(n)x\(k), one B") { memory in
                let (a, b) = (memory.matrix(max(count, 1) * m, k), memory.matrix(k, n))
                let product = KernelCall.GEMM(
                    m: m, n: n, k: k, a: a, b: b, c: memory.output(max(count, 1) * m, n))
                return .gemmBatch(.init(product, count: count, strideA: m * k, strideB: 0, strideC: m * n))
            },
            KernelCase("gemm batch of \(count) \(m)x\(n)x\(k), side by side") { memory in
                let (a, b) = (memory.matrix(m, max(count, 1) * k), memory.matrix(max(count, 1) * n, k))
                var product = KernelCall.GEMM(
                    m: m, n: n, k: k, a: a, b: b, c: memory.output(m, max(count, 1) * n, padding: 1))
                product.transposeB = true
                return .gemmBatch(.init(product, count: count, strideA: k, strideB: n * k, strideC: n))
            },
        ]
    }

    static let gemmGradientCases: [KernelCase] = [
        (1, 1, 1), (5, 3, 7), (33, 17, 10), (70, 130, 9), (65, 32, 64), (200, 100, 10), (0, 4, 3), (4, 0, 3), (4, 5, 0),
    ].enumerated().flatMap { index, shape in
        ActivationKind.allCases.map { kind in gemmGradient(shape, kind, variant: index + kind.rawValue) }
    }

    /// The variants walk through transposes, beta, column sums and padded rows.
    private static func gemmGradient(
        _ shape: (Int, Int, Int), _ kind: ActivationKind, variant: Int
    ) -> KernelCase {
        let (m, n, k) = shape
        let (transposeA, transposeB) = (variant % 2 == 1, variant % 4 >= 2)
        let padding = variant % 3
        let beta: Float = variant % 3 == 1 ? 1 : 0
        return KernelCase("gemm, \(kind) backward \(m)x\(n)x\(k), variant \(variant)") { memory in
            var product = KernelCall.GEMM(
                m: m, n: n, k: k, a: transposeA ? memory.matrix(k, m) : memory.matrix(m, k),
                b: transposeB ? memory.matrix(n, k) : memory.matrix(k, n),
                c: beta == 0 ? memory.output(m, n, padding: padding) : memory.matrix(m, n, padding: padding))
            (product.transposeA, product.transposeB) = (transposeA, transposeB)
            product.beta = beta
            product.residual = variant % 5 < 2 ? memory.matrix(m, n, padding: 1) : nil
            // The outputs of tanh and sigmoid lie in these ranges; for ReLU's, only the sign counts.
            let range: ClosedRange<Float> =
                kind == .sigmoid ? 0...1 : kind == .gelu || kind == .silu ? -8...8 : -1...1
            return .gemmGradient(
                .init(
                    product, through: kind, value: kind == .identity ? nil : memory.matrix(m, n, in: range),
                    columnSums: variant % 4 == 3 ? nil : memory.output(n)))
        }
    }

    /// The last two are large enough to become one product.
    static let gemmSiblingsCases: [KernelCase] = [
        (1, 1, [1]), (5, 7, [3, 2]), (33, 70, [10, 0, 3]), (0, 4, [3, 3]), (4, 0, [3, 3]),
        (20, 7, Array(repeating: 2, count: KernelCall.GEMMSiblings.mostProducts)), (140, 1000, [10, 9, 17]),
        (1000, 140, [8, 40]),
    ].enumerated().flatMap { index, shape in
        [false, true].map { gemmSiblings(shape, transposeA: $0, variant: index) }
    }

    private static func gemmSiblings(_ shape: (Int, Int, [Int]), transposeA: Bool, variant: Int) -> KernelCase {
        let (m, k, widths) = shape
        return KernelCase("gemm siblings \(transposeA ? "T" : "N") \(m)x\(widths)x\(k)") { memory in
            let a = transposeA ? memory.matrix(k, m, padding: 1) : memory.matrix(m, k, padding: 1)
            return .gemmSiblings(
                .init(
                    widths.map { n in
                        var product = KernelCall.GEMM(
                            m: m, n: n, k: k, a: a, b: memory.matrix(k, n, padding: variant % 2),
                            c: memory.output(m, n, padding: variant % 3))
                        product.transposeA = transposeA
                        product.bias = variant % 2 == 0 ? memory.vector(n) : nil
                        product.activation = transposeA ? .identity : ActivationKind.allCases[variant % 6]
                        return product
                    }))
        }
    }

    static let syrkCases: [KernelCase] = [
        (1, 1), (3, 70), (8, 3000), (17, 40), (64, 130), (65, 33), (150, 70), (0, 3), (3, 0),
    ].flatMap { n, k in
        [false, true].map { transpose in
            KernelCase("syrk \(transpose ? "XᵀX" : "XXᵀ") \(n)x\(k)") { memory in
                let beta: Float = n % 2 == 0 ? 0 : 0.5
                var call = KernelCall.SYRK(
                    n: n, k: k, x: transpose ? memory.matrix(k, n, padding: 1) : memory.matrix(n, k, padding: 1),
                    c: beta == 0 ? memory.output(n, n, padding: 2) : memory.matrix(n, n, padding: 2))
                (call.transpose, call.alpha, call.beta) = (transpose, n % 3 == 0 ? 1 : -0.75, beta)
                return .syrk(call)
            }
        }
    }

    static let activationCases: [KernelCase] = ActivationKind.allCases.flatMap { kind in
        let forward = ([0, 1, 15, 16, 17, 100] + forSeveralThreads(kind)).map { count in
            KernelCase("\(kind) \(count)") { memory in
                .activation(.init(kind, count: count, x: memory.vector(count, in: -8...8), y: memory.output(count)))
            }
        }
        let inPlace = KernelCase("\(kind) 37, in place, with NaN") { memory in
            let x = memory.vector(37, in: -100...100)
            x[20] = .nan
            return .activation(.init(kind, count: 37, x: x, y: x))
        }
        let backward = ([1, 16, 47] + forSeveralThreads(kind)).map { count in
            KernelCase("\(kind) backward \(count)") { memory in
                // The outputs of tanh and sigmoid lie in this range; for ReLU's, only the sign counts.
                let y = memory.vector(count, in: kind == .sigmoid ? 0...1 : -1...1)
                let dy = memory.vector(count)
                return .activationBackward(
                    .init(
                        kind, count: count, x: memory.vector(count, in: -8...8), y: y, dy: dy,
                        dx: count == 47 ? dy : memory.output(count)))
            }
        }
        return forward + [inPlace] + backward
    }

    /// A count that is worth several threads, for one cheap and one dear kind.
    private static func forSeveralThreads(_ kind: ActivationKind) -> [Int] {
        kind == .relu ? [40_000] : kind == .gelu ? [10_000] : []
    }
}
