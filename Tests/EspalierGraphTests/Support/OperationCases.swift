import EspalierKernels
import EspalierTensor

@testable import EspalierGraph

extension OperationCase {
    static let all: [OperationCase] =
        products + binaries + elementwise + sums + columns + rowwise + tables + losses + [cube, stopped, dropout]

    private static let products: [OperationCase] =
        [(1, 1, 1), (3, 5, 7), (17, 4, 9)].flatMap { m, n, k in
            [(false, false), (false, true), (true, false), (true, true)].map { a, b in
                OperationCase(
                    name: "matmul \(m)x\(n)x\(k) \(a ? "Aᵀ" : "A")\(b ? "Bᵀ" : "B")",
                    arguments: [.uniform(a ? [k, m] : [m, k]), .uniform(b ? [n, k] : [k, n])]
                ) { $0[0].matmul($0[1], transpose: a, b) }
            }
        } + [
            OperationCase(
                name: "gemm with bias and tanh", arguments: [.uniform([5, 3]), .uniform([3, 4]), .uniform([4])]
            ) { ($0[0].matmul($0[1]) + $0[2]).tanh() },
            OperationCase(
                name: "gemm added to a product", arguments: [.uniform([5, 3]), .uniform([3, 4]), .uniform([5, 4])]
            ) { $0[0].matmul($0[1]) + $0[2] * $0[2] },
            OperationCase(name: "matmul with itself", arguments: [.uniform([4, 4])]) { $0[0].matmul($0[0]) },
        ]
        + [(false, true), (true, false)].map { a, b in
            OperationCase(
                name: "matmul with itself \(a ? "Aᵀ" : "A")\(b ? "Bᵀ" : "B")", arguments: [.uniform([5, 7])]
            ) { $0[0].matmul($0[0], transpose: a, b) }
        }

    private static let broadcastShapes: [(Shape, Shape)] = [
        ([3, 5], [3, 5]), ([3, 5], [5]), ([3, 5], [3, 1]), ([3, 5], []), ([3, 5], [1, 1]), ([], [3, 5]),
        ([5], [3, 5]), ([3, 1], [5]), ([7], [7]), ([1, 4], [4]), ([4], [1, 1]), ([1], []), ([2, 3, 4], [4]),
        ([2, 3, 4], [2, 3, 4]),
    ]

    private static let binaries: [OperationCase] = BinaryKind.allCases.flatMap { kind in
        broadcastShapes.map { a, b in
            let isExtremum = kind == .maximum || kind == .minimum
            return OperationCase(
                name: "\(kind) \(a) \(b)",
                arguments: [
                    isExtremum ? .awayFromZero(a, magnitude: 0.5...1.5) : .uniform(a),
                    isExtremum
                        ? .uniform(b, in: -0.25...0.25)
                        : kind == .divide ? .awayFromZero(b, magnitude: 0.75...1.5) : .uniform(b),
                ]
            ) { values in values[0].graph.append(.binary(.init(kind: kind)), values) }
        }
    }

    private static let someShapes: [Shape] = [[3, 5], [17], [], [2, 3, 4]]

    private static let elementwise: [OperationCase] = someShapes.flatMap { shape in
        UnaryKind.allCases.map { kind in
            let argument: Argument =
                switch kind {
                case .log, .squareRoot: .uniform(shape, in: 0.75...2)
                case .reciprocal: .awayFromZero(shape, magnitude: 0.75...1.5)
                default: .awayFromZero(shape)
                }
            return OperationCase(name: "\(kind) \(shape)", arguments: [argument]) { values in
                values[0].graph.append(.unary(.init(kind: kind)), values)
            }
        }
            + ActivationKind.allCases.filter { $0 != .identity }.map { kind in
                OperationCase(
                    name: "\(kind) \(shape)", arguments: [.awayFromZero(shape)],
                    firstDerivativeOnly: kind.derivativeReadsInput ? [0] : []
                ) { $0[0].activation(kind) }
            } + [
                OperationCase(name: "affine \(shape)", arguments: [.uniform(shape)]) { 2.5 * $0[0] - 1 },
                OperationCase(name: "offset \(shape)", arguments: [.uniform(shape)]) { 1 - ($0[0] + 3) / 4 },
            ]
    }

    private static let sums: [OperationCase] =
        someShapes.flatMap { shape in
            [
                OperationCase(name: "column sums \(shape)", arguments: [.uniform(shape)]) {
                    $0[0].columnSums(scale: 0.5)
                },
                OperationCase(name: "row sums \(shape)", arguments: [.uniform(shape)]) { $0[0].rowSums() },
                OperationCase(name: "sum of squares \(shape)", arguments: [.uniform(shape)]) { $0[0].square().sum() },
                OperationCase(name: "mean \(shape)", arguments: [.uniform(shape)]) { $0[0].exp().mean() },
                OperationCase(name: "reshape \(shape)", arguments: [.uniform(shape)]) { x in
                    x[0].square().reshaped([x[0].shape.count, 1])
                },
            ]
        }
        + [([], [3, 5]), ([5], [3, 5]), ([3, 1], [3, 5]), ([1, 1], [5]), ([4], [2, 3, 4])].map {
            (part: Shape, whole: Shape) in
            OperationCase(name: "broadcast \(part) to \(whole)", arguments: [.uniform(part)]) {
                $0[0].square().broadcast(to: whole)
            }
        }

    private static let columns: [OperationCase] = [
        OperationCase(name: "concatenate", arguments: [.uniform([3, 2]), .uniform([3, 5]), .uniform([3, 1])]) {
            $0[0].concatenated($0[1], $0[2]).square()
        },
        OperationCase(name: "slice", arguments: [.uniform([3, 7])]) { $0[0].columns(2..<5).square() },
        OperationCase(name: "slice of all", arguments: [.uniform([3, 7])]) { $0[0].columns(0..<7) },
        OperationCase(name: "slice of nothing", arguments: [.uniform([3, 7])]) { $0[0].columns(4..<4) },
        OperationCase(name: "pad", arguments: [.uniform([3, 4])]) { values in
            values[0].graph.append(.pad(.init(before: 2, after: 3)), values).square()
        },
    ]

    private static let rowwise: [OperationCase] =
        ([[3, 5], [1, 1], [4, 17], [7], [2, 3, 4]] as [Shape]).flatMap { shape in
            [
                OperationCase(name: "softmax \(shape)", arguments: [.uniform(shape)]) { $0[0].softmax() },
                OperationCase(name: "logSoftmax \(shape)", arguments: [.uniform(shape)]) { $0[0].logSoftmax() },
            ]
        }
        + ([[3, 5], [1, 8], [4, 17], [2, 3, 4]] as [Shape]).map { shape in
            OperationCase(
                name: "layerNormalization \(shape)",
                arguments: [.uniform(shape), .uniform([shape.columns]), .uniform([shape.columns])],
                firstDerivativeOnly: [0]
            ) { $0[0].layerNormalized(gain: $0[1], bias: $0[2]) }
        }

    private static let tables: [OperationCase] =
        [
            OperationCase(name: "embedding", arguments: [.uniform([6, 3]), .indices([0, 5, 2, 2, 1])]) {
                $0[0].embedding($0[1]).square()
            }
        ]
        + BagMode.allCases.map { mode in
            // The second bag is empty; the last two ids are beyond the last bag.
            OperationCase(
                name: "embeddingBag \(mode)",
                arguments: [
                    .uniform([6, 3]), .indices([4, 0, 4, 5, 1, 1, 3]), .indices([0, 3, 3, 5]),
                    .fixed([7], [1, -0.5, 2, 0.25, 1, 1, 1]),
                ]
            ) { $0[0].embeddingBag(mode, ids: $0[1], offsets: $0[2], weights: $0[3]).square() }
        }

    private static let cube = OperationCase(name: "custom cube", arguments: [.uniform([3, 5])]) {
        $0[0].graph.custom(Cube(), $0[0])
    }

    private static let stopped = OperationCase(
        name: "stopGradient", arguments: [.uniform([3, 5]), .fixed([3, 5], [1, 2])]
    ) { $0[0] * $0[1].square().stoppingGradient() }

    private static let dropout = OperationCase(name: "dropout", arguments: [.uniform([3, 50])]) {
        $0[0].square().dropout(0.3, stream: 5)
    }
}

/// x³: a user's own operation.
struct Cube: CustomOperation {
    var name: String { "cube" }
    func shape(of inputs: [Shape]) -> Shape? { inputs.count == 1 ? inputs[0] : nil }

    func evaluate(_ inputs: [UnsafeBufferPointer<Float>], into output: UnsafeMutableBufferPointer<Float>) {
        for (index, x) in inputs[0].enumerated() { output[index] = x * x * x }
    }

    func gradient(inputs: [Value], output: Value, cotangent: Value) -> [Value?] {
        [inputs[0].graph.custom(CubeGradient(), inputs[0], cotangent)]
    }
}

/// Of custom operations one that cotangents pass through.
struct CubeGradient: CustomOperation {
    var name: String { "cube gradient" }
    func shape(of inputs: [Shape]) -> Shape? { inputs.count == 2 && inputs[0] == inputs[1] ? inputs[0] : nil }

    func evaluate(_ inputs: [UnsafeBufferPointer<Float>], into output: UnsafeMutableBufferPointer<Float>) {
        for index in output.indices { output[index] = inputs[1][index] * (3 * (inputs[0][index] * inputs[0][index])) }
    }

    func gradient(inputs: [Value], output: Value, cotangent: Value) -> [Value?] {
        [cotangent * (6 * inputs[0] * inputs[1]), cotangent * (3 * inputs[0].square())]
    }
}
