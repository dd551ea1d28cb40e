import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct ScheduleTests {
    private func unit(_ outputs: [Int], _ inputs: [Int]) -> Unit {
        Unit(kind: .single(outputs[0]), outputs: outputs, inputs: inputs)
    }

    @Test func keepsTheOrderDrawnWhereItCan() {
        let units = [unit([3], [1]), unit([1], []), unit([2], [1])]
        #expect(schedule(units, nodeCount: 4) { $0 }.map { $0.outputs[0] } == [1, 2, 3])
    }

    @Test func bringsForwardWhatAnEarlierUnitWaitsFor() {
        // Unit 1 stands for a loss with its gradient, which waits for 4, drawn later; 5 is an alias of 3.
        let units = [unit([1, 6], [0, 4]), unit([2], [1]), unit([3], []), unit([4], [5])]
        #expect(schedule(units, nodeCount: 7) { $0 == 5 ? 3 : $0 }.map { $0.outputs[0] } == [3, 4, 1, 2])
    }

    @Test func whatWritesOverAnOperandComesAfterItsOtherReaders() {
        // Units 2 and 4 would write over 1. Unit 4 waits for 2, which cannot come last.
        let units = [unit([1], []), unit([2], [1]), unit([3], [1]), unit([4], [1, 2]), unit([5], [1])]
        let overwriting = schedule(
            units, nodeCount: 6, overwritten: { [2, 4].contains($0.outputs[0]) ? 1 : nil }, root: { $0 })
        #expect(overwriting.map { $0.outputs[0] } == [1, 3, 5, 2, 4])
        let plain = schedule(units, nodeCount: 6) { $0 }
        #expect(plain.map { $0.outputs[0] } == [1, 2, 3, 4, 5])
    }

    @Test func aChainOfAHundredThousandUnitsNeedsNoDeepStack() {
        // Drawn back to front: each waits for the one drawn after it.
        let count = 100_000
        let units = (0..<count).map { unit([$0], $0 + 1 < count ? [$0 + 1] : []) }
        let ordered = schedule(units, nodeCount: count) { $0 }
        #expect(ordered.map { $0.outputs[0] } == (0..<count).reversed())
    }

    @Test func aLossWaitsForALongCotangent() throws {
        let graph = Graph()
        let x = graph.input("x", [2, 2])
        let loss = x.regressionLoss(.squared, graph.constant(Tensor(zeros: [2, 2])))
        var cotangent = graph.input("factor", [])
        for _ in 0..<1000 { cotangent = cotangent + 1 }
        let gradient = try graph.gradients(of: loss, withRespectTo: [x], cotangent: cotangent)[0]!
        let program = try graph.compile([loss, gradient])
        program.input(x).set(Tensor([1, 2, 3, 4], shape: [2, 2]))
        try program.run()
        #expect(program.output(loss).scalar == 7.5)
        #expect(program.output(gradient).tensor.scalars == [500, 1000, 1500, 2000])
    }
}
