/// Runs every call on two backends and compares all that they write; the first one's results stay.
///
/// Two results may differ by twice the error bound that the reference derives for the call and its operands (see
/// `Bounded`): each may be that far from the exact result. `.custom` calls are run once, uncompared.
public struct CheckedBackend: Backend {
    private let first, second: any Backend

    public var name: String { "checked(\(first.name), \(second.name))" }
    public var threads: Int { first.threads }

    public init(_ first: any Backend, _ second: any Backend) { (self.first, self.second) = (first, second) }

    /// - Throws: `KernelError.mismatch` with the worst element and both values, besides what the backends throw.
    public func run(_ call: KernelCall) throws(KernelError) {
        if case .custom = call { return try first.run(call) }
        let expected = try ReferenceBackend.evaluate(call)
        let outputs = call.outputs
        let before = outputs.map(\.contents)
        try first.run(call)
        let results = outputs.map { $0.values }
        let kept = outputs.map(\.contents)

        restore(outputs, before)
        // Also if the second backend fails: nobody should see its half of the work.
        defer { restore(outputs, kept) }
        try second.run(call)

        var deviation = Deviation()
        for (index, output) in outputs.enumerated() {
            for (place, (a, b)) in zip(results[index], output.values).enumerated() {
                deviation.add(
                    a, b, tolerance: 2 * expected[index][place].error,
                    place: "output \(index), row \(place / output.columns), column \(place % output.columns)")
            }
        }
        if deviation.share > 1 {
            throw .mismatch(kernel: call.name, detail: "\(first.name) and \(second.name) at \(deviation.description)")
        }
    }

    private func restore(_ outputs: [Operand], _ contents: [[UInt8]]) {
        for (output, contents) in zip(outputs, contents) { output.restore(contents) }
    }
}
