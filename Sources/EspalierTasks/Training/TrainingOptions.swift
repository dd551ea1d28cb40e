/// How to train.
public struct TrainingOptions: Sendable {
    public var epochs = 10
    public var batchSize = 32
    /// Optimizer steps in an epoch; nil for one pass over the labelled rows.
    public var stepsPerEpoch: Int?
    public var optimizer = Optimizer.adam()
    public var weighting = TaskWeighting.equal
    /// Ends training early and keeps the best epoch's parameters; needs dev rows. Nil keeps the last epoch's.
    public var earlyStopping: EarlyStopping?
    /// Of initial parameters, the order of rows, and dropout.
    public var seed: UInt64 = 0
    /// The heads to train; nil for all. The others stay as they began.
    public var heads: [String]?

    public init() {}

    func check() throws(TrainingError) {
        if epochs < 1 { throw .option(name: "epochs", problem: "\(epochs); at least 1 is wanted") }
        if batchSize < 1 { throw .option(name: "batch size", problem: "\(batchSize); at least 1 is wanted") }
        if let stepsPerEpoch, stepsPerEpoch < 1 {
            throw .option(name: "steps per epoch", problem: "\(stepsPerEpoch); at least 1 is wanted")
        }
    }
}
