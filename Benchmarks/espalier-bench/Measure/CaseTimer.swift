/// Times one case: ours, the peers', and the two roofs above it, in turns.
struct CaseTimer {
    let roofs: Roofs
    let roundRobin: RoundRobin

    /// - Parameter contestants: ours first.
    func measure(_ work: Work, _ contestants: [Contestant]) throws -> CaseTiming {
        let stream = roofs.stream(for: work)
        let roofContestants = [roofs.arithmetic.contestant, stream.contestant]
        let seconds = try roundRobin.measure(contestants + roofContestants)
        let (arithmeticSeconds, streamSeconds) = (seconds[contestants.count], seconds[contestants.count + 1])
        return CaseTiming(
            contestants: Array(seconds.prefix(contestants.count)),
            arithmetic: RoofTiming(
                name: roofs.arithmetic.name, rates: arithmeticSeconds.map { roofs.arithmetic.amount / $0 },
                work: Double(work.flops)),
            stream: RoofTiming(
                name: stream.name, rates: streamSeconds.map { stream.amount / $0 }, work: Double(work.bytes)))
    }
}

/// What a roof allowed in the rounds of a case.
struct RoofTiming {
    let name: String
    /// Operations or bytes in a second, round by round.
    let rates: [Double]
    /// The case's operations or bytes.
    let work: Double

    /// The least time for the case, round by round.
    var seconds: [Double] { rates.map { work / $0 } }
}

/// The times of one case, round by round.
struct CaseTiming {
    /// Ours first.
    let contestants: [[Double]]
    let arithmetic, stream: RoofTiming

    var ours: [Double] { contestants[0] }

    /// A contestant's time over ours: above 1, ours is faster.
    func ratio(of contestant: Int) -> Double { contestants[contestant].medianRatio(to: ours) }

    /// The roof that bounds the case.
    var roof: RoofTiming { arithmetic.seconds.median >= stream.seconds.median ? arithmetic : stream }

    /// How much of what the roofs allow ours reaches: 1 is all.
    var share: Double { zip(arithmetic.seconds, stream.seconds).map { max($0, $1) }.medianRatio(to: ours) }
}
