/// What became of all cases of one kernel.
public struct KernelCheck: Sendable {
    /// As `KernelCall.name` has it.
    public let kernel: String
    public internal(set) var cases = 0
    /// The largest error found, over the error that rounding explains: above 1 is a failure.
    public internal(set) var worstError = 0.0
    /// The case that failed and how; nil if all passed.
    public internal(set) var failure: String?

    public var passed: Bool { failure == nil }
}

/// Runs cases on a backend and compares with the reference: every kernel in about a second.
///
/// - Parameter backend: commonly a `NativeBackend`.
/// - Returns: one entry a kernel, in the order of the cases.
public func selfCheck(_ backend: any Backend, cases: [KernelCase] = KernelCase.all) -> [KernelCheck] {
    var checks: [KernelCheck] = []
    for example in cases {
        let prepared = example.prepare()
        let name = prepared.call.name
        let index = checks.firstIndex { $0.kernel == name } ?? checks.endIndex
        if index == checks.endIndex { checks.append(KernelCheck(kernel: name)) }
        checks[index].cases += 1
        do {
            let expected = try prepared.evaluate()
            try prepared.run(on: backend)
            let deviation = prepared.deviation(from: expected)
            checks[index].worstError = max(checks[index].worstError, deviation.share)
            if deviation.share > 1 {
                checks[index].failure = checks[index].failure ?? "\(example): \(deviation.description)"
            } else if prepared.damagedElements > 0 {
                checks[index].failure =
                    checks[index].failure ?? "\(example): wrote between rows, \(prepared.damagedElements) elements"
            }
        } catch {
            checks[index].failure = checks[index].failure ?? "\(example): \(error)"
        }
    }
    return checks
}
