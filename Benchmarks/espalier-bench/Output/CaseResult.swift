/// What was measured of one case.
struct CaseResult: Codable {
    let family, name: String
    let threads: Int
    /// Ours: median of the rounds, in microseconds.
    let microseconds: Double
    /// The range that half of the rounds lie in, over the median.
    let spread: Double
    let flops, bytes: Int
    /// Different bytes among these.
    let footprint: Int
    /// The two roofs above the case, as measured in its rounds: independent multiply-adds, and a stream over as many
    /// bytes as its footprint.
    let peakGigaflopsPerSecond, streamGigabytesPerSecond: Double
    /// Which of the two bounds the case: "FMA" or "stream".
    let roof: String
    /// How much of it ours reaches: 1 is all.
    let share: Double
    var peers: [PeerResult] = []

    struct PeerResult: Codable {
        let name: String
        let microseconds: Double
        /// Its time over ours, median round by round: above 1, ours is faster.
        let ratio: Double
    }

    /// - Parameter peers: the names of the contestants behind ours.
    init(family: String, name: String, threads: Int, work: Work, timing: CaseTiming, peers: [String] = []) {
        (self.family, self.name, self.threads) = (family, name, threads)
        microseconds = timing.ours.median * 1e6
        spread = timing.ours.spread
        (flops, bytes, footprint) = (work.flops, work.bytes, work.footprint)
        peakGigaflopsPerSecond = timing.arithmetic.rates.median * 1e-9
        streamGigabytesPerSecond = timing.stream.rates.median * 1e-9
        (roof, share) = (timing.roof.name, timing.share)
        self.peers = peers.enumerated().map { index, name in
            PeerResult(
                name: name, microseconds: timing.contestants[index + 1].median * 1e6,
                ratio: timing.ratio(of: index + 1))
        }
    }

    var gigaflopsPerSecond: Double { Double(flops) / microseconds * 1e-3 }
    var gigabytesPerSecond: Double { Double(bytes) / microseconds * 1e-3 }

    /// Against the fastest peer of this case; nil without peers.
    var ratioToBest: Double? { peers.map(\.ratio).min() }

    /// Whether ours reaches less than 0.85 of the fastest peer's speed.
    var isBehind: Bool { ratioToBest.map { $0 < Self.floor } ?? false }
    static let floor = 0.85

    func peer(_ name: String) -> PeerResult? { peers.first { $0.name == name } }
}
