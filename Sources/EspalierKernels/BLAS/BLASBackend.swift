/// Matrix products by a BLAS, everything else by our own kernels.
///
/// Bits depend on the library, the machine and the number of threads. A library has one number of threads for the whole
/// process, and each product sees to it that this is its backend's. (Of products of several backends at the same time,
/// one decides.) Our own threads sleep meanwhile, so that there are never more at work than asked for.
public struct BLASBackend: Backend {
    public let library: BLASLibrary
    private let native: NativeBackend

    public var name: String { library.name }
    public var threads: Int { native.threads }

    /// - Throws: `KernelError.unavailable` if the system refuses the threads or the memory.
    public init(_ library: BLASLibrary, threads: Int = ProcessorCount.usableCores) throws(KernelError) {
        native = try NativeBackend(threads: threads)
        self.library = library
    }

    public func run(_ call: KernelCall) throws(KernelError) {
        switch call {
        // With nothing to multiply, A and B must not be read: libraries differ in that.
        case .gemm(let gemm) where gemm.m > 0 && gemm.n > 0 && gemm.k > 0 && gemm.alpha != 0: try run(gemm)
        case .gemmGradient(let gradient):
            try run(.gemm(gradient.product))
            try differentiate(gradient)
        case .gemmSiblings(let siblings):
            for product in siblings.products { try run(.gemm(product)) }
        case .gemmBatch(let batch):
            for product in batch.products { try run(.gemm(product)) }
        default: try native.run(call)
        }
    }

    private func run(_ call: KernelCall.GEMM) throws(KernelError) {
        try check(call)
        if let control = library.threadControl, control.threads() != threads { control.setThreads(threads) }
        library.sgemm(
            CBLAS.rowMajor, CBLAS.transpose(call.transposeA), CBLAS.transpose(call.transposeB), CInt(call.m),
            CInt(call.n), CInt(call.k), call.alpha, call.a.pointer, CInt(call.a.leadingDimension), call.b.pointer,
            CInt(call.b.leadingDimension), call.beta, call.c.pointer, CInt(call.c.leadingDimension))
        try addBias(call)
        try activate(call)
        try addResidual(call)
    }

    /// A CBLAS prints and may end the process where an argument is wrong; we do not let it come to that.
    private func check(_ call: KernelCall.GEMM) throws(KernelError) {
        let name = KernelCall.gemm(call).name
        guard call.a.leadingDimension >= (call.transposeA ? call.m : call.k),
            call.b.leadingDimension >= (call.transposeB ? call.k : call.n), call.c.leadingDimension >= call.n
        else { throw .invalidArgument(kernel: name) }
        let extents = [
            call.m, call.n, call.k, call.a.leadingDimension, call.b.leadingDimension, call.c.leadingDimension,
        ]
        if let tooLarge = extents.first(where: { $0 > CInt.max }) {
            throw .unavailable("[\(name)] \(tooLarge) is more than the 32-bit integers of \(library.name) hold")
        }
    }

    private func addBias(_ call: KernelCall.GEMM) throws(KernelError) {
        if let bias = call.bias { try add(.init(bias, rowStride: 0, columnStride: 1), to: call) }
    }

    private func addResidual(_ call: KernelCall.GEMM) throws(KernelError) {
        guard let residual = call.residual else { return }
        try add(.init(residual.pointer, rowStride: residual.leadingDimension, columnStride: 1), to: call)
    }

    private func add(_ other: KernelCall.Broadcast, to call: KernelCall.GEMM) throws(KernelError) {
        let result = KernelCall.Broadcast(call.c.pointer, rowStride: call.c.leadingDimension, columnStride: 1)
        try native.run(.binary(.init(.add, rows: call.m, columns: call.n, a: result, b: other, y: call.c)))
    }

    /// Row by row where the rows do not touch.
    private func activate(_ call: KernelCall.GEMM) throws(KernelError) {
        if call.activation == .identity { return }
        let isContiguous = call.c.leadingDimension == call.n
        for row in 0..<(isContiguous ? 1 : call.m) {
            let start = call.c.pointer + row * call.c.leadingDimension
            try native.run(
                .activation(.init(call.activation, count: isContiguous ? call.m * call.n : call.n, x: start, y: start)))
        }
    }

    /// Row by row: the value may have another leading dimension.
    private func differentiate(_ call: KernelCall.GEMMGradient) throws(KernelError) {
        let (m, n, c) = (call.product.m, call.product.n, call.product.c)
        for row in 0..<(call.activation == .identity ? 0 : m) {
            let start = c.pointer + row * c.leadingDimension
            let value = call.value.map { $0.pointer + row * $0.leadingDimension }
            try native.run(
                .activationBackward(.init(call.activation, count: n, x: value, y: value, dy: start, dx: start)))
        }
        if let sums = call.columnSums {
            try native.run(.columnSums(.init(rows: m, columns: n, x: c, scale: 1, y: sums)))
        }
    }
}
