import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct DropoutTests {
    private func program(seed: UInt64) throws -> (Program, [Value]) {
        let graph = Graph()
        let x = graph.input("x", [1000])
        let y = x.dropout(0.25, stream: 3)
        let gradient = try graph.gradients(of: y.sum(), withRespectTo: [x])[0]!
        let program = try graph.compile(
            outputs: [y, gradient], parameters: ParameterSlab(zeros: ParameterLayout(of: graph)),
            backend: try NativeBackend(threads: 1), seed: seed)
        program.input(x).withFloats { span in for index in 0..<span.count { span[index] = 1 } }
        return (program, [y, gradient])
    }

    private func runs(seed: UInt64) throws -> [[Float]] {
        let (program, values) = try program(seed: seed)
        return try (0..<2).flatMap { _ in
            try program.run()
            return values.map { program.output($0).tensor.scalars }
        }
    }

    @Test func forwardAndBackwardDropAlikeAndEachRunAnew() throws {
        let runs = try runs(seed: 7)
        #expect(runs[0] == runs[1])
        #expect(runs[2] == runs[3])
        #expect(runs[0] != runs[2])
        #expect(Set(runs[0]) == [0, 1 / 0.75])
        // Binomial, mean 250, deviation 13.7: five deviations.
        #expect(abs(runs[0].count { $0 == 0 } - 250) < 69)
    }

    @Test func theSeedDecides() throws {
        #expect(try runs(seed: 7) == runs(seed: 7))
        #expect(try runs(seed: 7) != runs(seed: 8))
    }

    @Test func stepCountBringsARunBack() throws {
        let (program, values) = try program(seed: 7)
        try program.run()
        let first = program.output(values[0]).tensor.scalars
        program.stepCount = 0
        try program.run()
        #expect(program.output(values[0]).tensor.scalars == first)
    }

    @Test func rateZeroIsNothing() {
        let x = Graph().input("x", [3])
        #expect(x.dropout(0, stream: 1) == x)
    }
}
