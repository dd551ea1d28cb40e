import Espalier

extension KernelCase {
    /// Rows and classes from a small head to the vocabulary of a language model.
    private static let rowShapes = [
        (32, 10), (256, 10), (4096, 16), (1024, 1000), (4096, 128), (256, 30_522), (64, 50_257),
    ]

    static let softmaxBenchmarks: [KernelCase] =
        rowShapes.map { rows, columns in
            KernelCase("softmax \(rows)x\(columns)") { memory in
                .softmax(
                    .init(
                        logarithm: false, rows: rows, columns: columns, x: memory.matrix(rows, columns),
                        y: memory.output(rows, columns)))
            }
        }
        + rowShapes.map { rows, columns in
            KernelCase("log-softmax \(rows)x\(columns)") { memory in
                .softmax(
                    .init(
                        logarithm: true, rows: rows, columns: columns, x: memory.matrix(rows, columns),
                        y: memory.output(rows, columns)))
            }
        }

    /// The mean loss and its gradient in one call.
    static let crossEntropyBenchmarks: [KernelCase] = rowShapes.map { rows, classes in
        KernelCase("loss and gradient \(rows)x\(classes)") { memory in
            var call = KernelCall.CrossEntropy(
                rows: rows, classes: classes, logits: memory.matrix(rows, classes),
                targets: .classes(memory.randomIndices(rows, below: classes), ignore: -1))
            call.loss = memory.output(1)
            call.gradient = memory.output(rows, classes)
            return .crossEntropy(call)
        }
    }
}
