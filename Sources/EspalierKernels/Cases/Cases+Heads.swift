extension KernelCase {
    static let headCases: [KernelCase] = [
        (0, 4, 3), (1, 1, 1), (7, 5, 3), (33, 17, 10), (40, 64, 16), (20, 9, 40), (0, 3, 70), (5, 8, 90), (140, 6, 130),
    ].flatMap { rows, width, classes in
        (0..<4).map { variant in head(rows, width, classes, variant: variant) }
    }

    /// Variants: 0 a mean with all outputs, 1 the same with W transposed, weights and smoothing, gradients added to,
    /// 2 losses of the rows, without bias, 3 the loss alone.
    private static func head(_ rows: Int, _ width: Int, _ classes: Int, variant: Int) -> KernelCase {
        KernelCase("head cross-entropy \(rows)x\(width)x\(classes), variant \(variant)") { memory in
            let transposed = variant == 1
            let weightShape = transposed ? (classes, width) : (width, classes)
            var call = KernelCall.HeadCrossEntropy(
                rows: rows, width: width, classes: classes, x: memory.matrix(rows, width, padding: variant),
                weight: memory.matrix(weightShape.0, weightShape.1, padding: variant, in: -1...1),
                targets: memory.indices((0..<rows).map { $0 % 4 == 1 ? -1 : memory.integer(below: classes) }),
                ignore: -1,
                workspace: memory.workspace(
                    bytes: KernelCall.HeadCrossEntropy.workspaceBytes(width: width, classes: classes)))
            call.transposeWeight = transposed
            call.bias = variant == 2 ? nil : memory.vector(classes)
            call.classWeights = variant == 1 ? memory.vector(classes, in: 0.25...3) : nil
            call.labelSmoothing = variant == 1 ? 0.1 : 0
            call.reduction = [.mean, .sum, .none, .mean][variant]
            call.cotangent = variant == 0 ? nil : memory.vector(variant == 2 ? rows : 1)
            call.loss = memory.output(variant == 2 ? rows : 1)
            if variant == 3 { return .headCrossEntropy(call) }
            call.addsXGradient = variant == 1
            call.addsParameterGradients = variant == 1
            // Gradients that are added to hold numbers before.
            let gradient = { (rows: Int, columns: Int) in
                variant == 1 ? memory.matrix(rows, columns, padding: 1) : memory.output(rows, columns, padding: 1)
            }
            call.xGradient = gradient(rows, width)
            call.weightGradient = gradient(weightShape.0, weightShape.1)
            call.biasGradient = gradient(1, classes).pointer
            return .headCrossEntropy(call)
        }
    }
}
