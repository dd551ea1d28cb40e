/// The operands of one case: inputs filled with seeded random numbers, outputs and all gaps with a poison.
package final class CaseMemory {
    private let allocator: CaseAllocator
    private var random: SplitMix
    private var blocks: [(pointer: UnsafeMutableRawPointer, bytes: Int)] = []
    private var gaps: [(Floats, count: Int)] = []

    /// A NaN of a pattern that no arithmetic produces: what reads it shows it, what overwrites it is found out.
    static let poison = Float(bitPattern: 0x7FBF_8234)

    init(seed: UInt64, allocator: CaseAllocator) {
        random = SplitMix(state: seed)
        self.allocator = allocator
    }

    deinit { for block in blocks { allocator.deallocate(block.pointer, block.bytes) } }

    var damagedElements: Int {
        gaps.reduce(0) { total, gap in
            total + (0..<gap.count).count { gap.0[$0].bitPattern != Self.poison.bitPattern }
        }
    }

    private func memory<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        let pointer = allocator.allocate(bytes)
        blocks.append((pointer, bytes))
        return pointer.bindMemory(to: type, capacity: max(count, 1))
    }

    /// Uniform numbers in a range.
    package func vector(_ count: Int, in range: ClosedRange<Float> = -2...2) -> Floats {
        matrix(1, count, in: range).pointer
    }

    func vector(_ values: [Float]) -> Floats {
        let vector = vector(values.count)
        for (index, value) in values.enumerated() { vector[index] = value }
        return vector
    }

    /// A place for a result, poisoned.
    package func output(_ count: Int) -> Floats { output(1, count).pointer }

    /// Uniform numbers; `padding` poisoned elements follow every row but the last.
    package func matrix(_ rows: Int, _ columns: Int, padding: Int = 0, in range: ClosedRange<Float> = -2...2) -> Matrix
    {
        let matrix = output(rows, columns, padding: padding)
        for row in 0..<rows {
            for column in 0..<columns {
                matrix.pointer[row * matrix.leadingDimension + column] = random.float(in: range)
            }
        }
        return matrix
    }

    /// A place for a result, poisoned, with gaps that are watched.
    package func output(_ rows: Int, _ columns: Int, padding: Int = 0) -> Matrix {
        let stride = max(columns + padding, 1)
        let count = rows == 0 ? 0 : (rows - 1) * stride + columns
        let pointer = memory(count, of: Float.self)
        pointer.initialize(repeating: Self.poison, count: max(count, 1))
        if padding > 0 {
            for row in 0..<max(rows - 1, 0) { gaps.append((pointer + row * stride + columns, padding)) }
        }
        return Matrix(pointer, leadingDimension: stride)
    }

    package func indices(_ values: [Int]) -> Indices {
        let pointer = memory(values.count, of: Int32.self)
        for (index, value) in values.enumerated() { (pointer + index).initialize(to: Int32(value)) }
        return pointer
    }

    package func randomIndices(_ count: Int, below limit: Int) -> Indices {
        indices((0..<count).map { _ in integer(below: limit) })
    }

    func integer(below limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    /// Room that a call may use as it likes.
    package func workspace(bytes: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(memory(bytes, of: UInt8.self))
    }

    package func double() -> UnsafeMutablePointer<Double> {
        let pointer = memory(1, of: Double.self)
        pointer.initialize(to: .nan)
        return pointer
    }

    package func counter(_ value: UInt64) -> UnsafePointer<UInt64> {
        let pointer = memory(1, of: UInt64.self)
        pointer.initialize(to: value)
        return UnsafePointer(pointer)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to fill operands.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func float(in range: ClosedRange<Float>) -> Float {
        range.lowerBound + Float(next() >> 40) * 0x1p-24 * (range.upperBound - range.lowerBound)
    }
}
