import Espalier

/// One backend's speed on one case.
struct KernelResult: Codable {
    let name: String
    let backend: String
    let threads: Int
    let microseconds: Double
    /// The range that half of the rounds lie in, over the median.
    let spread: Double
    let gigaflopsPerSecond: Double
    /// Of the machine's measured peak, 0 to 1.
    let peakShare: Double
    let gigabytesPerSecond: Double
    /// Of the machine's measured memory bandwidth; above 1 where the caches serve.
    let bandwidthShare: Double
    /// Time over the first backend's, median round by round.
    let ratioToFirst: Double

    init(name: String, call: KernelCall, backend: String, timing: Timing, peak: MachinePeak) {
        let flops = Double(call.flops) / timing.seconds
        let bandwidth = Double(call.bytes) / timing.seconds
        (self.name, self.backend, threads) = (name, shortName(backend), peak.threads)
        microseconds = timing.seconds * 1e6
        spread = timing.spread
        gigaflopsPerSecond = flops / 1e9
        peakShare = flops / peak.flops
        gigabytesPerSecond = bandwidth / 1e9
        bandwidthShare = bandwidth / peak.bandwidth
        ratioToFirst = timing.ratioToFirst
    }
}
