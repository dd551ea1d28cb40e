import EspalierTensor
import EspalierTestSupport
import Testing

@Suite struct TensorPrintingTests {
    @Test func alignsColumns() {
        let tensor = Tensor([1, -2.5, 100, 0.125, -0.0, 3], shape: [2, 3])
        #expect(
            tensor.description == """
                [[  1.     -2.5   100.   ]
                 [  0.125  -0.      3.   ]]
                """)
    }

    @Test func separatesMatrices() {
        #expect(
            Tensor([1, 2, 3, 4], shape: [2, 1, 2]).description == """
                [[[1. 2.]]

                 [[3. 4.]]]
                """)
    }

    @Test func elidesLongAxes() {
        #expect(
            Tensor((0..<2000).map { Float($0 % 2) }, shape: [400, 5]).description == """
                [[0. 1. 0. 1. 0.]
                 [1. 0. 1. 0. 1.]
                 [0. 1. 0. 1. 0.]
                 ...
                 [1. 0. 1. 0. 1.]
                 [0. 1. 0. 1. 0.]
                 [1. 0. 1. 0. 1.]]
                """)
    }

    @Test func printsScalarsAndNothing() {
        #expect(Tensor([2.5], shape: []).description == "2.5")
        #expect(Tensor([], shape: [0, 3]).description == "[]")
        #expect(Tensor([], shape: [1 << 40, 0]).description == "[]")
        #expect(Tensor([Float(bitPattern: 0x7F80_0001)]).description == "[nan]")
    }

    static let samples: [Tensor] = {
        var random = CounterRandom(seed: 3, stream: 0)
        func some(_ shape: Shape, _ value: () -> Float) -> Tensor {
            Tensor((0..<shape.count).map { _ in value() }, shape: shape)
        }
        var samples = [
            Tensor([0]), Tensor([-0.0]), Tensor([.nan, 1, -.infinity]), Tensor([.infinity, 0.1]), Tensor([-1e-5]),
            Tensor([1e8]), Tensor([1e-4, 0.1]),
            Tensor([1e-38, 3.4e38, 0, -1]), Tensor([0.000_123_456_78, 0.000_999_999_99]),
            Tensor([999_999, 999_998.5]),
            Tensor([1, 1000]), Tensor([1, 1001]), Tensor([0.5, .nan, 1e20]),
            Tensor((0..<100).map { Float($0) / 7 }), Tensor((0..<2000).map { Float($0) }),
            Tensor((0..<4096).map { Float($0 % 13) }, shape: [8, 8, 64]), Tensor(zeros: [1, 1, 1, 1]),
        ]
        for _ in 0..<20 {
            samples.append(some([3, 5]) { random.normal() })
            samples.append(some([2, 2, 12]) { random.uniform(in: -50..<50) })
            samples.append(some([4]) { Float(bitPattern: random.nextWord()) })
            samples.append(some([1 + random.index(below: 40)]) { random.normal(deviation: 100) })
        }
        return samples
    }()

    @Test(.enabled(if: Python.isAvailable, "needs a Python with numpy and safetensors"))
    func printsAsNumPyDoes() throws {
        let folder = try TemporaryFolder()
        for (index, sample) in Self.samples.enumerated() { try sample.writeNpy(to: folder.file("\(index).npy")) }
        let output = try Python.run(
            """
            import sys, numpy
            print("\\0".join(str(numpy.load(f"{sys.argv[1]}/{i}.npy")) for i in range(int(sys.argv[2]))), end="")
            """, folder.path, "\(Self.samples.count)")
        let expected = output.split(separator: "\0").map(String.init)
        try #require(expected.count == Self.samples.count)
        for (sample, text) in zip(Self.samples, expected) {
            // NumPy fills up with further digits of the exact value where zeros stand here: the layout must be the same,
            // and each number the same but for the last digit.
            #expect(layout(sample.description) == layout(text))
            for (ours, numPys) in zip(numbers(sample.description), numbers(text)) {
                let isClose = abs(ours - numPys) <= max(1.01e-8, 1e-7 * abs(numPys))
                #expect(isClose || ours == numPys || (ours.isNaN && numPys.isNaN))
            }
        }
    }

    private func layout(_ text: String) -> String { String(text.map { $0.isNumber ? "0" : $0 }) }

    private func numbers(_ text: String) -> [Double] {
        text.split { "[] \n".contains($0) }.filter { $0 != "..." }.map {
            Double($0.hasSuffix(".") ? $0 + "0" : $0) ?? -1
        }
    }
}
