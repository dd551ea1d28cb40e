import EspalierKernels
import EspalierTensor

@testable import EspalierGraph

/// Compares gradients with finite differences, both computed by the reference backend.
///
/// With fixed random cotangents w the outputs become one number, f(x) = Σ w · output(x), summed in Double. Along a
/// random direction v the derivative is <∇f, v>; against it stands Richardson's combination of two central differences,
///
///     D(h) = (f(x + hv) - f(x - hv)) / 2h,    (4 D(h) - D(2h)) / 3,    h = 2^-6.
///
/// x and v lie on a grid of powers of two, so that the points have no rounding error. What remains:
/// - rounding: the reference rounds each kernel's result to Float once. With up to r = 8 such roundings in a row, f is
///   off by at most ε = r · 2^-24 · S, S = Σ |w| |output|, and the combination by 1.5 ε / h = 4.6e-5 S.
/// - truncation: h⁴ / 30 · f⁽⁵⁾ = 2e-9 f⁽⁵⁾; the cases' operands keep f⁽⁵⁾ below 10⁴ G, G = Σ |∇f| |v|.
struct DerivativeCheck {
    let graph: Graph
    let feed: Feed
    let outputs: [Value]
    let arguments: [Value]
    let seed: UInt64

    private static let step: Float = 0x1p-6

    /// What is wrong, in words; nil if the gradients are right in four random directions.
    func failure() throws -> String? {
        let forward = try graph.compile(outputs)
        let weights = outputs.enumerated().map { gridNumbers($1.shape.count, seed: seed &+ UInt64($0), in: -1...1) }
        let gradients = try analyticGradients(weights)
        for round in 0..<4 {
            let directions = arguments.enumerated().map { index, argument in
                randomDirection(argument.shape.count, seed: seed &+ UInt64(1000 * (round + 1) + index))
            }
            func difference(_ step: Float) throws -> (value: Double, scale: Double) {
                let (plus, scale) = try value(at: step, directions, forward, weights)
                let (minus, _) = try value(at: -step, directions, forward, weights)
                return ((plus - minus) / Double(2 * step), scale)
            }
            let (near, scale) = try difference(Self.step)
            let (far, _) = try difference(2 * Self.step)
            let numeric = (4 * near - far) / 3
            var (analytic, size) = (0.0, 0.0)
            for (gradient, direction) in zip(gradients, directions) {
                for (g, v) in zip(gradient, direction) {
                    analytic += g * Double(v)
                    size += abs(g * Double(v))
                }
            }
            if !(abs(numeric - analytic) <= 4.6e-5 * scale + 2e-5 * size) {
                return "direction \(round): \(numeric) by differences, \(analytic) by the rule"
            }
        }
        return nil
    }

    private func analyticGradients(_ weights: [[Float]]) throws -> [[Double]] {
        var sums = arguments.map { [Double](repeating: 0, count: $0.shape.count) }
        for (output, weights) in zip(outputs, weights) {
            let gradients = try graph.gradients(
                of: output, withRespectTo: arguments, cotangent: graph.constant(Tensor(weights, shape: output.shape)))
            let values = try graph.evaluate(gradients.compactMap { $0 }, feed)
            let dependent = gradients.indices.filter { gradients[$0] != nil }
            for (index, value) in zip(dependent, values) {
                for (position, element) in value.enumerated() { sums[index][position] += Double(element) }
            }
        }
        return sums
    }

    private func value(
        at step: Float, _ directions: [[Float]], _ program: Program, _ weights: [[Float]]
    ) throws -> (value: Double, scale: Double) {
        var moved = feed
        for (argument, direction) in zip(arguments, directions) {
            let index = moved.contents.firstIndex { $0.input == argument }!
            guard case .floats(let numbers) = moved.contents[index].contents else { continue }
            moved.contents[index].contents = .floats(zip(numbers, direction).map { $0 + step * $1 })
        }
        moved.set(program)
        program.stepCount = 0  // Dropout drops the same elements every time.
        try program.run()
        var (sum, scale) = (0.0, 0.0)
        for (output, weights) in zip(outputs, weights) {
            for (y, w) in zip(program.output(output).tensor.scalars, weights) {
                sum += Double(y) * Double(w)
                scale += abs(Double(y) * Double(w))
            }
        }
        return (sum, scale)
    }

    private func randomDirection(_ count: Int, seed: UInt64) -> [Float] {
        gridNumbers(count, seed: seed, in: -1...1).map { ($0 * 16).rounded() / 16 }
    }
}
