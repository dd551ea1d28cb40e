import Espalier

/// Times balanced steps beside the plain one, and in turn with a peer's script.
struct BalanceBenchmark {
    typealias Level = (name: String, level: GradientLevel)

    let cases: [StepCase]
    let levels: [Level]
    let rounds: Int

    static let levels: [Level] = [
        ("losses", .losses), ("representation", .representation), ("sketch", .sketch()), ("gram", .gram),
        ("rows", .rows),
    ]

    func run(with peer: (script: PeerScript, options: ScriptOptions)?, threads: Int) throws -> [BalanceResult] {
        let backend = try makeBackend(named: "native", threads: threads)
        let roundRobin = RoundRobin(rounds: rounds, threads: threads, usesWallClock: peer != nil)
        let steps = try cases.map { example in
            let balancings =
                [nil] + levels.map { Balancing($0.name == "losses" ? EqualWeights() : MGDA(), level: $0.level) }
            return try balancings.map { try PreparedStep(example, on: backend, balancing: $0) }
        }
        var ours = cases.map { _ in levels.map { _ in [Double]() } + [[]] }
        var theirs = cases.map { _ in [Double]() }
        for _ in 0..<(peer?.options.peerRounds ?? 1) {
            for (index, steps) in steps.enumerated() {
                let seconds = try roundRobin.measure(steps.map { step in Contestant(name: "step") { try step.run() } })
                for (place, seconds) in seconds.enumerated() {
                    // The script tells a median for each of its turns.
                    ours[index][place] += peer == nil ? seconds : [seconds.median]
                }
            }
            guard let (script, options) = peer else { continue }
            for (index, seconds) in try script.seconds(of: cases, options, threads: threads).enumerated() {
                theirs[index].append(seconds)
            }
        }
        return cases.indices.flatMap { index in
            zip(["plain"] + levels.map(\.name), ours[index].indices).map { name, place in
                BalanceResult(
                    batch: cases[index].batch, tasks: cases[index].heads.count, threads: threads, level: name,
                    microseconds: ours[index][place].median * 1e6,
                    timeToPlain: ours[index][place].medianRatio(to: ours[index][0]),
                    byteCount: steps[index][place].byteCount, plainByteCount: steps[index][0].byteCount,
                    peerTime: peer.map { _ in theirs[index].medianRatio(to: ours[index][place]) })
            }
        }
    }
}

/// All weights 1, from losses alone: what the way of weights itself costs.
private struct EqualWeights: Balancer {
    var level: GradientLevel { .losses }

    func weights(for batch: BalancedBatch) -> [Double] { batch.tasks.map { _ in 1 } }
}
