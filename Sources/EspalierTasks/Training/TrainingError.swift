/// Why a model cannot be trained, evaluated or loaded with what it was given.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
    /// The data set lacks an input, or has it in another form than the model wants.
    case input(name: String, problem: String)
    /// The data set lacks a task's labels, has them in another form, or has no labelled row.
    case labels(task: String, problem: String)
    /// No rows to train on.
    case emptyDataset
    /// An option is out of its range.
    case option(name: String, problem: String)
    /// A loss is no longer a number.
    case diverged(task: String, epoch: Int, step: Int)
    /// A model file does not fit the model.
    case modelFile(path: String, problem: String)

    public var description: String {
        switch self {
        case .input(let name, let problem): "input \(name): \(problem)"
        case .labels(let task, let problem): "task \(task): \(problem)"
        case .emptyDataset: "the training data has no rows"
        case .option(let name, let problem): "\(name): \(problem)"
        case .diverged(let task, let epoch, let step):
            "task \(task): the loss is not a number in epoch \(epoch), step \(step); a lower learning rate or gradient "
                + "clipping may help"
        case .modelFile(let path, let problem): "\(path): \(problem)"
        }
    }
}
