@testable import EspalierKernels
import Testing

extension KernelTests {
    @Suite struct KernelReportTests {
        @Test func theReportNamesEveryFamilyAndTheSetInUse() {
            let text = KernelReport().description
            for family in KernelCall.Family.allCases where family != .custom { #expect(text.contains(family.rawValue)) }
            #expect(text.contains("instruction set: \(InstructionSet.current), "))
        }

        @Test func theReasonForASet() {
            let both: [InstructionSet] = [.portable, .avx2]
            #expect(KernelReport.reason(for: .avx2, asked: nil, of: both) == "the widest that this machine has")
            #expect(KernelReport.reason(for: .portable, asked: "portable", of: both) == "CK_ISA asks for it")
            #expect(
                KernelReport.reason(for: .avx2, asked: "neon", of: both)
                    == "the widest that this machine has; CK_ISA=neon is not available and ignored")
        }

        @Test func theSelfCheckCoversEveryKindOfCallAndFindsAFault() throws {
            let families = Set(KernelCase.all.map { $0.prepare().call.family })
            #expect(families == Set(KernelCall.Family.allCases).subtracting([.custom]))
            let checks = selfCheck(try NativeBackend(threads: 1), cases: KernelCase.softmaxCases)
            #expect(checks.map(\.kernel).count == 4)
            #expect(checks.allSatisfy { $0.passed && $0.worstError > 0 && $0.worstError <= 1 })
            let faulty = selfCheck(NothingDone(), cases: KernelCase.softmaxCases)
            #expect(faulty.allSatisfy { !$0.passed })
        }
    }
}

private struct NothingDone: Backend {
    let name = "nothing"
    let threads = 1
    func run(_ call: KernelCall) throws(KernelError) {}
}
