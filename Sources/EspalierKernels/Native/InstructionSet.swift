internal import CKernels

/// The vector instructions that the native kernels can be run with. All give the same bits.
public enum InstructionSet: Int, Sendable, CaseIterable, CustomStringConvertible {
    case portable = 0, neon, avx2, avx512

    /// The set in use: the widest the machine has, or the one that the environment variable CK_ISA names.
    public static var current: InstructionSet { InstructionSet(ck_isa_current()) }

    /// The sets that this machine and this build have, narrowest first.
    public static var available: [InstructionSet] { allCases.filter { ck_isa_available($0.kernelValue) != 0 } }

    /// Makes all later calls of all native backends use this set. No kernel may be running meanwhile.
    ///
    /// - Throws: `KernelError.unavailable` if the machine or the build lacks it.
    public static func select(_ set: InstructionSet) throws(KernelError) {
        guard ck_isa_select(set.kernelValue) == CK_OK else {
            throw .unavailable(
                "the instruction set \(set) is not available here, only "
                    + available.map(\.description).joined(separator: ", "))
        }
    }

    public var description: String { String(cString: ck_isa_name(kernelValue)) }

    /// The processor features that the set needs.
    public var requiredFeatures: String {
        switch self {
        case .portable: "the baseline alone"
        case .neon: "NEON"
        case .avx2: "AVX2, FMA"
        case .avx512: "AVX-512 F, BW, DQ, VL"
        }
    }

    private init(_ set: ck_isa) {
        // The raw values mirror ck_isa, which the tests hold to.
        self = InstructionSet(rawValue: Int(set.rawValue)) ?? .portable
    }

    private var kernelValue: ck_isa { ck_isa(rawValue: UInt32(rawValue)) }
}
