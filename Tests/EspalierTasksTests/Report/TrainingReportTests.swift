import Foundation
import Testing

@testable import EspalierTasks

@Suite struct TrainingReportTests {
    @Test func jsonIsValidWithNaNAndInfinity() throws {
        var report = try SampleReport.make()
        report.run.seconds = .infinity
        report.epochs[0].dev["topic"]?[.auc] = -.infinity
        let json = try report.json()
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.contains(#""seconds" : "infinity""#) && text.contains(#""auc" : "-infinity""#))
        #expect(text.contains(#""inten<sity>" : null"#))
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect((object["epochs"] as? [Any])?.count == 12)
        let decoded = try TrainingReport(json: json)
        #expect(decoded.run.seconds == .infinity && decoded.epochs[0].dev["topic"]?[.auc] == -.infinity)
    }

    @Test func jsonComesBack() throws {
        let report = try SampleReport.make()
        let decoded = try TrainingReport(json: report.json())
        #expect(decoded.epochs[4].trainingLoss["inten<sity>"]?.isNaN == true)
        #expect(decoded.evaluations == report.evaluations)
        #expect(decoded.recipe == report.recipe && decoded.run == report.run && decoded.splits == report.splits)
        #expect(try decoded.json() == report.json())
    }

    /// Dependent gradients have an infinite condition, a gradient of zero no cosine.
    @Test func theInfiniteIsNotTheUndefined() throws {
        var report = try SampleReport.make()
        report.gradients = [
            .init(
                epoch: 1, step: 1, layers: ["trunk"], tasks: ["a", "b"], gram: GramMatrix(ofRows: [[1, 2], [0, 0]]))
        ]
        let json = try report.json()
        #expect(String(decoding: json, as: UTF8.self).contains(#""conditionNumber" : "infinity""#))
        let record = try TrainingReport(json: json).gradients[0]
        #expect(record.conditionNumber == .infinity && record.cosines[0][1].isNaN && record.curvatureBound[0][1].isNaN)
    }

    @Test(arguments: [#""endless""#, #""nan""#, "true"]) func otherWordsAreNoNumbers(_ word: String) throws {
        let json = String(decoding: try SampleReport.make().json(), as: UTF8.self)
        let forged = json.replacing(#""seconds" : 21.37"#, with: #""seconds" : \#(word)"#)
        #expect(forged != json)
        #expect(throws: DecodingError.self) { try TrainingReport(json: Data(forged.utf8)) }
    }

    @Test func metricsAreKeyedByTheirRecipeNames() throws {
        let text = String(decoding: try SampleReport.make().json(), as: UTF8.self)
        #expect(text.contains(#""macro_f1" : "#) && text.contains(#""mae" : "#))
    }

    @Test func aForgedConfusionMatrixIsRefused() {
        for counts in ["[[1, 2], [3]]", "[[1, 2]]", "[[1, -2], [3, 4]]"] {
            let json = Data(#"{"classNames": ["a", "b"], "counts": \#(counts)}"#.utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(ConfusionMatrix.self, from: json) }
        }
    }

    @Test func theTableHasAColumnForEachSplit() throws {
        let lines = try SampleReport.make().evaluations.metricsTable().split(separator: "\n")
        #expect(lines[0].split(separator: " ") == ["task", "metric", "dev", "test"])
        #expect(lines[2].split(separator: " ") == ["sentiment", "accuracy", "0.800", "0.700"])
        #expect(lines.count == 2 + 5 + 5 + 5)
    }
}
