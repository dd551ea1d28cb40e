import EspalierKernels
import EspalierTensor

/// An operation between lanes: its kernel calls see all of them.
protocol LaneRule: OperationRule {}

extension LaneRule {
    func gradient(at site: GradientSite) throws(GraphError) -> [Value?] { throw site.notDifferentiable(lanesHint) }
}

/// What stands between the gradients of several losses and their derivatives.
let lanesHint = "gradients of several losses at once are not derived again; derive each loss by itself"

extension Graph.Operation {
    /// One lane of a value; shares its memory.
    public struct Lane: LaneRule {
        let index: Int

        var name: String { "lane" }
        var attributes: String { "\(index)" }
        var isAlias: Bool { true }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }
        func lanes(of inputs: [Int]) throws(ShapeMistake) -> Int {
            guard index < inputs[0] else { throw ShapeMistake("has no lane \(index)") }
            return 1
        }
        func kernels(at site: KernelSite) -> [KernelCall] { [] }
    }

    /// Lanes made of the operands' lanes, each one of them or the sum of several in their order. Compiling lets an
    /// operand be computed where its lane is wanted, so that commonly nothing is copied.
    public struct Stack: LaneRule {
        struct Source: Hashable {
            let operand, lane: Int
        }

        /// For every lane of the result.
        let sources: [[Source]]

        var name: String { "stack" }
        var attributes: String {
            sources.map { $0.map { "\($0.operand).\($0.lane)" }.joined(separator: "+") }.joined(separator: " ")
        }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard inputs.allSatisfy({ $0 == inputs[0] }) else { throw ShapeMistake("lanes of one shape are wanted") }
            return inputs[0]
        }

        func lanes(of inputs: [Int]) throws(ShapeMistake) -> Int { sources.count }

        func kernels(at site: KernelSite) -> [KernelCall] {
            zip(sources, site.output.lanes.indices).flatMap { sources, index -> [KernelCall] in
                let y = site.output.lane(index)
                let parts = sources.map { site.inputs[$0.operand].lane($0.lane) }
                if parts.count == 1 {
                    if parts[0].pointer == y.pointer { return [] }
                    return [.copy(.init(rows: y.rows, columns: y.columns, x: parts[0].matrix, y: y.matrix))]
                }
                return parts.indices.dropFirst().map { part in
                    let sum = part == 1 ? parts[0] : y
                    return .binary(
                        .init(
                            .add, rows: y.rows, columns: y.columns, a: sum.broadcast(to: y.shape),
                            b: parts[part].broadcast(to: y.shape), y: y.matrix))
                }
            }
        }
    }

    /// Σ w · x over lanes of one or more operands; the last operand holds the weights.
    public struct Combine: LaneRule {
        /// For every operand but the last, where each of its lanes' weight stands.
        let positions: [[Int]]

        var name: String { "combine" }
        var attributes: String { positions.map { $0.map(String.init).joined(separator: " ") }.joined(separator: ", ") }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            let count = inputs.last!.count
            guard inputs.dropLast().allSatisfy({ $0 == inputs[0] }), positions.joined().allSatisfy({ $0 < count })
            else {
                throw ShapeMistake("lanes of one shape and a weight for each are wanted")
            }
            return inputs[0]
        }

        func lanes(of inputs: [Int]) throws(ShapeMistake) -> Int {
            guard zip(positions, inputs).allSatisfy({ $0.count == $1 }) else {
                throw ShapeMistake("a weight for every lane is wanted")
            }
            return 1
        }

        /// A row of weights times the matrix whose rows are lanes, for as many lanes at once as lie evenly.
        func kernels(at site: KernelSite) -> [KernelCall] {
            let (weights, y) = (site.inputs.last!.floats, site.output)
            var calls: [KernelCall] = []
            for (x, positions) in zip(site.inputs, positions) {
                var start = 0
                while start < positions.count {
                    var end = start + 1
                    while end < positions.count, positions[end] == positions[start] + end - start,
                        x.laneStride(start..<end + 1) ?? 0 >= x.count
                    { end += 1 }
                    let stride = x.laneStride(start..<end) ?? x.count
                    var call = KernelCall.GEMM(
                        m: 1, n: y.count, k: end - start,
                        a: Matrix(weights + positions[start], leadingDimension: end - start),
                        b: Matrix(x.lane(start).floats, leadingDimension: max(stride, 1)),
                        c: Matrix(y.floats, leadingDimension: max(y.count, 1)))
                    call.beta = calls.isEmpty ? 0 : 1
                    calls.append(.gemm(call))
                    start = end
                }
            }
            return calls
        }
    }
}
