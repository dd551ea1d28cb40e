import Espalier

/// What a script is told of training steps, and what it answers.
extension PeerScript {
    /// Runs it once: a case's place and the script's median seconds are handed on while the script stands still.
    func run(
        _ cases: [StepCase], _ options: ScriptOptions, threads: Int, eachCase body: (Int, Double) throws -> Void
    ) throws {
        let environment = ["CASES": try jsonText(Dictionary(cases.map { ($0.name, PeerCase($0)) }) { $1 })]
        var missing = Set(cases.map(\.name))
        try run([options.peer, String(threads)], environment: environment) { name, seconds in
            guard missing.remove(name) != nil, let index = cases.firstIndex(where: { $0.name == name }) else { return }
            try body(index, seconds)
        }
        if let name = missing.first {
            throw ChildProcess.Failure(description: "\(file) printed no time for \(name)")
        }
    }
}

/// A case as the script reads it: [batch, input, trunk widths, head widths].
private struct PeerCase: Encodable {
    let example: StepCase

    init(_ example: StepCase) { self.example = example }

    func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(example.batch)
        try list.encode(example.inputWidth)
        try list.encode(example.trunk)
        try list.encode(example.heads)
    }
}
