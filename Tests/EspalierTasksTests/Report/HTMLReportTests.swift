import EspalierTasks
import Foundation
import Testing

@Suite struct HTMLReportTests {
    @Test func everyElementCloses() throws {
        #expect(nestingFault(in: HTMLReport(try SampleReport.make()).html()) == nil)
    }

    @Test func thePageStandsAlone() throws {
        let html = HTMLReport(try SampleReport.make()).html()
        let namespace = "http://www.w3.org/2000/svg"
        #expect(!html.replacing(namespace, with: "").contains("http"))
        #expect(!html.contains("<script") && !html.contains("src=") && !html.contains("url("))
        #expect(html.contains("prefers-color-scheme: dark"))
    }

    @Test func namesAndRecipeAreEscaped() throws {
        let html = HTMLReport(try SampleReport.make()).html()
        #expect(!html.contains("inten<sity>") && html.contains("inten&lt;sity&gt;"))
        #expect(html.contains("wide &amp; &quot;deep&quot;"))
    }

    @Test func aHostileNameStaysText() throws {
        var report = try SampleReport.make()
        report.recipe = "</pre><script>alert(1)</script>\u{0}"
        let html = HTMLReport(report).html()
        #expect(!html.contains("<script") && !html.contains("\u{0}"))
        #expect(nestingFault(in: html) == nil)
    }

    @Test func curvesAndMatricesAreThere() throws {
        let html = HTMLReport(try SampleReport.make()).html()
        // Three charts for all tasks, then loss and two metrics for each of three; six for each of two groups' gradients.
        #expect(html.components(separatedBy: "<svg").count - 1 == 12 + 12)
        #expect(html.contains("<h3>embedding.text, trunk.0</h3>") && html.contains("<h3>br&lt;anch</h3>"))
        // Two classifications on two splits.
        #expect(html.components(separatedBy: "class=\"matrix\"").count - 1 == 4)
        #expect(html.contains("title=\"negative taken for negative: 79.3 %\">23</td>"))
    }

    @Test func aRunWithoutEpochsOrEvaluationsStillMakesAPage() throws {
        var report = try SampleReport.make(epochs: 1)
        report.evaluations = []
        report.bestEpoch = nil
        #expect(nestingFault(in: HTMLReport(report).html()) == nil)
        report.epochs = []
        report.splits = []
        report.gradients = []
        let html = HTMLReport(report).html()
        #expect(nestingFault(in: html) == nil)
        #expect(!html.contains("<svg"))
    }
}
