extension KernelCase {
    private static let rowShapes = [
        (0, 5), (1, 1), (4, 3), (5, 10), (17, 16), (3, 33), (70, 5), (2, 1000), (300, 64),
    ]

    static let softmaxCases: [KernelCase] = [false, true].flatMap { logarithm in
        let name = logarithm ? "log-softmax" : "softmax"
        let forward = rowShapes.map { rows, columns in
            KernelCase("\(name) \(rows)x\(columns)") { memory in
                let padding = columns % 2 == 0 ? 0 : 2
                let x = memory.matrix(rows, columns, padding: padding, in: -20...20)
                let y = columns % 3 == 0 ? x : memory.output(rows, columns, padding: padding)
                return .softmax(.init(logarithm: logarithm, rows: rows, columns: columns, x: x, y: y))
            }
        }
        let special = KernelCase("\(name) of NaN and infinities") { memory in
            let columns = 19
            let x = memory.matrix(6, columns)
            for (row, value) in [Float.nan, .infinity, -.infinity].enumerated() { x.pointer[row * columns + 7] = value }
            for column in 0..<columns { x.pointer[3 * columns + column] = -.infinity }
            for column in 0..<columns { x.pointer[4 * columns + column] += 1e6 }
            x.pointer[5 * columns + 18] = 300
            return .softmax(.init(logarithm: logarithm, rows: 6, columns: columns, x: x, y: memory.output(6, columns)))
        }
        let backward = rowShapes.map { rows, columns in
            KernelCase("\(name) backward \(rows)x\(columns)") { memory in
                let y = memory.matrix(rows, columns, padding: 1, in: logarithm ? -9...0 : 0...1)
                let dy = memory.matrix(rows, columns)
                let dx = columns % 3 == 0 ? dy : memory.output(rows, columns, padding: 3)
                return .softmaxBackward(
                    .init(logarithm: logarithm, rows: rows, columns: columns, y: y, dy: dy, dx: dx))
            }
        }
        return forward + [special] + backward
    }

    static let normalizationCases: [KernelCase] = rowShapes.flatMap { rows, columns in
        let shape = "\(rows)x\(columns)"
        let hasGain = columns % 2 == 1
        return [
            KernelCase("layer normalization \(shape)") { memory in
                let x = memory.matrix(rows, columns, padding: 2, in: -1...5)
                return .layerNormalization(
                    .init(
                        rows: rows, columns: columns, x: x, gain: hasGain ? memory.vector(columns) : nil,
                        bias: hasGain ? memory.vector(columns) : nil, epsilon: 1e-5,
                        y: columns % 3 == 0 ? x : memory.output(rows, columns, padding: 1)))
            },
            KernelCase("layer normalization backward \(shape)") { memory in
                let dy = memory.matrix(rows, columns, padding: 1)
                return .layerNormalizationBackward(
                    .init(
                        rows: rows, columns: columns, x: memory.matrix(rows, columns, padding: 2),
                        gain: hasGain ? memory.vector(columns) : nil, epsilon: 1e-3, dy: dy,
                        dx: columns % 3 == 0 ? dy : memory.output(rows, columns, padding: 4)))
            },
            KernelCase("layer normalization gain \(shape)") { memory in
                .layerNormalizationGain(
                    .init(
                        rows: rows, columns: columns, x: memory.matrix(rows, columns), epsilon: 1e-3,
                        dy: memory.matrix(rows, columns, padding: 1), dgain: memory.output(columns)))
            },
        ]
    }

    static let reductionCases: [KernelCase] =
        [(0, 3), (3, 0), (1, 1), (7, 5), (63, 17), (65, 16), (200, 170), (2, 1000)].flatMap { rows, columns in
            [
                KernelCase("column sums \(rows)x\(columns)") { memory in
                    .columnSums(
                        .init(
                            rows: rows, columns: columns, x: memory.matrix(rows, columns, padding: 2), scale: 0.5,
                            y: memory.output(columns)))
                },
                KernelCase("row sums \(rows)x\(columns)") { memory in
                    .rowSums(
                        .init(
                            rows: rows, columns: columns, x: memory.matrix(rows, columns, padding: 2), scale: -3,
                            y: memory.output(rows)))
                },
            ]
        }
        + [0, 1, 17, 1000, 100_000].map { count in
            KernelCase("squared norm \(count)") { memory in
                .squaredNorm(.init(count: count, x: memory.vector(count), y: memory.double()))
            }
        }
}
