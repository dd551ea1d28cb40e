@testable import EspalierKernels
import Testing

@Suite struct BackendNameTests {
    @Test func everyNameMakesABackendOfThatName() throws {
        for name in backendNames where name != "path:FILE" {
            #expect(try makeBackend(named: name, threads: 1).name.hasPrefix(name))
        }
    }

    @Test func anUnknownNameListsWhatExists() {
        let error = #expect(throws: KernelError.self) { try makeBackend(named: "cuda") }
        #expect(error?.description.contains("\"cuda\"; here are: native, ") == true)
    }
}

@Suite struct ProcessorCountTests {
    @Test func listsOfProcessors() {
        #expect(ProcessorCount.processors(inList: "\t0-3,8,10-11\n") == [0, 1, 2, 3, 8, 10, 11])
        #expect(ProcessorCount.processors(inList: "5") == [5])
        #expect(ProcessorCount.processors(inList: "").isEmpty)
    }

    @Test func thereIsAtLeastOne() { #expect(ProcessorCount.usableCores >= 1) }
}
