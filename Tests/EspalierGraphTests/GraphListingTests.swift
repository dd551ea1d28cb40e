import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct GraphListingTests {
    private func drawn() throws -> Graph {
        let graph = Graph()
        let x = graph.input("x", [4, 3])
        let targets = graph.input("topic", [4], type: .int32)
        let weight = graph.scope("head") { graph.parameter("weight", [3, 2], .zeros) }
        let loss = graph.scope("head") { x.matmul(weight).crossEntropy(targets) }
        _ = try graph.gradients(of: loss, withRespectTo: [weight])
        return graph
    }

    @Test func listsANodeALine() throws {
        #expect(
            try drawn().description == """
                %0 = input x : [4, 3]
                %1 = input topic : [4] int32
                %2 = parameter head.weight : [3, 2]  // head
                %3 = matmul(%0, %2) {AB} : [4, 2]  // head
                %4 = crossEntropy(%3, %1) {mean} : []  // head
                %5 = constant 1.0 : []
                %6 = crossEntropyGradient(%3, %1, %5) : [4, 2]  // head
                %7 = matmul(%0, %6) {AᵀB} : [3, 2]  // head
                """)
    }

    @Test func exportsToDOT() {
        let graph = Graph()
        _ = graph.input("say \"x\"", [2]).relu()
        #expect(
            graph.dot == #"""
                digraph {
                  rankdir = TB;
                  node [shape = box, fontname = "sans-serif"];
                  n0 [label = "input say \"x\"\n[2]", style = rounded];
                  n1 [label = "relu\n[2]"];
                  n0 -> n1;
                }
                """#)
    }
}
