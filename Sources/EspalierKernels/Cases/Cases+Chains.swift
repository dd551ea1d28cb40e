extension KernelCase {
    private typealias Chain = KernelCall.Chain

    static let chainCases: [KernelCase] = [
        (0, 3), (3, 0), (1, 1), (1, 33), (17, 5), (3, 700), (2, 2100), (100, 400),
    ].flatMap { rows, columns in
        [
            chain("residual after dropout", rows, columns, residual),
            chain("cross-stitch of rows, columns and a number", rows, columns, crossStitch),
            chain("gate, in place", rows, columns, gate),
            chain("as long as may be, two results", rows, columns, longest),
        ]
    }

    private static func chain(
        _ name: String, _ rows: Int, _ columns: Int, _ steps: @escaping @Sendable (CaseMemory, Int, Int) -> [Chain.Step]
    ) -> KernelCase {
        KernelCase("chain \(rows)x\(columns), \(name)") { memory in
            .chain(.init(rows: rows, columns: columns, steps: steps(memory, rows, columns)))
        }
    }

    /// 0.5 · dropout(gelu'(x) · dy) + r
    @Sendable private static func residual(_ memory: CaseMemory, _ rows: Int, _ columns: Int) -> [Chain.Step] {
        let count = rows * columns
        let mask = KernelCall.DropoutMask(seed: 1, stream: 2, step: memory.counter(3), rate: 0.25)
        return [
            .init(.activationBackward(.gelu), .whole(memory.vector(count)), .whole(memory.vector(count))),
            .init(.dropout(mask), .result(0)),
            .init(.affine(scale: 0.5, offset: 0), .result(1)),
            .init(.binary(.add), .result(2), .whole(memory.vector(count)), y: memory.output(count)),
        ]
    }

    /// |row · x + column · y| - number
    @Sendable private static func crossStitch(_ memory: CaseMemory, _ rows: Int, _ columns: Int) -> [Chain.Step] {
        let count = rows * columns
        return [
            .init(.binary(.multiply), .row(memory.vector(columns)), .whole(memory.vector(count))),
            .init(.binary(.multiply), .whole(memory.vector(count)), .column(memory.vector(rows))),
            .init(.binary(.add), .result(0), .result(1)),
            .init(.unary(.absoluteValue), .result(2)),
            .init(.binary(.subtract), .result(3), .number(memory.vector(1)), y: memory.output(count)),
        ]
    }

    /// x · σ(x), where x stands.
    @Sendable private static func gate(_ memory: CaseMemory, _ rows: Int, _ columns: Int) -> [Chain.Step] {
        let x = memory.vector(rows * columns)
        return [
            .init(.activation(.sigmoid), .whole(x)), .init(.binary(.multiply), .result(0), .whole(x), y: x),
        ]
    }

    /// x + row + 2 · (x + row) + ..., which needs all results to the end.
    @Sendable private static func longest(_ memory: CaseMemory, _ rows: Int, _ columns: Int) -> [Chain.Step] {
        let count = rows * columns
        var steps = [Chain.Step(.binary(.add), .whole(memory.vector(count)), .row(memory.vector(columns)))]
        while steps.count < Chain.mostSteps / 2 {
            steps.append(.init(.affine(scale: 2, offset: 1), .result(steps.count - 1)))
        }
        while steps.count < Chain.mostSteps {
            steps.append(.init(.binary(.add), .result(steps.count - 1), .result(Chain.mostSteps - 1 - steps.count)))
        }
        steps[3].y = memory.output(count)
        steps[Chain.mostSteps - 1].y = memory.output(count)
        return steps
    }
}
