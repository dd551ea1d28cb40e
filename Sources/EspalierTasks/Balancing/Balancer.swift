import EspalierGraph

/// Chooses how much each task's gradient counts in a step: for the parameters of a group, the step follows Σ w_i g_i.
///
/// To write one: say at which `level` the gradients must be known, and turn a `BalancedBatch` into weights. What is kept
/// from step to step (learned weights, running means, a random generator) is the value's own. Every group of parameters
/// has a copy of the balancer, so state is never mixed.
///
/// - A method on losses alone (`level` `.losses`) weighs heads and trunk alike.
/// - A method on the Gram matrix is a `GramBalancer`: one function of the matrix.
/// - A method that changes gradients element by element (`level` `.rows`) rewrites `batch.rows` and returns the weights
///   that then apply.
/// - A method that wants more batches in a step, or looks ahead, is a `MeasuringBalancer`.
public protocol Balancer: Sendable {
    /// What must be known of the gradients.
    var level: GradientLevel { get }
    /// Which parameters' gradients make the Gram matrix.
    var scope: GradientScope { get }
    /// Whether what one task alone depends on is multiplied by that task's weight too. At the level of losses it always
    /// is.
    var weightsHeads: Bool { get }

    /// The tasks' weights.
    ///
    /// - Returns: one for each of `batch.tasks`.
    mutating func weights(for batch: BalancedBatch) -> [Double]

    /// Told after each epoch how the tasks do on the dev rows, if there are any: for methods that weigh by scores.
    ///
    /// - Parameter scores: by place in the group; nil for a task that has no labels there.
    mutating func epochEnded(_ scores: [TaskEvaluation?])
}

extension Balancer {
    public var scope: GradientScope { .all }
    public var weightsHeads: Bool { false }
    public mutating func epochEnded(_ scores: [TaskEvaluation?]) {}
}

/// A balancer that needs the Gram matrix and nothing else. It is exact by default; `Balancing.level` may take the matrix
/// from a sketch or from the shared representation instead.
public protocol GramBalancer: Balancer {
    /// - Returns: a weight for each task of the matrix.
    mutating func weights(for gram: GramMatrix) -> [Double]
}

extension GramBalancer {
    public var level: GradientLevel { .gram }

    public mutating func weights(for batch: BalancedBatch) -> [Double] { weights(for: batch.gram) }
}

extension MGDA: GramBalancer {}
extension CAGrad: GramBalancer {}
extension PCGrad: GramBalancer {}
extension UPGrad: GramBalancer {}

/// What a balancer sees of a step: the tasks of one group that count in it.
public struct BalancedBatch: Sendable {
    /// Their places among all tasks of the group: 0..<taskCount, unless some have no label in the batch.
    public let tasks: [Int]
    /// All tasks of the group.
    public let taskCount: Int
    /// By place in `tasks`.
    public let losses: [Double]
    /// Of their gradients; of no tasks at the level of losses.
    public let gram: GramMatrix
    /// Steps taken before.
    public let step: Int
    /// From 1.
    public let epoch: Int
    /// Their gradients, at the level of rows.
    public let rows: BalancedRows?

    /// For a balancer that is called by hand, without rows.
    public init(tasks: [Int], taskCount: Int, losses: [Double], gram: GramMatrix, step: Int, epoch: Int = 1) {
        self.init(tasks: tasks, taskCount: taskCount, losses: losses, gram: gram, step: step, epoch: epoch, rows: nil)
    }

    init(
        tasks: [Int], taskCount: Int, losses: [Double], gram: GramMatrix, step: Int, epoch: Int, rows: BalancedRows?
    ) {
        (self.tasks, self.taskCount, self.losses) = (tasks, taskCount, losses)
        (self.gram, self.step, self.epoch, self.rows) = (gram, step, epoch, rows)
    }
}

/// The tasks' gradients by a group's parameters: a matrix that the step's gradient is a weighted sum of rows of.
public struct BalancedRows: Sendable {
    let rows: TaskRows
    /// Row numbers, by place in the batch's tasks.
    let tasks: [Int]
    /// The elements that belong to the group.
    public let ranges: [Range<Int>]

    /// One element of one task's gradient.
    ///
    /// - Parameters:
    ///   - task: by place in the batch's tasks.
    ///   - element: in one of the ranges.
    public subscript(task: Int, element: Int) -> Float {
        get { rows[task: tasks[task], element: element] }
        nonmutating set { rows[task: tasks[task], element: element] = newValue }
    }

    /// Gives one task's gradient by the elements of a range to `body`, to read and to change: all at once, which is much
    /// faster than one by one.
    ///
    /// - Parameters:
    ///   - task: by place in the batch's tasks.
    ///   - range: one of the ranges.
    public func withGradient<Result, Failure: Error>(
        of task: Int, in range: Range<Int>, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try rows.withElements(of: tasks[task], range, body)
    }
}

/// How a trainer balances its tasks.
public struct Balancing: Sendable {
    /// What to do with a task that has no label in a batch.
    public enum AbsentTasks: Sendable, Equatable {
        /// The others are balanced without it.
        case skip
        /// It takes part with running means, decay · old + (1 - decay) · new, so that the others' weights do not jump: of
        /// its loss, of |g|², and of its cosines with each other task in the batches that had labels of both (0 before the
        /// first). Its own gradient is 0.
        ///
        /// Such a matrix of old and new cosines need not belong to any gradients. Where its least eigenvalue is -δ < 0, all
        /// cosines are divided by 1 + δ: the Gram matrix that the balancer sees is always positive semidefinite, with the
        /// present tasks' norms as measured.
        case runningMean(decay: Double)
    }

    public var balancer: any Balancer
    /// Where the Gram matrix comes from; nil for the balancer's own choice.
    public var level: GradientLevel?
    /// Which of a group's parameters make its Gram matrix; nil for the balancer's own choice.
    public var scope: GradientScope?
    public var grouping: GradientGrouping
    public var absentTasks: AbsentTasks
    /// nil for the balancer's own choice. If true, all shared parameters are one group: a task has one weight.
    public var weightsHeads: Bool?
    /// A batch is computed in at most so many parts, one after the other, and balanced as one: activations take the memory of a
    /// part, and the tasks' gradients a row each. Tasks may have their labels in different parts.
    public var batchParts: Int
    /// Weights are chosen in every so-many-th step, and where a task has labels that had none at the last choice. The steps
    /// between keep them, and cost about what a plain step costs (unless a checkpoint holds layers of all tasks and of one
    /// alone: then every step is measured). Not at the level of rows, nor for a batch in parts, which form every task's
    /// gradient in any case.
    public var interval: Int
    /// Every so many steps the report notes how the gradients lay to each other when they were last measured, where their
    /// Gram matrix is known.
    public var loggingInterval: Int

    public init(
        _ balancer: any Balancer, level: GradientLevel? = nil, scope: GradientScope? = nil,
        grouping: GradientGrouping = .byTasks, absentTasks: AbsentTasks = .skip, weightsHeads: Bool? = nil,
        batchParts: Int = 1, interval: Int = 1, loggingInterval: Int = 50
    ) {
        (self.balancer, self.level, self.scope, self.grouping) = (balancer, level, scope, grouping)
        (self.absentTasks, self.weightsHeads) = (absentTasks, weightsHeads)
        (self.batchParts, self.interval, self.loggingInterval) = (batchParts, interval, loggingInterval)
    }
}
