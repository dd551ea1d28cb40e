import EspalierKernels
import Testing

extension KernelTests {
    /// What wrong data gives, on the kernels and on the reference alike.
    @Suite struct KernelErrorTests {
        static let names = ["native", "reference", "checked"]

        @Test(arguments: names) func aBadClassTargetIsNamedByItsRow(backend: String) throws {
            let memory = CaseOperands()
            var call = KernelCall.CrossEntropy(
                rows: 4, classes: 3, logits: memory.matrix(4, 3),
                targets: .classes(memory.indices([0, -1, 3, 7]), ignore: -1))
            call.loss = memory.floats(1)
            call.gradient = memory.matrix(4, 3)
            memory.floats[memory.floats.count - 1][0] = 42
            let run = try makeBackend(named: backend, threads: 1)
            let error = KernelError.indexOutOfRange(kernel: "softmax cross-entropy", position: 2, index: 3)
            #expect(throws: error) { try run.run(.crossEntropy(call)) }
            #expect("\(error)" == "[softmax cross-entropy] 3 at position 2 is out of range")
            #expect(call.gradient?.pointer[0] == 42, "nothing may be written")
        }

        @Test(arguments: names) func aBadEmbeddingIdIsNamedByItsPlace(backend: String) throws {
            let memory = CaseOperands()
            let ids = memory.indices([1, 0, 4, -2])
            let run = try makeBackend(named: backend, threads: 1)
            #expect(throws: KernelError.indexOutOfRange(kernel: "embedding", position: 2, index: 4)) {
                try run.run(
                    .embedding(
                        .init(
                            count: 4, vocabulary: 4, width: 2, table: memory.matrix(4, 2), ids: ids,
                            y: memory.matrix(4, 2))))
            }
            let bags = KernelCall.BagIndices(
                bags: 2, vocabulary: 4, width: 2, mode: .sum, ids: ids, offsets: memory.indices([0, 2, 4]),
                weights: nil)
            #expect(
                throws: KernelError.indexOutOfRange(kernel: "embedding bag sum backward", position: 2, index: 4)
            ) {
                try run.run(.embeddingBagBackward(.init(bags, dy: memory.matrix(2, 2), dtable: memory.matrix(4, 2))))
            }
        }

        @Test(arguments: ["native", "path:libblas.so.3"])
        func aLeadingDimensionThatIsTooSmallIsAnInvalidArgument(backend: String) throws {
            guard let run = try? makeBackend(named: backend, threads: 1) else { return }
            let memory = CaseOperands()
            var call = KernelCall.GEMM(
                m: 2, n: 2, k: 2, a: memory.matrix(2, 2), b: memory.matrix(2, 2), c: memory.matrix(2, 2))
            call.a.leadingDimension = 1
            #expect(throws: KernelError.invalidArgument(kernel: "gemm")) { try run.run(.gemm(call)) }
        }

        @Test func aPoolOfNoThreadsIsRefused() {
            #expect(throws: KernelError.unavailable("a thread pool has 1 to 256 threads, not 0")) {
                try NativeBackend(threads: 0)
            }
        }

        @Test(arguments: names) func aCustomCallRunsOnce(backend: String) throws {
            let runs = Counter()
            try makeBackend(named: backend, threads: 1).run(.custom(.init(name: "count") { runs.value += 1 }))
            #expect(runs.value == 1)
        }
    }
}

private final class Counter { var value = 0 }

/// Small operands of zeros that live as long as this.
final class CaseOperands {
    private(set) var floats: [Floats] = []
    private var integers: [Indices] = []

    deinit {
        floats.forEach { $0.deallocate() }
        integers.forEach { $0.deallocate() }
    }

    func floats(_ count: Int) -> Floats {
        let pointer = Floats.allocate(capacity: count)
        pointer.initialize(repeating: 0, count: count)
        floats.append(pointer)
        return pointer
    }

    func floats(_ values: [Float]) -> Floats {
        let pointer = floats(values.count)
        for (index, value) in values.enumerated() { pointer[index] = value }
        return pointer
    }

    func matrix(_ rows: Int, _ columns: Int) -> Matrix { Matrix(floats(rows * columns), leadingDimension: columns) }

    func matrix(_ rows: Int, _ columns: Int, _ values: [Float]) -> Matrix {
        Matrix(floats(values), leadingDimension: columns)
    }

    func indices(_ values: [Int32]) -> Indices {
        let pointer = Indices.allocate(capacity: values.count)
        for (index, value) in values.enumerated() { (pointer + index).initialize(to: value) }
        integers.append(pointer)
        return pointer
    }
}
