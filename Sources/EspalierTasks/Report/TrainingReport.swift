import EspalierTensor
import Foundation

/// Everything a training run can say about itself afterwards; written as `report.json`.
public struct TrainingReport: Sendable, Codable, Equatable {
    public var run: Run
    public var splits: [Split]
    public var epochs: [Epoch]
    /// Every so many steps, for each group of shared parameters, where tasks are balanced by their gradients.
    public var gradients: [GradientRecord]
    /// The number of the epoch whose parameters were kept.
    public var bestEpoch: Int?
    /// The kept parameters measured on dev, test or other rows.
    public var evaluations: [SplitEvaluation]
    /// As YAML, the way `train` takes it.
    public var recipe: String

    public init(
        run: Run, splits: [Split], epochs: [Epoch], gradients: [GradientRecord] = [], bestEpoch: Int?,
        evaluations: [SplitEvaluation], recipe: String
    ) {
        self.run = run
        self.splits = splits
        self.epochs = epochs
        self.gradients = gradients
        self.bestEpoch = bestEpoch
        self.evaluations = evaluations
        self.recipe = recipe
    }

    /// What ran, and on what.
    public struct Run: Sendable, Codable, Equatable {
        public var toolVersion: String
        public var seed: UInt64
        public var backend: String
        public var threads: Int
        /// The kernel in use for each operation: `gemm` → `f32_gemm_14x32_avx512`.
        public var kernels: [String: String]
        /// Trained numbers in the model.
        public var parameters: Int
        /// Of the whole run, evaluation included.
        @JSONNumbers public var seconds: Double

        public init(
            toolVersion: String, seed: UInt64, backend: String, threads: Int, kernels: [String: String],
            parameters: Int, seconds: Double
        ) {
            self.toolVersion = toolVersion
            self.seed = seed
            self.backend = backend
            self.threads = threads
            self.kernels = kernels
            self.parameters = parameters
            self.seconds = seconds
        }
    }

    /// The size of one part of the data.
    public struct Split: Sendable, Codable, Equatable {
        /// `train`, `dev`, `test`.
        public var name: String
        public var rows: Int
        /// Labelled rows of each task.
        public var labels: [String: Int]

        public init(name: String, rows: Int, labels: [String: Int]) {
            self.name = name
            self.rows = rows
            self.labels = labels
        }
    }

    /// One pass over the training rows.
    public struct Epoch: Sendable, Codable, Equatable {
        /// From 1.
        public var number: Int
        @JSONNumbers public var seconds: Double
        /// Of the epoch's last step.
        @JSONNumbers public var learningRate: Double
        /// Mean loss of each task over the epoch, unweighted.
        @JSONNumbers public var trainingLoss: [String: Double]
        /// Each task's weight in the sum of losses at the epoch's end.
        @JSONNumbers public var taskWeights: [String: Double]
        /// Each task's metrics on the dev rows; empty without any.
        @JSONNumbers public var dev: [String: [Metric: Double]]

        public init(
            number: Int, seconds: Double, learningRate: Double, trainingLoss: [String: Double],
            taskWeights: [String: Double], dev: [TaskEvaluation]
        ) {
            self.number = number
            self.seconds = seconds
            self.learningRate = learningRate
            self.trainingLoss = trainingLoss
            self.taskWeights = taskWeights
            self.dev = Dictionary(dev.map { ($0.task, $0.values) }, uniquingKeysWith: { $1 })
        }
    }

    /// Every task measured on one part of the data, in the model's order of tasks.
    public struct SplitEvaluation: Sendable, Codable, Equatable {
        public var split: String
        public var tasks: [TaskEvaluation]

        public init(split: String, tasks: [TaskEvaluation]) {
            self.split = split
            self.tasks = tasks
        }
    }

    /// Valid JSON whatever the numbers are, indented, keys in alphabetical order.
    public func json() throws -> Data { Data(try jsonText(self, indented: true).utf8) }

    public init(json: Data) throws { self = try JSONDecoder().decode(TrainingReport.self, from: json) }
}

extension TrainingReport.SplitEvaluation {
    /// One task's evaluation by its name.
    public subscript(task: String) -> TaskEvaluation? { tasks.first { $0.task == task } }
}

extension [TrainingReport.SplitEvaluation] {
    /// For a terminal: each task's metrics, a column for each split.
    public func metricsTable() -> String {
        var table = TextTable(
            ["task", "metric"] + map(\.split), alignments: [.left, .left] + map { _ in .right })
        for task in first?.tasks ?? [] {
            for (row, metric) in task.kind.metrics.enumerated() {
                let values = map { $0[task.task]?[metric] ?? .nan }
                table.append(
                    [row == 0 ? task.task : "", metric.displayName]
                        + values.map { NumberText.fixed($0, digits: 3) })
            }
        }
        return table.rendered()
    }
}
