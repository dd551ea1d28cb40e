/// One contender's speed on one training step.
struct StepResult: Codable {
    let name: String
    /// A backend, or a peer such as "torch".
    let contender: String
    let threads: Int
    let microseconds: Double
    /// The range that half of the rounds lie in, over the median.
    let spread: Double
    /// Of the matrix products' operations.
    let gigaflopsPerSecond: Double
    /// Of the machine's measured peak, 0 to 1; nil where it was not measured.
    let peakShare: Double?
    /// Time over the first contender's, median round by round.
    let ratioToFirst: Double

    init(_ example: StepCase, contender: String, threads: Int, timing: Timing, peak: MachinePeak?) {
        let flops = Double(example.flops) / timing.seconds
        (name, self.contender, self.threads) = (example.name, shortName(contender), threads)
        microseconds = timing.seconds * 1e6
        spread = timing.spread
        gigaflopsPerSecond = flops / 1e9
        peakShare = peak.map { flops / $0.flops }
        ratioToFirst = timing.ratioToFirst
    }
}
