import EspalierKernels
import EspalierTensor

/// Where an operation is turned into kernel calls: its operands in memory.
struct KernelSite {
    let inputs: [Operand]
    let output: Operand
    let randomness: Randomness
    /// As many floats as the rule asked for.
    var scratch: Floats?

    /// The same with the lanes as more rows; nil where lanes do not follow one another in memory.
    var folded: KernelSite? {
        let folded = inputs.compactMap(\.folded)
        guard folded.count == inputs.count, let output = output.folded else { return nil }
        return KernelSite(inputs: folded, output: output, randomness: randomness, scratch: scratch)
    }

    /// Lanes are computed one after the other, so that all may work in the same scratch.
    func lane(_ index: Int) -> KernelSite {
        KernelSite(
            inputs: inputs.map { $0.lane(index) }, output: output.lane(index), randomness: randomness,
            scratch: scratch)
    }

    /// Cut into rows, so that what serves all lanes is read from memory once: while the lanes are computed a block at a
    /// time, it is found in a cache. Itself where every lane has operands of its own, or where rows are too long for that.
    var rowBlocks: [KernelSite] {
        let shared = inputs.filter { $0.lanes.count == 1 && hasResultsRows($0) && $0.columns == output.columns }
        guard !shared.isEmpty, output.columns > 0 else { return [self] }
        // Of four rows, so that a block begins where random numbers do.
        let height = Self.blockElements / (shared.count * output.columns) / 4 * 4
        if height == 0 { return [self] }
        return stride(from: 0, to: output.rows, by: height).map { rows($0..<min($0 + height, output.rows)) }
    }

    /// 512 KiB: what a lane's cotangent and result leave of a second or third cache, and work for several threads.
    private static let blockElements = 131_072

    private func hasResultsRows(_ operand: Operand) -> Bool { operand.rows == output.rows && output.rows > 1 }

    private func rows(_ range: Range<Int>) -> KernelSite {
        var randomness = randomness
        randomness.stretch = (first: range.lowerBound * output.columns, of: output.count)
        return KernelSite(
            inputs: inputs.map { hasResultsRows($0) ? $0.rows(range) : $0 }, output: output.rows(range),
            randomness: randomness, scratch: scratch)
    }
}

/// What becomes kernel calls: an operation, or a fused group of them.
protocol Lowered {
    /// The kernel calls that compute the result of one lane.
    func kernels(at site: KernelSite) -> [KernelCall]

    /// May `kernels(at:)` take lanes for more rows of the same operands? Asked where those operands that have lanes hold
    /// them one after another. If not, every lane has calls of its own.
    func foldsLanes(at site: KernelSite) -> Bool

    /// May `kernels(at:)` compute some rows of the result at a time, from the same rows of those operands that have as
    /// many? Each row's bits then are its own affair.
    var splitsRows: Bool { get }
}

extension Lowered {
    /// The kernel calls for however many lanes.
    func calls(at site: KernelSite) -> [KernelCall] {
        if self is any LaneRule || site.output.lanes.count == 1 { return kernels(at: site) }
        if foldsLanes(at: site), let folded = site.folded { return kernels(at: folded) }
        let blocks = splitsRows ? site.rowBlocks : [site]
        return blocks.flatMap { block in block.output.lanes.indices.flatMap { kernels(at: block.lane($0)) } }
    }
}

/// What dropout draws from: a seed, and a counter of runs that the program keeps.
struct Randomness {
    let seed: UInt64
    let step: UnsafePointer<UInt64>
    /// Which elements of the whole result a site computes; nil: all.
    var stretch: (first: Int, of: Int)?
}

/// A value in memory. Kernels see every shape as a matrix: the last dimension is a row's length.
struct Operand {
    /// Where each lane begins; commonly there is one.
    let lanes: [UnsafeMutableRawPointer]
    /// Of a lane.
    let shape: Shape

    init(lanes: [UnsafeMutableRawPointer], shape: Shape) { (self.lanes, self.shape) = (lanes, shape) }

    var pointer: UnsafeMutableRawPointer { lanes[0] }
    var floats: Floats { pointer.assumingMemoryBound(to: Float.self) }
    var indices: Indices { pointer.assumingMemoryBound(to: Int32.self) }
    /// A leading dimension is at least 1, also of a matrix without columns.
    var matrix: Matrix { Matrix(floats, leadingDimension: max(shape.columns, 1)) }
    var count: Int { shape.count }
    var rows: Int { shape.rows }
    var columns: Int { shape.columns }

    /// One lane; an operand of one lane serves for any.
    func lane(_ index: Int) -> Operand { Operand(lanes: [lanes.count == 1 ? lanes[0] : lanes[index]], shape: shape) }

    /// Some rows of every lane.
    func rows(_ range: Range<Int>) -> Operand {
        let skipped = range.lowerBound * columns * MemoryLayout<Float>.stride
        return Operand(lanes: lanes.map { $0 + skipped }, shape: [range.count, columns])
    }

    /// Floats from each lane to the next in a range, if that is one number; of a single lane, what it holds.
    func laneStride(_ range: Range<Int>) -> Int? {
        guard range.count > 1 else { return count }
        let step = lanes[range.lowerBound + 1] - lanes[range.lowerBound]
        let isEven = range.dropFirst().allSatisfy { lanes[$0] - lanes[$0 - 1] == step }
        return isEven && step > 0 ? step / MemoryLayout<Float>.stride : nil
    }

    /// One matrix with the rows of all lanes; nil if the lanes do not follow one another.
    var folded: Operand? {
        if lanes.count == 1 { return self }
        guard laneStride(lanes.indices) == count else { return nil }
        return Operand(lanes: [pointer], shape: [lanes.count * rows, columns])
    }
}

extension Shape {
    /// The number of rows when the shape is seen as a matrix; 1 for vectors and scalars.
    var rows: Int { count(of: 0..<max(0, rank - 1)) }
    /// A row's length when the shape is seen as a matrix; 1 for scalars.
    var columns: Int { rank == 0 ? 1 : dimensions[rank - 1] }
}
