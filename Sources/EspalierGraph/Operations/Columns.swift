import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Matrices side by side.
    public struct Concatenate: OperationRule {
        var name: String { "concatenate" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs.allSatisfy({ $0.rank == 2 && $0[0] == inputs[0][0] }) else {
                throw ShapeMistake("matrices with as many rows are wanted")
            }
            return [inputs[0][0], inputs.reduce(0) { $0 + $1[1] }]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            var start = 0
            return site.inputs.map { input in
                defer { start += input.shape[1] }
                return site.cotangent.columns(start..<start + input.shape[1])
            }
        }

        func foldsLanes(at site: KernelSite) -> Bool { site.inputs.allSatisfy { $0.lanes.count > 1 } }

        func kernels(at site: KernelSite) -> [KernelCall] {
            var start = 0
            return site.inputs.map { input in
                defer { start += input.columns }
                return .copy(
                    .init(
                        rows: input.rows, columns: input.columns, x: input.matrix,
                        y: Matrix(site.output.floats + start, leadingDimension: site.output.matrix.leadingDimension)))
            }
        }
    }

    /// Some of a matrix's columns.
    public struct Slice: OperationRule {
        let range: Range<Int>

        var name: String { "slice" }
        var attributes: String { "columns \(range)" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs[0].rank == 2, range.lowerBound >= 0, range.upperBound <= inputs[0][1] else {
                throw ShapeMistake("has no columns \(range)")
            }
            return [inputs[0][0], range.count]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let width = site.inputs[0].shape[1]
            return [
                site.graph.append(
                    .pad(.init(before: range.lowerBound, after: width - range.upperBound)), [site.cotangent])
            ]
        }

        func foldsLanes(at site: KernelSite) -> Bool { true }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let x = site.inputs[0]
            return [
                .copy(
                    .init(
                        rows: x.rows, columns: range.count,
                        x: Matrix(x.floats + range.lowerBound, leadingDimension: x.matrix.leadingDimension),
                        y: site.output.matrix))
            ]
        }
    }

    /// A matrix with columns of zeros before and after: the adjoint of a slice.
    public struct Pad: OperationRule {
        let before, after: Int

        var name: String { "pad" }
        var attributes: String { "\(before) before, \(after) after" }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            [inputs[0].rows, before + inputs[0].columns + after]
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [site.cotangent.columns(before..<before + site.inputs[0].shape.columns)]
        }

        func foldsLanes(at site: KernelSite) -> Bool { true }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let (x, y) = (site.inputs[0], site.output)
            return [
                .fill(.init(count: y.count, value: 0, y: y.floats)),
                .copy(
                    .init(
                        rows: x.rows, columns: x.columns, x: x.matrix,
                        y: Matrix(y.floats + before, leadingDimension: y.matrix.leadingDimension))),
            ]
        }
    }
}

extension Value {
    /// `[rows, a]` and `[rows, b]` to `[rows, a + b]`.
    public func concatenated(_ others: Value...) -> Value { graph.append(.concatenate(.init()), [self] + others) }

    /// `[rows, columns]` to `[rows, range.count]`.
    public func columns(_ range: Range<Int>) -> Value { graph.append(.slice(.init(range: range)), [self]) }
}
