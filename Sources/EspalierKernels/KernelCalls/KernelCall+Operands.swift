extension KernelCall {
    /// What the call writes. Empty for `.custom`, whose closure alone knows.
    public var outputs: [Operand] {
        switch self {
        case .gemm(let call): [call.output]
        case .gemmGradient(let call): call.outputs
        case .gemmSiblings(let call): call.products.map(\.output)
        case .gemmBatch(let call): call.products.map(\.output)
        case .syrk(let call): [.matrix(call.c, call.n, call.n, isRead: call.beta != 0)]
        case .activation(let call): [.vector(call.y, call.count)]
        case .activationBackward(let call): [.vector(call.dx, call.count)]
        case .softmax(let call): [.matrix(call.y, call.rows, call.columns)]
        case .softmaxBackward(let call): [.matrix(call.dx, call.rows, call.columns)]
        case .crossEntropy(let call): call.result.outputs
        case .headCrossEntropy(let call): call.outputs
        case .sigmoidCrossEntropy(let call): call.result.outputs
        case .regressionLoss(let call): call.result.outputs
        case .binary(let call): [.matrix(call.y, call.rows, call.columns)]
        case .unary(let call): [.vector(call.y, call.count)]
        case .affine(let call): [.vector(call.y, call.count)]
        case .chain(let call): call.outputs
        case .copy(let call): [.matrix(call.y, call.rows, call.columns)]
        case .fill(let call): [.vector(call.y, call.count)]
        case .columnSums(let call): [.vector(call.y, call.columns)]
        case .rowSums(let call): [.vector(call.y, call.rows)]
        case .squaredNorm(let call):
            [
                Operand(
                    pointer: UnsafeMutableRawPointer(call.y), element: .double, rows: 1, columns: 1,
                    leadingDimension: 1)
            ]
        case .embedding(let call): [.matrix(call.y, call.count, call.width)]
        case .embeddingBackward(let call): [.matrix(call.dtable, call.vocabulary, call.width, isRead: true)]
        case .embeddingBag(let call): [.matrix(call.y, call.indices.bags, call.indices.width)]
        case .embeddingBagBackward(let call):
            [.matrix(call.dtable, call.indices.vocabulary, call.indices.width, isRead: true)]
        case .layerNormalization(let call): [.matrix(call.y, call.rows, call.columns)]
        case .layerNormalizationBackward(let call): [.matrix(call.dx, call.rows, call.columns)]
        case .layerNormalizationGain(let call): [.vector(call.dgain, call.columns)]
        case .dropout(let call): [.vector(call.y, call.count)]
        case .sgd(let call):
            [.vector(call.parameters, call.count, isRead: true)]
                + [call.velocity].compactMap { $0.map { .vector($0, call.count, isRead: true) } }
        case .adam(let call):
            [call.parameters, call.firstMoment, call.secondMoment].map { .vector($0, call.count, isRead: true) }
        case .custom: []
        }
    }

    /// What the call reads and does not write. Empty for `.custom`.
    public var inputs: [Operand] {
        switch self {
        case .gemm(let call): call.inputs
        case .gemmGradient(let call): call.inputs
        case .gemmSiblings(let call): call.inputs
        case .gemmBatch(let call): call.products.flatMap(\.inputs)
        case .syrk(let call):
            call.alpha == 0
                ? [] : [call.transpose ? .matrix(call.x, call.k, call.n) : .matrix(call.x, call.n, call.k)]
        case .activation(let call): [.vector(call.x, call.count)]
        case .activationBackward(let call): call.inputs
        case .softmax(let call): [.matrix(call.x, call.rows, call.columns)]
        case .softmaxBackward(let call): [call.y, call.dy].map { .matrix($0, call.rows, call.columns) }
        case .crossEntropy(let call): call.inputs
        case .headCrossEntropy(let call): call.inputs
        case .sigmoidCrossEntropy(let call):
            [call.logits, call.targets, call.mask].compactMap { $0.map { .matrix($0, call.rows, call.columns) } }
                + call.result.inputs
        case .regressionLoss(let call):
            [call.prediction, call.target, call.mask].compactMap { $0.map { .matrix($0, call.rows, call.columns) } }
                + call.result.inputs
        case .binary(let call): [call.a, call.b].map { .broadcast($0, call.rows, call.columns) }
        case .unary(let call): [.vector(call.x, call.count)]
        case .affine(let call): [.vector(call.x, call.count)]
        case .chain(let call): call.inputs
        case .copy(let call): [.matrix(call.x, call.rows, call.columns)]
        case .fill: []
        case .columnSums(let call): [.matrix(call.x, call.rows, call.columns)]
        case .rowSums(let call): [.matrix(call.x, call.rows, call.columns)]
        case .squaredNorm(let call): [.vector(call.x, call.count)]
        case .embedding(let call):
            [.matrix(call.table, call.vocabulary, call.width), .vector(call.ids, call.count)]
        case .embeddingBackward(let call):
            [.vector(call.ids, call.count), .matrix(call.dy, call.count, call.width)]
        case .embeddingBag(let call):
            call.indices.inputs + [.matrix(call.table, call.indices.vocabulary, call.indices.width)]
        case .embeddingBagBackward(let call):
            call.indices.inputs + [.matrix(call.dy, call.indices.bags, call.indices.width)]
        case .layerNormalization(let call):
            [.matrix(call.x, call.rows, call.columns)]
                + [call.gain, call.bias].compactMap { $0.map { .vector($0, call.columns) } }
        case .layerNormalizationBackward(let call):
            [call.x, call.dy].map { .matrix($0, call.rows, call.columns) }
                + [call.gain].compactMap { $0.map { .vector($0, call.columns) } }
        case .layerNormalizationGain(let call): [call.x, call.dy].map { .matrix($0, call.rows, call.columns) }
        case .dropout(let call):
            [
                .vector(call.x, call.count),
                Operand(
                    pointer: UnsafeMutableRawPointer(mutating: call.mask.step), element: .uint64, rows: 1, columns: 1,
                    leadingDimension: 1),
            ]
        case .sgd(let call): [.vector(call.gradients, call.count)]
        case .adam(let call): [.vector(call.gradients, call.count)]
        case .custom: []
        }
    }
}

extension KernelCall.GEMM {
    fileprivate var inputs: [Operand] {
        let product: [Operand] = [
            transposeA ? .matrix(a, k, m) : .matrix(a, m, k), transposeB ? .matrix(b, n, k) : .matrix(b, k, n),
        ]
        return (alpha == 0 || k == 0 ? [] : product) + [bias].compactMap { $0.map { .vector($0, n) } }
            + [residual].compactMap { $0.map { .matrix($0, m, n) } }
    }

    fileprivate var output: Operand { .matrix(c, m, n, isRead: beta != 0) }
}

extension KernelCall.GEMMSiblings {
    /// A once, and what else the products read.
    fileprivate var inputs: [Operand] { products.flatMap(\.inputs).filter { $0.pointer != first.a.pointer } + a }

    private var a: [Operand] { first.inputs.filter { $0.pointer == first.a.pointer } }
}

extension KernelCall.GEMMGradient {
    fileprivate var outputs: [Operand] {
        [product.output] + [columnSums].compactMap { $0.map { .vector($0, product.n) } }
    }

    fileprivate var inputs: [Operand] {
        let read = activation == .identity ? nil : value
        return product.inputs + [read].compactMap { $0.map { .matrix($0, product.m, product.n) } }
    }
}

extension KernelCall.ActivationBackward {
    fileprivate var inputs: [Operand] {
        let argument: Floats? =
            switch kind {
            case .identity: nil
            case .relu, .tanh, .sigmoid: y
            case .gelu, .silu: x
            }
        return [argument, dy].compactMap { $0.map { .vector($0, count) } }
    }
}

extension KernelCall.CrossEntropy {
    fileprivate var inputs: [Operand] {
        var inputs: [Operand] = [.matrix(logits, rows, classes)]
        switch targets {
        case .classes(let classes, _): inputs.append(.vector(classes, rows))
        case .distributions(let probabilities, let rowMask):
            inputs.append(.matrix(probabilities, rows, classes))
            if let rowMask { inputs.append(.vector(rowMask, rows)) }
        }
        if let classWeights { inputs.append(.vector(classWeights, classes)) }
        return inputs + result.inputs
    }
}

extension KernelCall.HeadCrossEntropy {
    fileprivate var outputs: [Operand] {
        let weightShape = transposeWeight ? (classes, width) : (width, classes)
        return [loss].compactMap { $0.map { .vector($0, lossCount) } }
            + [xGradient].compactMap { $0.map { .matrix($0, rows, width, isRead: addsXGradient) } }
            + [weightGradient].compactMap {
                $0.map { .matrix($0, weightShape.0, weightShape.1, isRead: addsParameterGradients) }
            }
            + [biasGradient].compactMap { $0.map { .vector($0, classes, isRead: addsParameterGradients) } }
    }

    fileprivate var inputs: [Operand] {
        [
            .matrix(x, rows, width),
            transposeWeight ? .matrix(weight, classes, width) : .matrix(weight, width, classes),
            .vector(targets, rows),
        ] + [bias, classWeights].compactMap { $0.map { .vector($0, classes) } }
            + [cotangent].compactMap { $0.map { .vector($0, lossCount) } }
    }

    private var lossCount: Int { reduction == .none ? rows : 1 }

    /// Products with W or its gradient's shape: one for the loss, one for each gradient.
    var products: Int { 1 + (xGradient == nil ? 0 : 1) + (weightGradient == nil ? 0 : 1) }
}

extension KernelCall.BagIndices {
    /// The number of ids in all bags.
    var count: Int { Int(offsets[bags]) }

    fileprivate var inputs: [Operand] {
        [.vector(ids, count), .vector(offsets, bags + 1)] + [weights].compactMap { $0.map { .vector($0, count) } }
    }
}

/// What the losses have in common: how rows become one loss, and where loss and gradient go.
struct LossResult {
    var rows, columns: Int
    var reduction: Reduction
    var cotangent, loss: Floats?
    var gradient: Matrix?

    var lossCount: Int { reduction == .none ? rows : 1 }

    var outputs: [Operand] {
        [loss].compactMap { $0.map { .vector($0, lossCount) } }
            + [gradient].compactMap { $0.map { .matrix($0, rows, columns) } }
    }

    var inputs: [Operand] { [cotangent].compactMap { $0.map { .vector($0, lossCount) } } }
}

extension KernelCall.CrossEntropy {
    var result: LossResult {
        LossResult(
            rows: rows, columns: classes, reduction: reduction, cotangent: cotangent, loss: loss, gradient: gradient)
    }
}

extension KernelCall.SigmoidCrossEntropy {
    var result: LossResult {
        LossResult(
            rows: rows, columns: columns, reduction: reduction, cotangent: cotangent, loss: loss, gradient: gradient)
    }
}

extension KernelCall.RegressionLoss {
    var result: LossResult {
        LossResult(
            rows: rows, columns: columns, reduction: reduction, cotangent: cotangent, loss: loss, gradient: gradient)
    }
}
