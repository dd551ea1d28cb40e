import EspalierTensor
import Testing

@testable import EspalierGraph

/// One operation on operands of one size: drawn for gradient checks, for the comparison of backends and of compile
/// options, and for the check that no operation is forgotten.
struct OperationCase: Sendable, CustomTestStringConvertible {
    struct Argument: Sendable {
        let shape: Shape
        /// A function of the number of elements and a seed.
        let contents: @Sendable (Int, UInt64) -> Contents
        var isDifferentiable = true
    }

    let name: String
    let arguments: [Argument]
    /// Arguments by which no second derivative exists.
    var firstDerivativeOnly: Set<Int> = []
    let draw: @Sendable ([Value]) -> Value

    var testDescription: String { name }

    /// Draws the arguments as inputs, the operation, and gradients for an input as cotangent.
    func drawn() throws -> DrawnCase {
        let graph = Graph()
        var feed = Feed()
        let seed = stableHash(name)
        let values = arguments.enumerated().map { index, argument in
            feed.draw(
                graph, "argument \(index)", argument.shape,
                argument.contents(argument.shape.count, seed &+ UInt64(index)))
        }
        let result = draw(values)
        let cotangent = feed.draw(
            graph, "cotangent", result.shape, .floats(gridNumbers(result.shape.count, seed: seed ^ 77, in: -1...1)))
        let differentiable = values.indices.filter { arguments[$0].isDifferentiable }
        let gradients = try graph.gradients(
            of: result, withRespectTo: differentiable.map { values[$0] }, cotangent: cotangent)
        return DrawnCase(
            graph: graph, feed: feed, arguments: differentiable.map { values[$0] },
            twiceDifferentiable: differentiable.filter { !firstDerivativeOnly.contains($0) }.map { values[$0] },
            onceDifferentiable: differentiable.filter { firstDerivativeOnly.contains($0) }.map { values[$0] },
            result: result, cotangent: cotangent, gradients: gradients.compactMap { $0 })
    }
}

struct DrawnCase {
    let graph: Graph
    var feed: Feed
    /// Those the result may be derived by.
    let arguments: [Value]
    let twiceDifferentiable, onceDifferentiable: [Value]
    let result: Value
    let cotangent: Value
    /// One for each argument that the result depends on smoothly.
    let gradients: [Value]
}

extension OperationCase.Argument {
    static func uniform(_ shape: Shape, in range: ClosedRange<Float> = -1...1) -> Self {
        Self(shape: shape) { .floats(gridNumbers($0, seed: $1, in: range)) }
    }

    /// Of either sign, with a magnitude in the range: away from a kink at 0.
    static func awayFromZero(_ shape: Shape, magnitude: ClosedRange<Float> = 0.25...1.5) -> Self {
        Self(shape: shape) { count, seed in
            let magnitudes = gridNumbers(count, seed: seed, in: magnitude)
            return .floats(magnitudes.enumerated().map { ($0 &* 7 + Int(seed % 5)) % 3 == 0 ? -$1 : $1 })
        }
    }

    /// Numbers that nothing is derived by: targets, masks, weights.
    static func fixed(_ shape: Shape, _ numbers: [Float]) -> Self {
        Self(
            shape: shape, contents: { count, _ in .floats((0..<count).map { numbers[$0 % numbers.count] }) },
            isDifferentiable: false)
    }

    static func indices(_ indices: [Int32]) -> Self {
        Self(shape: [indices.count], contents: { _, _ in .indices(indices) }, isDifferentiable: false)
    }
}
