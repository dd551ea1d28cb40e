import Espalier

/// What a script is told of training steps, and what it answers.
extension PeerScript {
    /// Median seconds of each case.
    func seconds(of cases: [StepCase], _ options: ScriptOptions, threads: Int) throws -> [Double] {
        let environment = ["CASES": try jsonText(Dictionary(cases.map { ($0.name, PeerCase($0)) }) { $1 })]
        let seconds = try seconds([options.peer, String(threads)], environment: environment)
        return try cases.map { example in
            guard let time = seconds[example.name] else {
                throw ChildProcess.Failure(description: "\(file) printed no time for \(example.name)")
            }
            return time
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
