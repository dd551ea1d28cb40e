import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// The scalar products of lanes with one another: G[i,j] = <x_i, x_j>, or <x_i, M x_j> with a symmetric matrix M over
    /// the rows as a second operand.
    ///
    /// The second form is how Gram matrices of weight gradients are had without the gradients: for g_i = Xᵀ D_i,
    /// <g_i, g_j> = <D_i, (X Xᵀ) D_j>, which is the sum of (X Xᵀ) ∘ (D_i D_jᵀ). It is symmetric up to rounding.
    ///
    /// Products are summed in blocks of 4096, and the blocks in a fixed tree, so that a gradient of a million numbers
    /// loses no more digits than one of some thousands.
    public struct Gram: LaneRule {
        let lanes: Int

        var name: String { "gram" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            if inputs.count == 2 {
                guard inputs[1].rank == 2, inputs[1][0] == inputs[0].rows, inputs[1][1] == inputs[0].rows else {
                    throw ShapeMistake("a square matrix over the rows is wanted")
                }
            }
            return [lanes, lanes]
        }

        func lanes(of inputs: [Int]) throws(ShapeMistake) -> Int {
            guard inputs[0] == lanes, inputs.count == 1 || inputs[1] == 1 else {
                throw ShapeMistake("\(lanes) lanes and one matrix are wanted")
            }
            return 1
        }

        func scratchCount(for inputs: [Graph.Node], inPlace: Bool) -> Int {
            let blocks = Blocks(inputs[0].shape, lanes: lanes, hasMatrix: inputs.count == 2)
            return blocks.partialCount * lanes * lanes + blocks.productCount
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let x = site.inputs[0]
            let blocks = Blocks(x.shape, lanes: lanes, hasMatrix: site.inputs.count == 2)
            guard let scratch = site.scratch, blocks.partialCount > 0 else {
                return [.fill(.init(count: lanes * lanes, value: 0, y: site.output.floats))]
            }
            var calls: [KernelCall] = []
            var partial = scratch
            let products = scratch + blocks.partialCount * lanes * lanes
            for rows in blocks.rowBlocks {
                let (start, count) = (rows.lowerBound * x.columns, rows.count * x.columns)
                var other = x.lanes.map { $0.assumingMemoryBound(to: Float.self) + start }
                if site.inputs.count == 2 {
                    other = x.lanes.indices.map { products + $0 * count }
                    calls += x.lanes.indices.map { lane in
                        .gemm(
                            .init(
                                m: rows.count, n: x.columns, k: x.rows,
                                a: Matrix(
                                    site.inputs[1].floats + rows.lowerBound * x.rows, leadingDimension: x.rows),
                                b: x.lane(lane).matrix, c: Matrix(other[lane], leadingDimension: max(x.columns, 1))))
                    }
                }
                let mine = x.lanes.map { $0.assumingMemoryBound(to: Float.self) + start }
                for first in stride(from: 0, to: count, by: Blocks.sumLength) {
                    let length = min(Blocks.sumLength, count - first)
                    calls += scalarProducts(mine.map { $0 + first }, other.map { $0 + first }, length, into: partial)
                    partial += lanes * lanes
                }
            }
            calls.append(
                .columnSums(
                    .init(
                        rows: blocks.partialCount, columns: lanes * lanes,
                        x: Matrix(scratch, leadingDimension: lanes * lanes), scale: 1, y: site.output.floats)))
            return calls
        }

        /// One product of two matrices whose rows are lanes, or as many as there are uneven steps between lanes.
        private func scalarProducts(_ a: [Floats], _ b: [Floats], _ length: Int, into y: Floats) -> [KernelCall] {
            evenRuns(a).flatMap { rows in
                evenRuns(b).map { columns in
                    var call = KernelCall.GEMM(
                        m: rows.range.count, n: columns.range.count, k: length,
                        a: Matrix(a[rows.range.lowerBound], leadingDimension: max(rows.step, length)),
                        b: Matrix(b[columns.range.lowerBound], leadingDimension: max(columns.step, length)),
                        c: Matrix(
                            y + rows.range.lowerBound * lanes + columns.range.lowerBound, leadingDimension: lanes))
                    call.transposeB = true
                    return .gemm(call)
                }
            }
        }

        private func evenRuns(_ lanes: [Floats]) -> [(range: Range<Int>, step: Int)] {
            var runs: [(range: Range<Int>, step: Int)] = []
            for index in lanes.indices {
                if let last = runs.last, last.range.count == 1, lanes[index] > lanes[index - 1] {
                    runs[runs.count - 1] = (last.range.lowerBound..<index + 1, lanes[index] - lanes[index - 1])
                } else if let last = runs.last, lanes[index] - lanes[index - 1] == last.step {
                    runs[runs.count - 1].range = last.range.lowerBound..<index + 1
                } else {
                    runs.append((index..<index + 1, 0))
                }
            }
            return runs
        }
    }
}

/// How the sums are cut, by the shapes alone.
private struct Blocks {
    static let sumLength = 4096
    /// Floats of M x_j for all lanes that are held at a time: a part of the second-level cache.
    private static let productFloats = 1 << 20

    let rowBlocks: [Range<Int>]
    let partialCount: Int
    let productCount: Int

    init(_ shape: Shape, lanes: Int, hasMatrix: Bool) {
        let (rows, columns) = (shape.rows, shape.columns)
        // Not below 32 rows, or reading x_j would cost more than the product.
        let height = hasMatrix ? max(32, Self.productFloats / max(1, lanes * columns)) : max(1, rows)
        rowBlocks = stride(from: 0, to: rows, by: height).map { $0..<min($0 + height, rows) }
        partialCount = rowBlocks.reduce(0) { $0 + ($1.count * columns + Self.sumLength - 1) / Self.sumLength }
        productCount = hasMatrix ? lanes * min(height, rows) * columns : 0
    }
}

extension Value {
    /// The scalar products of this value's lanes, `[lanes, lanes]`; with `metric`, a symmetric matrix M over the rows,
    /// <x_i, M x_j>.
    func gram(metric: Value? = nil) -> Value {
        graph.append(.gram(.init(lanes: lanes)), [self] + [metric].compactMap { $0 })
    }
}
