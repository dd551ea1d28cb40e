import EspalierTensor

/// A gradient for each of several tasks: a matrix whose rows have the layout of a parameter slab. Where a task does not
/// depend on a parameter its row holds zeros.
public final class TaskRows: @unchecked Sendable {
    /// Which parameter lies where in a row.
    public let layout: ParameterLayout
    /// How many rows.
    public let taskCount: Int
    private let buffer: AlignedBuffer

    /// All zeros.
    public init(zeros layout: ParameterLayout, taskCount: Int) {
        (self.layout, self.taskCount) = (layout, taskCount)
        buffer = AlignedBuffer(floats: layout.count * taskCount)
    }

    /// One task's gradient by one parameter; copied. Nil if no parameter is called so.
    public subscript(task: Int, name: String) -> Tensor? {
        layout[name].map { entry in
            Tensor(Array(self[task][entry.offset..<entry.offset + entry.shape.count]), shape: entry.shape)
        }
    }

    /// One element of one task's row.
    ///
    /// - Parameter element: from the row's start, as the layout counts.
    public subscript(task task: Int, element element: Int) -> Float {
        get { self[task][element] }
        set { self[task][element] = newValue }
    }

    /// Gives some elements of one task's row to `body`, to read and to change.
    ///
    /// - Parameter elements: from the row's start, as the layout counts.
    public func withElements<Result, Failure: Error>(
        of task: Int, _ elements: Range<Int>, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        require(
            elements.lowerBound >= 0 && elements.upperBound <= layout.count,
            "[rows] elements \(elements) of \(layout.count)")
        var span = MutableSpan(_unsafeElements: self[task][elements])
        defer { withExtendedLifetime(self) {} }
        return try body(&span)
    }

    /// One task's row, padding included.
    package subscript(task: Int) -> UnsafeMutableBufferPointer<Float> {
        require(0..<taskCount ~= task, "[rows] no task \(task) of \(taskCount)")
        let start = task * layout.count
        return UnsafeMutableBufferPointer(rebasing: buffer.floats[start..<start + layout.count])
    }

    func place(of name: String, task: Int, shape: Shape) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(self[task].baseAddress! + layout.offset(of: name, shape: shape))
    }
}
