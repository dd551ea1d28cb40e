import Foundation

/// What the kernels run on here and why: the first part of `espalier doctor`.
public struct KernelReport: Sendable, CustomStringConvertible {
    /// Which instruction set a part of the kernel library uses.
    public struct Choice: Sendable {
        public let family: KernelCall.Family
        public let instructionSet: InstructionSet
        /// How its kernels are made: "register tiles over packed panels".
        public let form: String
    }

    /// The sets that this machine and this build have, narrowest first.
    public let available: [InstructionSet]
    /// The set in use.
    public let current: InstructionSet
    /// Why that one.
    public let reason: String
    public let choices: [Choice]
    /// Physical cores that the process may use: the default number of threads.
    public let usableCores: Int
    /// The linked BLAS; nil in a build without the trait `OpenBLAS`.
    public let blas: BLASLibrary?

    /// Looks at this process and machine.
    public init() {
        let current = InstructionSet.current
        let available = InstructionSet.available
        self.available = available
        self.current = current
        reason = Self.reason(for: current, asked: ProcessInfo.processInfo.environment["CK_ISA"], of: available)
        choices = KernelCall.Family.allCases.filter { $0 != .custom }.map {
            Choice(
                family: $0, instructionSet: current,
                form: $0 == .gemm ? "register tiles over packed panels" : "16 lanes, written once for all sets")
        }
        usableCores = ProcessorCount.usableCores
        #if OpenBLAS
            blas = .linked
        #else
            blas = nil
        #endif
    }

    static func reason(for current: InstructionSet, asked: String?, of available: [InstructionSet]) -> String {
        if asked == current.description { return "CK_ISA asks for it" }
        if current == available.last {
            let ignored = asked.map { "; CK_ISA=\($0) is not available and ignored" } ?? ""
            return "the widest that this machine has" + ignored
        }
        return "selected by this process"
    }

    public var description: String {
        var lines = ["instruction set: \(current), \(reason)"]
        for set in available { lines.append("  \(set): available, needs \(set.requiredFeatures)") }
        lines.append("threads: \(usableCores), one for each physical core this process may use")
        lines.append("kernels:")
        let width = choices.map(\.family.rawValue.count).max() ?? 0
        for choice in choices {
            let family = choice.family.rawValue.padding(toLength: width, withPad: " ", startingAt: 0)
            lines.append("  \(family)  \(choice.instructionSet): \(choice.form)")
        }
        let linked = blas.map { "\($0.name), \($0.version ?? "version unknown")" }
        lines.append("linked BLAS: \(linked ?? "none, built without the trait OpenBLAS")")
        return lines.joined(separator: "\n")
    }
}
