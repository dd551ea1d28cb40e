import Espalier

extension KernelCase {
    /// Rows and classes from a small head to the vocabulary of a language model.
    private static let rowShapes = [
        (32, 10), (256, 10), (4096, 2), (4096, 8), (4096, 16), (4096, 32), (4096, 64), (4096, 128), (1024, 1000),
        (256, 30_522), (64, 50_257),
    ]

    /// Softmax, log-softmax, and softmax cross-entropy with its gradient.
    static let rowBenchmarks: [KernelCase] =
        rowShapes.map { softmax($0, $1, logarithm: false) } + rowShapes.map { softmax($0, $1, logarithm: true) }
        + rowShapes.map(crossEntropy)

    private static func softmax(_ rows: Int, _ columns: Int, logarithm: Bool) -> KernelCase {
        KernelCase("\(logarithm ? "log-softmax" : "softmax") \(rows)x\(columns)") { memory in
            .softmax(
                .init(
                    logarithm: logarithm, rows: rows, columns: columns, x: memory.matrix(rows, columns),
                    y: memory.output(rows, columns)))
        }
    }

    /// The mean loss and its gradient in one call.
    private static func crossEntropy(_ rows: Int, _ classes: Int) -> KernelCase {
        KernelCase("softmax cross-entropy \(rows)x\(classes)") { memory in
            var call = KernelCall.CrossEntropy(
                rows: rows, classes: classes, logits: memory.matrix(rows, classes),
                targets: .classes(memory.randomIndices(rows, below: classes), ignore: -1))
            call.loss = memory.output(1)
            call.gradient = memory.output(rows, classes)
            return .crossEntropy(call)
        }
    }
}
