extension KernelCase {
    static let elementwiseCases: [KernelCase] = binaryCases + unaryCases + copyingCases

    private static let binaryCases: [KernelCase] = BinaryKind.allCases.flatMap { kind in
        [(0, 3), (1, 1), (3, 5), (33, 17), (2, 64)].flatMap { rows, columns in
            [(false, false), (true, false), (false, true), (true, true)].map { oneRow, oneColumn in
                let shape = (oneRow ? ", one row" : "") + (oneColumn ? ", one column" : "")
                return KernelCase("\(kind) \(rows)x\(columns)\(shape)") { memory in
                    let a = memory.matrix(rows, columns, padding: 1)
                    let b = memory.matrix(oneRow ? 1 : rows, oneColumn ? 1 : columns)
                    if kind == .maximum || kind == .minimum, rows > 1 { a.pointer[0] = .nan }
                    let y = columns == 17 ? a : memory.output(rows, columns, padding: 2)
                    return .binary(
                        .init(
                            kind, rows: rows, columns: columns,
                            a: .init(a.pointer, rowStride: a.leadingDimension, columnStride: 1),
                            b: .init(
                                b.pointer, rowStride: oneRow ? 0 : b.leadingDimension,
                                columnStride: oneColumn ? 0 : 1),
                            y: y))
                }
            }
        } + (kind == .add ? [addition(100, 400)] : []) + [
            KernelCase("\(kind) of a row with a column") { memory in
                .binary(
                    .init(
                        kind, rows: 5, columns: 18, a: .init(memory.vector(18), rowStride: 0, columnStride: 1),
                        b: .init(memory.vector(5), rowStride: 1, columnStride: 0), y: memory.output(5, 18)))
            }
        ]
    }

    /// Worth several threads.
    private static func addition(_ rows: Int, _ columns: Int) -> KernelCase {
        KernelCase("add \(rows)x\(columns), one row, in place") { memory in
            let x = memory.matrix(rows, columns)
            return .binary(
                .init(
                    .add, rows: rows, columns: columns, a: .init(x.pointer, rowStride: columns, columnStride: 1),
                    b: .init(memory.vector(columns), rowStride: 0, columnStride: 1), y: x))
        }
    }

    private static let unaryCases: [KernelCase] = UnaryKind.allCases.flatMap { kind in
        ([0, 1, 15, 16, 33] + (kind == .exp ? [40_000] : [])).map { count in
            KernelCase("\(kind) \(count)") { memory in
                let range: ClosedRange<Float> =
                    switch kind {
                    case .exp: -100...88
                    case .log, .squareRoot: 0...100
                    default: -3...3
                    }
                let x = memory.vector(count, in: range)
                return .unary(.init(kind, count: count, x: x, y: count == 33 ? x : memory.output(count)))
            }
        } + [
            KernelCase("\(kind) of special values") { memory in
                let values: [Float] = [
                    0, -0.0, 1, -1, .infinity, -.infinity, .nan, 0x1p-140, .greatestFiniteMagnitude, 0x1p-126, 89,
                    -104,
                ]
                return .unary(
                    .init(kind, count: values.count, x: memory.vector(values), y: memory.output(values.count)))
            }
        ]
    }

    private static let copyingCases: [KernelCase] =
        [(0, 4), (4, 0), (1, 1), (5, 7), (100, 400)].map { rows, columns in
            KernelCase("copy \(rows)x\(columns)") { memory in
                .copy(
                    .init(
                        rows: rows, columns: columns, x: memory.matrix(rows, columns, padding: 3),
                        y: memory.output(rows, columns, padding: 5)))
            }
        }
        + [0, 1, 33, 40_000].flatMap { count in
            [
                KernelCase("fill \(count)") { .fill(.init(count: count, value: 2.5, y: $0.output(count))) },
                KernelCase("affine \(count)") { memory in
                    let x = memory.vector(count)
                    return .affine(
                        .init(count: count, scale: 1.7, offset: -0.3, x: x, y: count == 33 ? x : memory.output(count)))
                },
            ]
        }

    static let dropoutCases: [KernelCase] = [0, 1, 5, 16, 67, 40_000].flatMap { count in
        (count > 100 ? [0.5] : [Float(0), 0.1, 0.5]).map { rate in
            KernelCase("dropout \(count) at \(rate)") { memory in
                let x = memory.vector(count)
                return .dropout(
                    .init(
                        seed: 0x1234_5678_9ABC_DEF0, stream: 0xFEDC_0000_0001, step: memory.counter(1_000_000_007),
                        count: count, rate: rate, x: x, y: count == 67 ? x : memory.output(count)))
            }
        }
    }
}
