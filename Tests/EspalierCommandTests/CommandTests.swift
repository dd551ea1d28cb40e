import Espalier
import EspalierTestSupport
import Foundation
import Testing

@Suite struct CommandTests {
    @Test(arguments: ["train", "evaluate", "predict", "compare", "doctor"])
    func helpShowsAnExample(_ command: String) throws {
        let help = try EspalierProcess(command, "--help")
        #expect(help.status == 0)
        #expect(help.output.contains("espalier \(command)"))
        #expect(help.output.contains("Example"))
    }

    @Test(arguments: [
        ["trane"], ["train"], ["train", "--epoch", "3"], ["predict"], ["evaluate", "m", "--split", "all"],
        ["compare", "r.yaml", "--seeds", "0"], ["predict", "m", "text", "--data", "t.csv"],
    ])
    func wrongUseIsStatus64(_ arguments: [String]) throws {
        let process = try EspalierProcess(arguments)
        #expect(process.status == 64, "\(process.errors)")
        #expect(process.output.isEmpty)
        #expect(process.errors.hasPrefix("espalier: error: "))
    }

    @Test func compareShowsBothFormsWithTheirSign() throws {
        try withTemporaryDirectory { folder in
            let recipe = try SmallTable.write(to: folder)
            let compare = try EspalierProcess(
                "compare", recipe, "--seeds", "2", "--epochs", "2", "--labels", "mood=6")
            #expect(compare.status == 0, "\(compare.errors)")
            for expected in ["mood", "stars", "±", "lower is better", "higher is better", "2 seeds"] {
                #expect(compare.output.contains(expected), "\(compare.output)")
            }
            #expect(compare.errors.contains("seed 3: mood alone"))
            #expect(compare.errors.contains("seed 4: all tasks together"))

            let json = try EspalierProcess("compare", recipe, "--seeds", "1", "--epochs", "1", "--json")
            let comparison = try JSONDecoder().decode(Comparison.self, from: Data(json.output.utf8))
            #expect(comparison.tasks.map(\.task) == ["mood", "stars"])
            #expect(comparison.seeds == [3])

            let unknown = try EspalierProcess("compare", recipe, "--labels", "moood=6")
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("unknown task \"moood\"; did you mean mood?"), "\(unknown.errors)")
        }
    }

    @Test func doctorChecksEveryKernel() throws {
        let doctor = try EspalierProcess("doctor", "--json", environment: ["CK_ISA": "portable"])
        #expect(doctor.status == 0, "\(doctor.errors)")
        let said = try JSONDecoder().decode(Doctor.self, from: Data(doctor.output.utf8))
        #expect((said.instructionSet, said.reason) == ("portable", "CK_ISA asks for it"))
        #expect(said.checks.count > 10 && said.checks.allSatisfy(\.passed))
        let plain = try EspalierProcess("doctor")
        #expect(plain.output.contains("instruction set: "))
        #expect(plain.output.contains("linked BLAS: "))
    }

    private struct Doctor: Decodable {
        let instructionSet: String
        let reason: String
        let checks: [Check]
        struct Check: Decodable { let passed: Bool }
    }
}
