import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct CustomTests {
    @Test func computesAndDerives() throws {
        let graph = Graph()
        let x = graph.constant(Tensor([1, -2, 3]))
        let y = graph.custom(Cube(), x)
        let gradient = try graph.gradients(of: y.sum(), withRespectTo: [x])[0]!
        for backend in [try NativeBackend(threads: 1), ReferenceBackend()] as [any Backend] {
            #expect(try graph.evaluate([y, gradient], on: backend) == [[1, -8, 27], [3, 12, 27]])
        }
        #expect(graph.description.contains("%1 = cube(%0) : [3]"))
    }

    @Test func refusesShapesWithItsName() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let graph = Graph()
            _ = graph.custom(Cube(), graph.input("a", [2]), graph.input("b", [3]))
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("[cube] [2] x [3], the operation refuses them"))
    }
}
