import ArgumentParser
import Espalier

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Shows what this machine computes with, and checks every kernel against the reference.",
        discussion: """
            Ends with status 1 if a check fails. The environment variable CK_ISA (portable, neon, avx2, avx512) \
            chooses another instruction set.

            Example:
              CK_ISA=avx2 espalier doctor --json
            """)

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let report = KernelReport()
        let checks = selfCheck(try NativeBackend())
        let failed = checks.count { !$0.passed }
        if json {
            Terminal.print(try jsonText(Doctor(report, checks), indented: true) + "\n")
        } else {
            var table = TextTable(
                ["kernel", "cases", "error", "result"], alignments: [.left, .right, .right, .left])
            for check in checks {
                table.append([
                    check.kernel, String(check.cases), NumberText.fixed(check.worstError, digits: 3),
                    check.failure ?? "ok",
                ])
            }
            Terminal.print("\(report)\n\n\(table.rendered())error: the largest, over what rounding explains\n")
        }
        if failed > 0 { throw CommandError("\(failed) of \(checks.count) kernels differ from the reference") }
    }
}

/// `doctor --json`.
private struct Doctor: Encodable {
    let version = EspalierCommand.version
    let instructionSet: String
    let reason: String
    let available: [String]
    let threads: Int
    let blas: BLAS?
    let kernels: [Kernel]
    let checks: [Check]

    struct BLAS: Encodable { let name: String, version: String? }
    struct Kernel: Encodable { let family: String, instructionSet: String, form: String }
    struct Check: Encodable {
        let kernel: String, cases: Int, passed: Bool
        @JSONNumbers var worstError: Double
        let failure: String?
    }

    init(_ report: KernelReport, _ checks: [KernelCheck]) {
        instructionSet = report.current.description
        reason = report.reason
        available = report.available.map(\.description)
        threads = report.usableCores
        blas = report.blas.map { BLAS(name: $0.name, version: $0.version) }
        kernels = report.choices.map {
            Kernel(family: $0.family.rawValue, instructionSet: $0.instructionSet.description, form: $0.form)
        }
        self.checks = checks.map {
            Check(
                kernel: $0.kernel, cases: $0.cases, passed: $0.passed, worstError: $0.worstError, failure: $0.failure)
        }
    }
}
