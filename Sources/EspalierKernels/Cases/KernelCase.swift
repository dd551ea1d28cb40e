/// One example of one kernel call: the tests, `espalier doctor` and the benchmarks all go through the same list.
public struct KernelCase: Sendable, CustomStringConvertible {
    /// The shape and whatever else is special: "gemm NT 5x3x7".
    public let description: String
    private let make: @Sendable (CaseMemory) -> KernelCall

    package init(_ description: String, _ make: @escaping @Sendable (CaseMemory) -> KernelCall) {
        self.description = description
        self.make = make
    }

    /// The call with its operands, filled from the seed: the same seed gives the same numbers.
    public func prepare(seed: UInt64 = 1, allocator: CaseAllocator = .heap) -> PreparedCase {
        let memory = CaseMemory(seed: seed, allocator: allocator)
        return PreparedCase(call: make(memory), memory: memory)
    }

    /// Several cases for every kind of call.
    public static let all: [KernelCase] = [
        gemmCases, packedCases, gemmGradientCases, gemmSiblingsCases, gemmBatchCases, syrkCases, activationCases,
        softmaxCases, lossCases, headCases, elementwiseCases, chainCases, reductionCases, embeddingCases,
        normalizationCases, dropoutCases, optimizerCases,
    ].flatMap { $0 }
}

/// A call that is ready to run, and the memory it points into, which lives as long as this.
public final class PreparedCase {
    /// Keep the case for as long as you use the call: its pointers lead into the case's memory.
    public let call: KernelCall
    private let memory: CaseMemory

    init(call: KernelCall, memory: CaseMemory) {
        self.call = call
        self.memory = memory
    }

    /// Runs the call. Twice is another computation where an output is an input as well.
    public func run(on backend: any Backend) throws(KernelError) { try backend.run(call) }

    /// What the call's outputs should hold after a run that comes next.
    public func evaluate() throws(KernelError) -> [[Bounded]] { try ReferenceBackend.evaluate(call) }

    /// How far the outputs, after a run, are from what they should hold.
    func deviation(from expected: [[Bounded]]) -> Deviation { .ofOutputs(call.outputs, from: expected) }

    /// Elements that a call must not touch and did: those between the rows of an output.
    public var damagedElements: Int { memory.damagedElements }

    /// The bits of every output, row by row.
    public var outputBytes: [[UInt8]] { call.outputs.map(\.contents) }
}

/// Where the memory of a case comes from. A test may ask for memory with forbidden pages around it.
public struct CaseAllocator: Sendable {
    /// Gives memory for so many bytes, more than 0.
    public let allocate: @Sendable (Int) -> UnsafeMutableRawPointer
    /// Takes back what `allocate` gave for so many bytes.
    public let deallocate: @Sendable (UnsafeMutableRawPointer, Int) -> Void

    public init(
        allocate: @escaping @Sendable (Int) -> UnsafeMutableRawPointer,
        deallocate: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void
    ) {
        self.allocate = allocate
        self.deallocate = deallocate
    }

    public static let heap = CaseAllocator(
        allocate: { .allocate(byteCount: $0, alignment: 64) }, deallocate: { pointer, _ in pointer.deallocate() })
}
