extension KernelCall.HeadCrossEntropy {
    /// The linear layer, the loss with its gradient, and the layer's own gradients, in the order of `outputs`.
    func evaluate(kernel: String) throws(KernelError) -> [[Bounded]] {
        let results = try crossEntropy.evaluate(kernel: kernel) { row in
            let x = x.row(row, width)
            return (0..<classes).map { column in
                let terms = (0..<width).map { x[$0] * weight($0, column) }
                return .sum(terms) + (bias.map { Bounded($0[column]) } ?? 0)
            }
        }
        let gradient = results[1]
        var outputs: [[Bounded]] = loss == nil ? [] : [results[0]]
        if let xGradient {
            outputs.append(
                elements(rows, width) { row, column in
                    let terms = (0..<classes).map { gradient[row * classes + $0] * weight(column, $0) }
                    return .sum((addsXGradient ? [xGradient[row, column]] : []) + terms)
                })
        }
        if let weightGradient {
            let shape = transposeWeight ? (classes, width) : (width, classes)
            outputs.append(
                elements(shape.0, shape.1) { row, column in
                    let (input, output) = transposeWeight ? (column, row) : (row, column)
                    let terms = (0..<rows).map { x[$0, input] * gradient[$0 * classes + output] }
                    return .sum((addsParameterGradients ? [weightGradient[row, column]] : []) + terms)
                })
        }
        if let biasGradient {
            outputs.append(
                (0..<classes).map { column in
                    let terms = (0..<rows).map { gradient[$0 * classes + column] }
                    return .sum((addsParameterGradients ? [Bounded(biasGradient[column])] : []) + terms)
                })
        }
        return outputs
    }

    private func weight(_ input: Int, _ output: Int) -> Bounded {
        transposeWeight ? weight[output, input] : weight[input, output]
    }

    private func elements(_ rows: Int, _ columns: Int, _ element: (Int, Int) -> Bounded) -> [Bounded] {
        (0..<rows).flatMap { row in (0..<columns).map { element(row, $0) } }
    }

    /// The loss alone. Where it and its gradient would go does not matter here: that they are asked for does.
    private var crossEntropy: KernelCall.CrossEntropy {
        var call = KernelCall.CrossEntropy(
            rows: rows, classes: classes, logits: x, targets: .classes(targets, ignore: ignore))
        (call.classWeights, call.labelSmoothing, call.reduction) = (classWeights, labelSmoothing, reduction)
        (call.cotangent, call.loss, call.gradient) = (cotangent, x.pointer, x)
        return call
    }
}
