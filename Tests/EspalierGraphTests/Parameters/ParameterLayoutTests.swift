import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct ParameterLayoutTests {
    private func layout() -> ParameterLayout {
        let graph = Graph()
        _ = graph.scope("trunk") { graph.parameter("weight", [3, 7], .glorotUniform) }
        _ = graph.parameter("scale", [], .ones)
        _ = graph.scope("trunk") { graph.parameter("bias", [16], .constant(0.5)) }
        return ParameterLayout(of: graph)
    }

    @Test func placesParametersOnCacheLines() {
        let layout = layout()
        #expect(layout.entries.map(\.name) == ["trunk.weight", "scale", "trunk.bias"])
        #expect(layout.entries.map(\.offset) == [0, 32, 48])
        #expect(layout.count == 64)
        #expect(layout.parameterCount == 38)
        #expect(layout["scale"]?.shape == [])
        #expect(layout["nobody"] == nil)
    }

    @Test func slabsReadAndWriteByName() {
        let slab = ParameterSlab(initializing: layout(), seed: 1)
        #expect(slab["scale"]?.scalars == [1])
        #expect(slab["trunk.bias"]?.scalars == Array(repeating: 0.5, count: 16))
        slab["scale"] = Tensor([4], shape: [])
        let copy = ParameterSlab(zeros: slab.layout)
        copy.copy(from: slab)
        #expect(copy["scale"]?.scalars == [4])
        #expect(copy["trunk.weight"]?.scalars == slab["trunk.weight"]?.scalars)
        #expect(copy["nobody"] == nil)
    }

    @Test func aParameterThatDoesNotFitTheSlabIsAnError() throws {
        let slab = ParameterSlab(zeros: layout())
        let graph = Graph()
        let missing = graph.parameter("missing", [2], .zeros)
        let other = graph.parameter("scale", [2], .zeros)
        #expect(throws: GraphError.parameterMismatch(name: "missing", detail: "not in the slab")) {
            try graph.compile(outputs: [2 * missing], parameters: slab, backend: ReferenceBackend())
        }
        #expect(throws: GraphError.parameterMismatch(name: "scale", detail: "[2] in the graph, [] in the slab")) {
            try graph.compile(outputs: [2 * other], parameters: slab, backend: ReferenceBackend())
        }
    }
}
