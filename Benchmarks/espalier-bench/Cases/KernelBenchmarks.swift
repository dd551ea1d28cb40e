import Espalier

extension KernelCase {
    /// Every kernel, at a size that a training step has.
    static let kernelBenchmarks: [KernelCase] = {
        var cases = rowBenchmarks
        cases += headBenchmarks
        cases += layerBenchmarks
        cases += elementBenchmarks
        cases += lossBenchmarks
        cases += embeddingBenchmarks
        cases += optimizerBenchmarks
        return cases + largestOfOthers(than: cases)
    }()

    /// A kernel that has no case here is timed on the largest of those that it is tested on.
    private static func largestOfOthers(than cases: [KernelCase]) -> [KernelCase] {
        let covered = Self.kernels(of: cases)
        var kernels: [String] = []
        var largest: [String: (work: Int, example: KernelCase)] = [:]
        for example in all {
            let call = example.prepare().call
            if covered.contains(call.name) { continue }
            if largest[call.name] == nil { kernels.append(call.name) }
            let work = call.flops + call.bytes
            if work > largest[call.name]?.work ?? -1 { largest[call.name] = (work, example) }
        }
        return kernels.map { largest[$0]!.example }
    }

    /// The names of the kernels that cases run. Cases whose names differ in numbers only run the same one.
    static func kernels(of cases: [KernelCase]) -> Set<String> {
        var seen: Set<Substring> = []
        let first = cases.filter { seen.insert($0.description.prefix { !$0.isNumber }).inserted }
        return Set(first.map { $0.prepare().call.name })
    }

    /// Rows and columns of a layer's values.
    private static let (rows, columns) = (512, 1024)
    private static let count = rows * columns
    private static let shape = "\(rows)x\(columns)"

    private static func square(_ memory: CaseMemory) -> Matrix { memory.matrix(rows, columns) }
    private static func result(_ memory: CaseMemory) -> Matrix { memory.output(rows, columns) }

    private static let layerBenchmarks: [KernelCase] = [
        KernelCase("gemm with bias and ReLU \(rows)x\(columns)x\(columns)") { memory in
            var call = KernelCall.GEMM(
                m: rows, n: columns, k: columns, a: square(memory), b: memory.matrix(columns, columns),
                c: result(memory))
            (call.bias, call.activation) = (memory.vector(columns), .relu)
            return .gemm(call)
        },
        KernelCase("gemm, relu backward \(rows)x\(columns)x\(columns)") { memory in
            var product = KernelCall.GEMM(
                m: rows, n: columns, k: columns, a: square(memory), b: memory.matrix(columns, columns),
                c: result(memory))
            product.transposeB = true
            return .gemmGradient(
                .init(product, through: .relu, value: square(memory), columnSums: memory.output(columns)))
        },
        KernelCase("syrk \(rows)x\(columns)") { memory in
            .syrk(.init(n: rows, k: columns, x: square(memory), c: memory.output(rows, rows)))
        },
        softmaxBackward(logarithm: false), softmaxBackward(logarithm: true),
        KernelCase("layer normalization \(shape)") { memory in
            .layerNormalization(
                .init(
                    rows: rows, columns: columns, x: square(memory), gain: memory.vector(columns),
                    bias: memory.vector(columns), epsilon: 1e-5, y: result(memory)))
        },
        KernelCase("layer normalization backward \(shape)") { memory in
            .layerNormalizationBackward(
                .init(
                    rows: rows, columns: columns, x: square(memory), gain: memory.vector(columns), epsilon: 1e-5,
                    dy: square(memory), dx: result(memory)))
        },
        KernelCase("layer normalization gain \(shape)") { memory in
            .layerNormalizationGain(
                .init(
                    rows: rows, columns: columns, x: square(memory), epsilon: 1e-5, dy: square(memory),
                    dgain: memory.output(columns)))
        },
        KernelCase("dropout \(shape)") { memory in
            .dropout(
                .init(
                    seed: 1, stream: 2, step: memory.counter(3), count: count, rate: 0.1, x: memory.vector(count),
                    y: memory.output(count)))
        },
        KernelCase("column sums \(shape)") { memory in
            .columnSums(.init(rows: rows, columns: columns, x: square(memory), scale: 1, y: memory.output(columns)))
        },
        KernelCase("row sums \(shape)") { memory in
            .rowSums(.init(rows: rows, columns: columns, x: square(memory), scale: 1, y: memory.output(rows)))
        },
        KernelCase("squared norm \(shape)") { memory in
            .squaredNorm(.init(count: count, x: memory.vector(count), y: memory.double()))
        },
    ]

    private static func softmaxBackward(logarithm: Bool) -> KernelCase {
        let (rows, columns) = (1024, 1000)
        return KernelCase("\(logarithm ? "log-softmax" : "softmax") backward \(rows)x\(columns)") { memory in
            .softmaxBackward(
                .init(
                    logarithm: logarithm, rows: rows, columns: columns,
                    y: memory.matrix(rows, columns, in: logarithm ? -9...0 : 0...1), dy: memory.matrix(rows, columns),
                    dx: memory.output(rows, columns)))
        }
    }

    /// Element by element.
    private static let elementBenchmarks: [KernelCase] = {
        var cases: [KernelCase] = []
        for kind in ActivationKind.allCases {
            cases.append(
                KernelCase("\(kind) \(shape)") { memory in
                    .activation(.init(kind, count: count, x: memory.vector(count), y: memory.output(count)))
                })
            cases.append(
                KernelCase("\(kind) backward \(shape)") { memory in
                    // 0 to 1 may be the input as well as the output of all kinds.
                    let x = memory.vector(count, in: 0...1)
                    return .activationBackward(
                        .init(kind, count: count, x: x, y: x, dy: memory.vector(count), dx: memory.output(count)))
                })
        }
        for kind in BinaryKind.allCases {
            cases.append(
                KernelCase("\(kind) \(shape)") { memory in
                    let a = KernelCall.Broadcast(memory.vector(count), rowStride: columns, columnStride: 1)
                    let b = KernelCall.Broadcast(memory.vector(count), rowStride: columns, columnStride: 1)
                    return .binary(.init(kind, rows: rows, columns: columns, a: a, b: b, y: result(memory)))
                })
        }
        for kind in UnaryKind.allCases {
            cases.append(
                KernelCase("\(kind) \(shape)") { memory in
                    .unary(.init(kind, count: count, x: memory.vector(count, in: 0.1...2), y: memory.output(count)))
                })
        }
        cases.append(
            KernelCase("affine \(shape)") { memory in
                .affine(.init(count: count, scale: 2, offset: 1, x: memory.vector(count), y: memory.output(count)))
            })
        cases.append(
            KernelCase("copy \(shape)") { memory in
                .copy(.init(rows: rows, columns: columns, x: square(memory), y: result(memory)))
            })
        cases.append(KernelCase("fill \(shape)") { .fill(.init(count: count, value: 1, y: $0.output(count))) })
        return cases
    }()

    /// Twenty labels, or twenty numbers, for each of 4096 rows.
    private static let lossBenchmarks: [KernelCase] = {
        let (rows, columns) = (4096, 20)
        let sigmoid = KernelCase("sigmoid cross-entropy \(rows)x\(columns)") { memory in
            var call = KernelCall.SigmoidCrossEntropy(
                rows: rows, columns: columns, logits: memory.matrix(rows, columns),
                targets: memory.matrix(rows, columns, in: 0...1))
            (call.loss, call.gradient) = (memory.output(1), memory.output(rows, columns))
            return .sigmoidCrossEntropy(call)
        }
        let regressions = RegressionLossKind.allCases.map { kind in
            KernelCase("\(kind) loss \(rows)x\(columns)") { memory in
                var call = KernelCall.RegressionLoss(
                    kind, rows: rows, columns: columns, prediction: memory.matrix(rows, columns),
                    target: memory.matrix(rows, columns))
                (call.loss, call.gradient) = (memory.output(1), memory.output(rows, columns))
                return .regressionLoss(call)
            }
        }
        return [sigmoid] + regressions
    }()

    /// 256 texts of 32 words, out of 30,000, each 64 numbers wide.
    private static let (texts, words, vocabulary, width) = (256, 32, 30_000, 64)

    private static let embeddingBenchmarks: [KernelCase] = {
        let count = texts * words
        let table = "of \(vocabulary)x\(width)"
        var cases = [
            KernelCase("embedding \(count) \(table)") { memory in
                .embedding(
                    .init(
                        count: count, vocabulary: vocabulary, width: width, table: memory.matrix(vocabulary, width),
                        ids: memory.randomIndices(count, below: vocabulary), y: memory.output(count, width)))
            },
            KernelCase("embedding backward \(count) \(table)") { memory in
                .embeddingBackward(
                    .init(
                        count: count, vocabulary: vocabulary, width: width,
                        ids: memory.randomIndices(count, below: vocabulary), dy: memory.matrix(count, width),
                        dtable: memory.matrix(vocabulary, width)))
            },
        ]
        for mode in BagMode.allCases {
            cases.append(
                KernelCase("embedding bag \(mode) \(texts)x\(words) \(table)") { memory in
                    .embeddingBag(
                        .init(
                            bags(mode, memory), table: memory.matrix(vocabulary, width),
                            y: memory.output(texts, width)))
                })
            cases.append(
                KernelCase("embedding bag \(mode) backward \(texts)x\(words) \(table)") { memory in
                    .embeddingBagBackward(
                        .init(
                            bags(mode, memory), dy: memory.matrix(texts, width),
                            dtable: memory.matrix(vocabulary, width)))
                })
        }
        return cases
    }()

    private static func bags(_ mode: BagMode, _ memory: CaseMemory) -> KernelCall.BagIndices {
        .init(
            bags: texts, vocabulary: vocabulary, width: width, mode: mode,
            ids: memory.randomIndices(texts * words, below: vocabulary),
            offsets: memory.indices((0...texts).map { $0 * words }), weights: nil)
    }

    /// A million parameters.
    private static let optimizerBenchmarks: [KernelCase] = {
        let count = 1 << 20
        let sgd = KernelCase("sgd \(count), momentum 0.9") { memory in
            var call = KernelCall.SGD(
                count: count, learningRate: 1e-3, parameters: memory.vector(count), gradients: memory.vector(count),
                velocity: memory.vector(count))
            call.momentum = 0.9
            return .sgd(call)
        }
        let adams = [false, true].map { decoupled in
            KernelCase("\(decoupled ? "adamw" : "adam") \(count)") { memory in
                var call = KernelCall.Adam(
                    count: count, learningRate: 1e-3, step: 10, parameters: memory.vector(count),
                    gradients: memory.vector(count), firstMoment: memory.vector(count),
                    secondMoment: memory.vector(count, in: 0...1))
                call.decoupled = decoupled
                return .adam(call)
            }
        }
        return [sgd] + adams
    }()
}
