import EspalierTestSupport
import Foundation
import Testing

/// The programs under Snippets/, run as a user runs them.
@Suite struct SnippetProgramsTests {
    /// Two tasks of ten classes: chance is 0.1.
    @Test(arguments: ["SharedParameters", "KnowledgeTransfer", "TaskNesting"])
    func bothTasksAreLearned(name: String) throws {
        let accuracies = try lines(of: name).map { Double($0.split(separator: " ").last ?? "") }
        #expect(accuracies.count == 2)
        for accuracy in accuracies { #expect(try #require(accuracy) > 0.4) }
    }

    @Test func eightTasksAreLearnedByTwoBalancers() throws {
        let lines = try lines(of: "BalancedTasks").filter { $0.contains(" r ") }
        #expect(lines.count == 16)
        for line in lines { #expect(try #require(Double(line.split(separator: " ").last ?? "")) > 0.3, "\(line)") }
    }

    @Test func theQuickStartLearnsFourTasksAndReadsASentence() throws {
        let lines = try lines(of: "QuickStart")
        #expect(lines.count == 8)
        // Three classes, five classes, two correlations.
        for (line, chance) in zip(lines, [0.33, 0.2, 0, 0]) {
            #expect(try #require(Double(line.split(separator: " ").last ?? "")) > chance + 0.15, "\(line)")
        }
        let sentiment = try #require(lines.dropFirst(4).first)
        let probabilities = sentiment.split { !"0123456789.e-".contains($0) }.suffix(3).compactMap { Double($0) }
        #expect(probabilities.count == 3)
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-4)
        #expect(probabilities.max() == probabilities.first, "a disappointment is negative: \(sentiment)")
    }

    /// Runs the program, which lies beside the test bundle, and returns what it prints.
    private func lines(of name: String) throws -> [Substring] {
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let program = try ChildProcess(products.appending(path: name).path)
        #expect(program.status == 0)
        return program.output.split(separator: "\n")
    }
}
