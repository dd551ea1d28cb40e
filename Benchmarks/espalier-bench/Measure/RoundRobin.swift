import Espalier
import Foundation

/// Something whose speed is measured: our kernel, a peer's, or a loop that shows what the machine can do at most.
struct Contestant {
    let name: String
    /// How long its turn lasts at least, in seconds.
    var turn = 0.001
    let run: () throws -> Void
}

/// Lets contestants take turns.
///
/// In every round each runs for about a millisecond, so that the load of a shared machine and the drift of its clock meet
/// all alike, and ratios are formed round by round.
struct RoundRobin {
    /// How many, if they do not last too long.
    let rounds: Int
    /// That the contestants use.
    let threads: Int
    /// Whether to read the wall clock for one thread too.
    var usesWallClock = false
    /// Whether a script had its turn just before, while this process stood idle. It reads the wall clock, so we do.
    var followsScript = false

    /// What takes longer than this, in seconds, ends after the least number of rounds: long calls vary little.
    private static let (patience, leastRounds) = (3.0, 3)
    /// A call of so many seconds passes over more memory than the caches keep: no call before it makes it faster.
    private static let longCall = 0.02
    /// A virtual machine may take so many seconds to wake a thread that sleeps.
    private static let wakingThreads = 0.004
    /// And a processor that stood idle may take so many to reach its full clock (a Zen 4 here: from 3/4 of it).
    private static let wakingProcessor = 0.2

    /// - Returns: for every contestant, the seconds of one call in each round.
    func measure(_ contestants: [Contestant]) throws -> [[Double]] {
        if followsScript, let first = contestants.first { try run(first, forSeconds: Self.wakingProcessor) }
        let turns = try contestants.map(turn)
        var seconds = contestants.map { _ in [Double]() }
        let end = ContinuousClock.now + .seconds(Self.patience)
        var random = CounterRandom(seed: 0, stream: 0)
        for round in 0..<rounds where round < Self.leastRounds || ContinuousClock.now < end {
            // Whoever comes after a loop that filled the caches has a harder turn, so nobody shall do so in every round:
            // a stream through 32 MB slowed the five next passes over 4 MB here.
            for index in contestants.indices.shuffled(using: &random) {
                let contestant = contestants[index]
                if threads > 1 { waitUntilThreadsSleep() }
                // Brings operands into the caches and threads to their feet, whoever had them before.
                if turns[index].warmsUp { try run(contestant, forSeconds: threads > 1 ? Self.wakingThreads : 0) }
                seconds[index].append(try time(contestant, repetitions: turns[index].repetitions))
            }
        }
        return seconds
    }

    /// Once at least.
    private func run(_ contestant: Contestant, forSeconds seconds: Double) throws {
        let start = read(CLOCK_MONOTONIC)
        repeat { try contestant.run() } while read(CLOCK_MONOTONIC) - start < seconds
    }

    /// A contestant's turn: whether calls come before, and how many are timed.
    private struct Turn {
        let warmsUp: Bool
        let repetitions: Int
    }

    private func turn(of contestant: Contestant) throws -> Turn {
        try contestant.run()  // finds nothing in the caches
        var count = 1
        while true {
            let seconds = try time(contestant, repetitions: count)
            if seconds * Double(count) >= contestant.turn / 4 {
                return Turn(warmsUp: seconds < Self.longCall, repetitions: max(1, Int(contestant.turn / seconds)))
            }
            count *= 2
        }
    }

    /// Seconds of one call.
    private func time(_ contestant: Contestant, repetitions: Int) throws -> Double {
        let start = now
        for _ in 0..<repetitions { try contestant.run() }
        return (now - start) / Double(repetitions)
    }

    /// One thread: processor time, which other programs do not add to. Several: what the clock on the wall says.
    private var now: Double {
        read(threads == 1 && !usesWallClock && !followsScript ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC)
    }

    private func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Libraries let their threads spin for a while after a call; whoever is next should have the cores to itself.
    private func waitUntilThreadsSleep() {
        let (pause, attempts) = (0.0005, 100)
        for _ in 0..<attempts {
            let before = read(CLOCK_PROCESS_CPUTIME_ID)
            Thread.sleep(forTimeInterval: pause)
            if read(CLOCK_PROCESS_CPUTIME_ID) - before < pause / 4 { return }
        }
    }
}
