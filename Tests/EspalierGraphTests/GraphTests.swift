import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct GraphTests {
    @Test func aShapeMistakeNamesOperationLayerAndShapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let graph = Graph()
            let x = graph.input("x", [64, 256])
            graph.scope("trunk") {
                graph.scope("1") { _ = x.matmul(graph.parameter("weight", [128, 10], .zeros)) }
            }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("[matmul] trunk.1: [64, 256] x [128, 10], inner dimensions differ"))
    }

    @Test func aTypeMistakeNamesTheOperand() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let graph = Graph()
            _ = graph.input("logits", [4, 3]).crossEntropy(graph.input("targets", [4]))
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("[crossEntropy] [4, 3] x [4], operand 1 is float32, int32 is wanted"))
    }

    @Test func ranksAboveTwoAreNotRepeatedCrosswise() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let graph = Graph()
            _ = graph.input("a", [1, 1, 4]) + graph.input("b", [2, 3, 1])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("[add] [1, 1, 4] x [2, 3, 1], neither can be repeated to the other's shape"))
    }

    @Test func drawingANameAgainGivesTheSameValue() {
        let graph = Graph()
        #expect(graph.input("x", [2]) == graph.input("x", [2]))
        let weight = graph.scope("a") { graph.parameter("weight", [2, 3], .zeros) }
        #expect(graph.scope("a") { graph.parameter("weight", [2, 3], .zeros) } == weight)
        #expect(graph.scope("b") { graph.parameter("weight", [2, 3], .zeros) } != weight)
        #expect(graph.parameters.count == 2)
        #expect(graph.inputs.count == 1)
    }

    @Test func aNameDrawnWithAnotherShapeStops() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let graph = Graph()
            _ = graph.input("x", [2])
            _ = graph.input("x", [3])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("[graph] input x: drawn as [2] and as [3]"))
    }
}
