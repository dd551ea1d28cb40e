import Espalier

/// Times balanced steps beside the plain one, and in turn with a peer's script.
struct BalanceBenchmark {
    typealias Level = (name: String, balancing: Balancing)
    typealias Peer = (script: PeerScript, options: ScriptOptions)

    let cases: [StepCase]
    let levels: [Level]
    let rounds: Int

    static let levels: [Level] = [
        ("losses", Balancing(EqualWeights(), level: .losses)),
        ("representation", Balancing(MGDA(), level: .representation)),
        ("sketch", Balancing(MGDA(), level: .sketch())),
        ("gram", Balancing(MGDA(), level: .gram)),
        ("rows", Balancing(MGDA(), level: .rows)),
        // A step between two that choose the weights.
        ("weights kept", Balancing(MGDA(), level: .gram, interval: 1_000_000)),
    ]

    func run(with peer: Peer?, threads: Int) throws -> [BalanceResult] {
        let backend = try makeBackend(named: "native", threads: threads)
        let steps = try cases.map { example in
            try ([nil] + levels.map(\.balancing)).map { try PreparedStep(example, on: backend, balancing: $0) }
        }
        let (ours, theirs) = try measure(steps, with: peer, threads: threads)
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

    /// Seconds: ours by case and step, in all rounds; or with a peer, in turn with it, the median of each turn.
    private func measure(
        _ steps: [[PreparedStep]], with peer: Peer?, threads: Int
    ) throws -> (ours: [[[Double]]], theirs: [[Double]]) {
        let roundRobin = RoundRobin(rounds: rounds, threads: threads, followsScript: peer != nil)
        func turn(_ steps: [PreparedStep]) throws -> [[Double]] {
            try roundRobin.measure(steps.map { step in Contestant(name: "step") { try step.run() } })
        }
        guard let (script, options) = peer else { return (try steps.map(turn), []) }
        var ours = steps.map { $0.map { _ in [Double]() } }
        var theirs = steps.map { _ in [Double]() }
        for _ in 0..<options.peerRounds {
            try script.run(cases, options, threads: threads) { index, seconds in
                theirs[index].append(seconds)
                for (place, seconds) in try turn(steps[index]).enumerated() {
                    ours[index][place].append(seconds.median)
                }
            }
        }
        return (ours, theirs)
    }
}

/// All weights 1, from losses alone: what the way of weights itself costs.
private struct EqualWeights: Balancer {
    var level: GradientLevel { .losses }

    func weights(for batch: BalancedBatch) -> [Double] { batch.tasks.map { _ in 1 } }
}
