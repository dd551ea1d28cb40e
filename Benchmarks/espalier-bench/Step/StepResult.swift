/// One contestant's speed on one training step.
struct StepResult: Codable {
    let name: String
    /// "64 → 64 → 32, 2 heads of 10, batch 32".
    let shape: String
    /// A backend, or a peer such as "torch".
    let contestant: String
    let threads: Int
    let microseconds: Double
    /// The range that half of the rounds lie in, over the median.
    let spread: Double
    /// Of the matrix products' operations.
    let gigaflopsPerSecond: Double
    /// Of the multiply-adds that the machine could do meanwhile, 0 to 1; nil where that was not measured.
    let peakShare: Double?
    /// Time over the first contestant's, median round by round.
    let ratioToFirst: Double

    /// - Parameters:
    ///   - ours: the first contestant's seconds, of the same rounds.
    ///   - peakRates: operations in a second, of the same rounds.
    init(
        _ example: StepCase, contestant: String, threads: Int, seconds: [Double], ours: [Double],
        peakRates: [Double]? = nil
    ) {
        (name, shape) = (example.name, example.shape)
        (self.contestant, self.threads) = (displayName(contestant), threads)
        microseconds = seconds.median * 1e6
        spread = seconds.spread
        gigaflopsPerSecond = Double(example.flops) / seconds.median / 1e9
        peakShare = peakRates.map { rates in rates.map { Double(example.flops) / $0 }.medianRatio(to: seconds) }
        ratioToFirst = seconds.medianRatio(to: ours)
    }
}
