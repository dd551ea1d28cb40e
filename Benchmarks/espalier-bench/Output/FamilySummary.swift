/// What the cases of a family say together, for one number of threads.
struct FamilySummary: Codable {
    let family: String
    let threads: Int
    let cases: Int
    /// Ours against each peer; with several, against the best of them in each case too.
    let comparisons: [RatioSummary]
    /// Cases in which ours reaches less than 0.85 of the best peer's speed.
    let behind: Int
    /// Median of the cases' shares of the roof.
    let share: Double

    /// What stands for a peer's name where the fastest one of each case is meant.
    static let best = "best of them"

    /// - Parameter results: all of one family and number of threads; at least one.
    init(_ results: [CaseResult]) {
        (family, threads, cases) = (results[0].family, results[0].threads, results.count)
        let peers = results.flatMap { $0.peers.map(\.name) }.uniqued
        var comparisons = peers.map { name in RatioSummary(name, results.compactMap { $0.peer(name)?.ratio }) }
        if peers.count > 1 { comparisons.append(RatioSummary(Self.best, results.compactMap(\.ratioToBest))) }
        self.comparisons = comparisons
        behind = results.count(where: \.isBehind)
        share = results.map(\.share).median
    }

    /// One for each family and number of threads, in the order of the results.
    static func all(of results: [CaseResult]) -> [FamilySummary] {
        let families = results.map(\.family).uniqued
        return families.flatMap { family in
            results.map(\.threads).uniqued.compactMap { threads in
                let group = results.filter { $0.family == family && $0.threads == threads }
                return group.isEmpty ? nil : FamilySummary(group)
            }
        }
    }
}

/// How the ratios to one peer are spread over the cases of a family.
struct RatioSummary: Codable {
    let peer: String
    let geometricMean: Double
    let least, lowerQuartile, upperQuartile, most: Double

    init(_ peer: String, _ ratios: [Double]) {
        self.peer = peer
        geometricMean = ratios.geometricMean
        (least, most) = (ratios.quantile(0), ratios.quantile(1))
        (lowerQuartile, upperQuartile) = (ratios.quantile(0.25), ratios.quantile(0.75))
    }
}
