import Espalier
import Foundation

/// Training as it goes, on standard error: one line that is redrawn on a terminal, a line an epoch elsewhere.
final class ProgressDisplay {
    private let epochs: Int
    private let batchSize: Int
    private let heads: [Head]
    private let isTerminal: Bool
    private let clock = ContinuousClock()
    /// When the first step ended, which had waited for everything to be made ready.
    private var start: ContinuousClock.Instant?
    private var lastDrawn: ContinuousClock.Instant?
    /// Losses and scores of the last epoch.
    private var news = ""

    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 12

    init(_ recipe: Recipe, heads: [Head]) {
        (epochs, batchSize, self.heads) = (recipe.epochs, recipe.batchSize, heads)
        isTerminal = Terminal.isInteractive
    }

    func show(_ progress: Trainer.Progress) {
        switch progress {
        case .step(let epoch, let step, let steps):
            guard isTerminal else { return }
            let now = clock.now
            guard let start else {
                start = now
                return
            }
            if let lastDrawn, now - lastDrawn < Self.interval { return }
            lastDrawn = now
            let done = (epoch - 1) * steps + step
            Terminal.redraw(
                line(epoch: epoch, done: done, of: epochs * steps, seconds: (now - start) / .seconds(1)))
        case .epoch(let epoch, let isBest):
            news = words(epoch)
            guard !isTerminal else { return }
            Terminal.write("epoch \(epoch.number)/\(epochs): \(news)\(isBest ? ", best so far" : "")\n")
        }
    }

    /// Below 80 characters.
    private func line(epoch: Int, done: Int, of steps: Int, seconds: Double) -> String {
        let filled = done * Self.barWidth / steps
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        let rate = NumberText.fixed(Double((done - 1) * batchSize) / max(seconds, 1e-9), digits: 0)
        let left = Self.time(seconds * Double(steps - done) / Double(max(1, done - 1)))
        return "\(bar) \(epoch)/\(epochs), \(rate) rows/s, \(left) left" + (news.isEmpty ? "" : ", \(news)")
    }

    /// `loss 1.234, dev 0.612`: the sum of losses, and the mean of the tasks' main metrics on the dev rows.
    private func words(_ epoch: TrainingReport.Epoch) -> String {
        let loss = epoch.trainingLoss.values.filter { !$0.isNaN }.reduce(0, +)
        let scores = heads.compactMap { epoch.dev[$0.name]?[$0.kind.primaryMetric] }.filter { !$0.isNaN }
        let score = scores.reduce(0, +) / Double(scores.count)
        return "loss \(NumberText.fixed(loss, digits: 3))"
            + (scores.isEmpty ? "" : ", dev \(NumberText.fixed(score, digits: 3))")
    }

    private static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "–" }
        let whole = Int(seconds.rounded(.up))
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
