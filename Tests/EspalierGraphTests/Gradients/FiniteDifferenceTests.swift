import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

/// Gradients of several losses at once, and the products of them, against differences of the losses.
///
/// The differences and the bounds are those of `DerivativeCheck`: ε = r · 2^-24 · |L| of rounding in each loss, here with
/// up to r = 16 roundings in a row, and 2e-5 of the terms for what is cut off.
@Suite struct FiniteDifferenceTests {
    @Test(arguments: [0..<4, 0..<40]) func rowsOfOneSweepAreDerivatives(_ rows: Range<Int>) throws {
        let net = TreeNet(rows: rows)
        let parameters = net.graph.parameters
        let gradients = try net.graph.gradients(of: net.losses, withRespectTo: parameters, cotangents: net.seeds)
        let walk = try Walk(net)
        for round in 0..<3 {
            let direction = parameters.indices.map { index in
                randomArray(parameters[index].shape.count, seed: UInt64(100 * round + index))
            }
            let derivatives = try walk.derivatives(along: direction)
            for task in net.losses.indices {
                let known = parameters.indices.filter { gradients[$0]?[task] != nil }
                let values = try net.graph.evaluate(known.map { gradients[$0]![task]! }, net.feed)
                let products = zip(known, values).flatMap { index, gradient in
                    zip(gradient, direction[index]).map { Double($0) * Double($1) }
                }
                derivatives[task].expect(products.reduce(0, +), size: products.reduce(0) { $0 + abs($1) })
            }
        }
    }

    /// <g_i, g_j> is the derivative of loss i along g_j.
    @Test(arguments: [0..<4, 0..<40]) func gramMatricesAreDerivatives(_ rows: Range<Int>) throws {
        let net = TreeNet(rows: rows)
        let run = try BalancedRun(net, .gram, weight: { _ in 1 })
        let separate = try net.separateGradients()
        let walk = try Walk(net)
        for (group, gram) in zip(run.groups, run.grams) {
            for (column, task) in group.tasks.enumerated() {
                let direction = net.graph.parameters.indices.map { index in
                    group.targets.contains(index) ? separate[task][index] : nil
                }
                let derivatives = try walk.derivatives(along: direction)
                for (row, other) in group.tasks.enumerated() {
                    let size = (gram[row * group.tasks.count + row] * gram[column * group.tasks.count + column])
                    derivatives[other].expect(gram[row * group.tasks.count + column], size: size.squareRoot())
                }
            }
        }
    }
}

/// A derivative by differences, with the loss it is of.
private struct Derivative {
    let number, loss: Double

    func expect(_ analytic: Double, size: Double, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            abs(number - analytic) <= 2 * 4.6e-5 * abs(loss) + 2e-5 * size, "\(number) by differences, \(analytic)",
            sourceLocation: sourceLocation)
    }
}

/// The losses of a net at other parameters.
private struct Walk {
    private let net: TreeNet
    private let program: Program
    private let start, parameters: ParameterSlab
    private static let step: Float = 0x1p-6

    init(_ net: TreeNet) throws {
        self.net = net
        let layout = ParameterLayout(of: net.graph)
        start = ParameterSlab(initializing: layout, seed: 1)
        parameters = ParameterSlab(initializing: layout, seed: 1)
        program = try net.graph.compile(outputs: net.losses, parameters: parameters, backend: ReferenceBackend())
        net.feed.set(program)
    }

    /// Of each loss along a direction, given by parameter; nil stands.
    func derivatives(along direction: [[Float]?]) throws -> [Derivative] {
        func differences(_ step: Float) throws -> [Double] {
            zip(try losses(at: step, direction), try losses(at: -step, direction)).map { ($0 - $1) / Double(2 * step) }
        }
        let (near, far) = (try differences(Self.step), try differences(2 * Self.step))
        return zip(try losses(at: 0, direction), zip(near, far)).map { loss, slopes in
            Derivative(number: (4 * slopes.0 - slopes.1) / 3, loss: loss)
        }
    }

    private func losses(at step: Float, _ direction: [[Float]?]) throws -> [Double] {
        parameters.copy(from: start)
        for (entry, direction) in zip(parameters.layout.entries, direction) {
            guard let direction else { continue }
            for (index, element) in direction.enumerated() {
                parameters.floats[entry.offset + index] += step * element
            }
        }
        program.stepCount = 0  // Dropout drops the same elements every time.
        try program.run()
        return net.losses.map { Double(program.output($0).tensor.scalars[0]) }
    }
}
