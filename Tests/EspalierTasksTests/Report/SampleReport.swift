@testable import EspalierTasks

/// A made-up run of three tasks over twelve epochs, with names that need escaping and one NaN loss.
enum SampleReport {
    static func make(epochs: Int = 12) throws -> TrainingReport {
        TrainingReport(
            run: .init(
                toolVersion: "0.1.0", seed: 7, backend: "native", threads: 2,
                kernels: ["gemm": "f32_gemm_14x32_avx512", "softmax": "softmax_avx512"],
                parameters: 1_048_576, seconds: 21.37),
            splits: [
                .init(name: "train", rows: 5334, labels: ["sentiment": 300, "topic": 5334, "inten<sity>": 5200]),
                .init(name: "dev", rows: 1121, labels: ["sentiment": 1121, "topic": 1121, "inten<sity>": 1100]),
            ],
            epochs: try (1...epochs).map(epoch(_:)), gradients: gradients, bestEpoch: 9,
            evaluations: [
                .init(split: "dev", tasks: try evaluations(skill: 8)),
                .init(split: "test", tasks: try evaluations(skill: 7)),
            ],
            recipe: "trunk:\n  - dense: 128 # wide & \"deep\"\ntasks: [sentiment, topic, 'inten<sity>']\n")
    }

    /// Of two groups; two tasks' gradients are parallel in the third record, one has no label in the last.
    static let gradients: [TrainingReport.GradientRecord] = (0..<4).flatMap { index in
        let (x, step) = (Double(index), 1 + 50 * index)
        let tasks = ["sentiment", "topic", "inten<sity>"]
        let rows: [[Double]] = [[3 - x, x, 1], [x + 1, -1, 0], [4, index == 2 ? -4.0 / 3 : 2, 0]]
        let count = index == 3 ? 2 : 3
        return [
            TrainingReport.GradientRecord(
                epoch: 1, step: step, layers: ["embedding.text", "trunk.0"], tasks: Array(tasks.prefix(count)),
                gram: GramMatrix(ofRows: Array(rows.prefix(count)))),
            TrainingReport.GradientRecord(
                epoch: 1, step: step, layers: ["br<anch"], tasks: Array(tasks.prefix(2)),
                gram: GramMatrix(ofRows: Array(rows.prefix(2)))),
        ]
    }

    private static func epoch(_ number: Int) throws -> TrainingReport.Epoch {
        let progress = Double(number)
        return TrainingReport.Epoch(
            number: number, seconds: 1.7 + 0.1 / progress, learningRate: 0.001 * (1 - progress / 13),
            trainingLoss: [
                "sentiment": 0.2 + 1 / progress, "topic": 0.1 + 1.4 / (progress * progress),
                "inten<sity>": number == 5 ? .nan : 2 / (1 + 0.3 * progress),
            ],
            taskWeights: ["sentiment": 1, "topic": 1 - 0.03 * progress, "inten<sity>": 0.8 + 0.01 * progress],
            dev: try evaluations(skill: min(number, 9)))
    }

    /// - Parameter skill: of every ten rows, how many are right.
    static func evaluations(skill: Int) throws -> [TaskEvaluation] {
        [
            try classification("sentiment", names: ["negative", "neutral", "positive"], skill: skill),
            try classification("topic", names: ["tweet", "mp3_player", "camera", "dvd", "phone"], skill: skill + 1),
            try TaskEvaluation(
                task: "inten<sity>",
                predictions: .numbers((0..<40).map { Float($0 % 10) + Float($0 % 3) * Float(10 - skill) }),
                labels: .numbers((0..<40).map { Float($0 % 10) })),
        ]
    }

    private static func classification(_ task: String, names: [String], skill: Int) throws -> TaskEvaluation {
        let labels = (0..<200).map { Int32($0 * $0 % 7 % names.count) }
        let probabilities: [Float] = labels.enumerated().flatMap { row, label in
            let answer = row % 10 < skill ? Int(label) : (Int(label) + 1 + row % 2) % names.count
            return names.indices.map { $0 == answer ? 0.6 : 0.4 / Float(names.count - 1) }
        }
        return try TaskEvaluation(
            task: task, predictions: .classes(probabilities: probabilities, classes: names.count),
            labels: .classes(labels, names: names))
    }
}
