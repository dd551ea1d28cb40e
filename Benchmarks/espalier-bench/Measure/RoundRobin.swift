import Foundation

/// Something to be timed against others.
struct Contender {
    let name: String
    let run: () throws -> Void
}

/// One contender's times.
struct Timing {
    /// Median over the rounds.
    let seconds: Double
    /// Half of the rounds lie in a range this wide, as a share of the median.
    let spread: Double
    /// Median over the rounds of this one's time over the first contender's in the same round.
    let ratioToFirst: Double

    /// - Parameters:
    ///   - seconds: one a round.
    ///   - first: the first contender's, of the same rounds.
    init(of seconds: [Double], first: [Double]) {
        self.seconds = seconds.median
        spread = seconds.interquartileRange / seconds.median
        ratioToFirst = zip(seconds, first).map { $0 / $1 }.median
    }
}

/// Lets contenders take turns until time is up.
///
/// In every round each runs for a few milliseconds, so that the load of a shared machine meets all alike, and ratios are
/// formed round by round.
struct RoundRobin {
    /// For all contenders of a case together.
    let seconds: Double
    /// Between two turns, in seconds: time for the threads of a library to stop spinning and leave the cores alone.
    let pause: Double

    private static let turnSeconds = 0.002
    private static let leastRounds = 5

    func measure(_ contenders: [Contender]) throws -> [Timing] {
        let repetitions = try contenders.map(repetitions)
        var times = contenders.map { _ in [Double]() }
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end || times[0].count < Self.leastRounds {
            for (index, contender) in contenders.enumerated() {
                if pause > 0 { Thread.sleep(forTimeInterval: pause) }
                try contender.run()
                times[index].append(try time(contender, repetitions: repetitions[index]))
            }
        }
        return times.map { Timing(of: $0, first: times[0]) }
    }

    /// As many calls as make up a turn.
    private func repetitions(of contender: Contender) throws -> Int {
        var count = 1
        while true {
            let seconds = try time(contender, repetitions: count) * Double(count)
            if seconds >= Self.turnSeconds { return count }
            count *= 2
        }
    }

    /// Seconds for one call.
    private func time(_ contender: Contender, repetitions: Int) throws -> Double {
        let start = ContinuousClock.now
        for _ in 0..<repetitions { try contender.run() }
        return (ContinuousClock.now - start) / .seconds(1) / Double(repetitions)
    }
}

extension [Double] {
    /// Of at least one number.
    var median: Double { quantile(0.5) }

    var interquartileRange: Double { quantile(0.75) - quantile(0.25) }

    private func quantile(_ share: Double) -> Double {
        let ordered = sorted()
        let position = share * Double(count - 1)
        let (lower, upper) = (ordered[Int(position)], ordered[Int(position.rounded(.up))])
        return lower + (upper - lower) * (position - position.rounded(.down))
    }
}
