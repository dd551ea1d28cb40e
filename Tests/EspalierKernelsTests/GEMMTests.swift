import EspalierKernels
import EspalierTestSupport
import Testing

extension KernelTests {
    @Suite struct GEMMTests {
        /// Products and sums of small integers are exact in Float: every backend gives the same bits.
        @Test(arguments: ["native"] + blasNames, [(false, false), (true, false), (false, true), (true, true)])
        func smallIntegersAreExact(backend: String, transposes: (Bool, Bool)) throws {
            let memory = CaseOperands()
            let (m, n, k) = (23, 35, 67)
            let integers = { randomArray($0, seed: $1, in: -8...8).map { $0.rounded() } }
            let (a, b, c) = (integers(m * k, 1), integers(k * n, 2), integers(m * n, 3))
            var call = KernelCall.GEMM(
                m: m, n: n, k: k, a: transposes.0 ? memory.matrix(k, m, a) : memory.matrix(m, k, a),
                b: transposes.1 ? memory.matrix(n, k, b) : memory.matrix(k, n, b), c: memory.matrix(m, n, c))
            (call.transposeA, call.transposeB) = transposes
            (call.alpha, call.beta) = (2, -3)
            try makeBackend(named: backend, threads: 2).run(.gemm(call))
            for row in 0..<m {
                for column in 0..<n {
                    var sum = -3 * Int(c[row * n + column])
                    for index in 0..<k {
                        let left = transposes.0 ? a[index * m + row] : a[row * k + index]
                        let right = transposes.1 ? b[column * k + index] : b[index * n + column]
                        sum += 2 * Int(left) * Int(right)
                    }
                    #expect(call.c.pointer[row * n + column] == Float(sum))
                }
            }
        }

        /// A row alone and the same row in a batch: the same bits.
        @Test func aRowDoesNotDependOnItsBatch() throws {
            let memory = CaseOperands()
            let (m, n, k) = (37, 29, 300)
            let (a, b) = (randomArray(m * k, seed: 4), memory.matrix(k, n, randomArray(k * n, seed: 5)))
            let batch = KernelCall.GEMM(m: m, n: n, k: k, a: memory.matrix(m, k, a), b: b, c: memory.matrix(m, n))
            let backend = try NativeBackend(threads: 2)
            try backend.run(.gemm(batch))
            for row in [0, 13, 36] {
                let alone = KernelCall.GEMM(
                    m: 1, n: n, k: k, a: memory.matrix(1, k, Array(a[row * k..<(row + 1) * k])), b: b,
                    c: memory.matrix(1, n))
                try backend.run(.gemm(alone))
                for column in 0..<n { #expect(alone.c.pointer[column] == batch.c.pointer[row * n + column]) }
            }
        }

        @Test func nothingIsSkippedWhereAnElementIsZero() throws {
            let memory = CaseOperands()
            let call = KernelCall.GEMM(
                m: 1, n: 2, k: 2, a: memory.matrix(1, 2, [0, 1]), b: memory.matrix(2, 2, [.nan, .infinity, 1, 1]),
                c: memory.matrix(1, 2))
            try NativeBackend(threads: 1).run(.gemm(call))
            #expect(call.c.pointer[0].isNaN && call.c.pointer[1].isNaN)
        }
    }
}
