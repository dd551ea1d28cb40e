import CAllocationCounter
import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierGraph

@Suite struct ProgramTests {
    @Test(.enabled(if: allocation_counter_works() == 1, "allocations are counted with glibc only"))
    func aStepAllocatesNothing() throws {
        let net = SmallNet(rows: 32, inputs: 64, hidden: 32)
        let graph = net.graph
        let layout = ParameterLayout(of: graph)
        let parameters = ParameterSlab(initializing: layout, seed: 1)
        let gradients = ParameterSlab(zeros: layout)
        let total = net.losses[0] + net.losses[1]
        let values = try graph.gradients(of: total, withRespectTo: graph.parameters)
        let backend: any Backend = try NativeBackend(threads: 1)
        let program = try graph.compile(
            outputs: [total], parameters: parameters,
            gradients: zip(values, layout.entries).map { GradientDestination($0!, in: gradients, at: $1.name) },
            backend: backend)
        net.feed.set(program)
        let moments = [ParameterSlab(zeros: layout), ParameterSlab(zeros: layout)]
        func step(_ number: UInt64) throws {
            try program.run()
            try backend.run(
                .adam(
                    .init(
                        count: layout.count, learningRate: 0.01, step: number,
                        parameters: parameters.floats.baseAddress!, gradients: gradients.floats.baseAddress!,
                        firstMoment: moments[0].floats.baseAddress!, secondMoment: moments[1].floats.baseAddress!)))
        }
        try step(1)
        let firstLoss = program.output(total).scalar
        let before = allocation_count()
        for number in 2...20 { try step(UInt64(number)) }
        #expect(allocation_count() == before)
        #expect(program.output(total).scalar < firstLoss)
        // The counter counts.
        _ = AlignedBuffer(byteCount: 64)
        #expect(allocation_count() > before)
    }

    @Test func aTargetOutOfRangeIsATypedError() throws {
        var net = SmallNet()
        let index = net.feed.contents.firstIndex { $0.input.shape == [6] }!
        net.feed.contents[index].contents = .indices([0, 0, 0, 7, 0, 0])
        for backend in [try NativeBackend(threads: 1), ReferenceBackend()] as [any Backend] {
            let program = try net.graph.compile(net.losses, on: backend)
            net.feed.set(program)
            #expect(throws: KernelError.indexOutOfRange(kernel: "softmax cross-entropy", position: 3, index: 7)) {
                try program.run()
            }
            #expect(program.stepCount == 0)
        }
    }

    @Test func describesEveryCall() throws {
        let graph = Graph()
        let x = graph.input("x", [4, 8])
        let y = graph.scope("trunk.0") {
            (x.matmul(graph.parameter("weight", [8, 16], .zeros)) + graph.parameter("bias", [16], .zeros)).relu()
        }
        let program = try graph.compile([y.softmax()])
        #expect(
            program.describe() == """
                   layer    kernel   result   flops  bytes  buffer        fused
                ─  ───────  ───────  ───────  ─────  ─────  ────────────  ───────────────────
                0  trunk.0  gemm     [4, 16]   1088    960  arena 0       matmul + add + relu
                1           softmax  [4, 16]    256    512  arena 0
                            2 calls            1344   1472  arena of 256

                """)
    }

    @Test func knowsItsInputsAndOutputs() throws {
        let graph = Graph()
        let x = graph.input("x", [2, 2])
        let unused = graph.input("unused", [2])
        let y = 2 * x
        _ = unused
        let program = try graph.compile([y])
        #expect(program.input(named: "unused") == nil)
        #expect(program.input(named: "nobody") == nil)
        let input = try #require(program.input(named: "x"))
        input.set(Tensor([1, 2, 3, 4], shape: [2, 2]))
        try program.run()
        #expect(program.output(y).tensor.scalars == [2, 4, 6, 8])
        input.setRows(of: Tensor([5, 5, 6, 6, 7, 7], shape: [3, 2]), [2, 0][...])
        try program.run()
        var read: [Float] = [0]
        program.output(y).append(first: 3, to: &read)
        #expect(read == [0, 14, 14, 10])
        #expect(program.stepCount == 2)
    }
}
