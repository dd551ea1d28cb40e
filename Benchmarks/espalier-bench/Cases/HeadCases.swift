import Espalier

extension KernelCase {
    /// Heads of few and of many classes: rows, width, classes.
    static let headBenchmarks: [KernelCase] = [
        head(512, 1024, 16), head(4096, 256, 1000), head(512, 384, 30_522), head(1024, 512, 50_257),
    ]

    /// The mean loss with all gradients, weights as `[classes, width]`, no bias: the logits of `torch.nn.functional.linear`.
    private static func head(_ rows: Int, _ width: Int, _ classes: Int) -> KernelCase {
        KernelCase("head cross-entropy \(rows)x\(width)x\(classes)") { memory in
            var call = KernelCall.HeadCrossEntropy(
                rows: rows, width: width, classes: classes, x: memory.matrix(rows, width),
                weight: memory.matrix(classes, width, in: -0.1...0.1),
                targets: memory.randomIndices(rows, below: classes), ignore: -1,
                workspace: memory.workspace(
                    bytes: KernelCall.HeadCrossEntropy.workspaceBytes(width: width, classes: classes)))
            call.transposeWeight = true
            call.loss = memory.output(1)
            call.xGradient = memory.output(rows, width)
            call.weightGradient = memory.output(classes, width)
            return .headCrossEntropy(call)
        }
    }
}
