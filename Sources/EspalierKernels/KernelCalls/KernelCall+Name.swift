extension KernelCall {
    /// Which part of the kernel library a call belongs to.
    public enum Family: String, Sendable, CaseIterable {
        case gemm, activation, softmax, loss, elementwise, reduction, embedding, normalization, random, optimizer
        case custom
    }

    public var family: Family {
        switch self {
        case .gemm, .gemmGradient, .gemmSiblings, .gemmBatch, .syrk: .gemm
        case .activation, .activationBackward: .activation
        case .softmax, .softmaxBackward: .softmax
        case .crossEntropy, .headCrossEntropy, .sigmoidCrossEntropy, .regressionLoss: .loss
        case .binary, .unary, .affine, .chain, .copy, .fill: .elementwise
        case .columnSums, .rowSums, .squaredNorm: .reduction
        case .embedding, .embeddingBackward, .embeddingBag, .embeddingBagBackward: .embedding
        case .layerNormalization, .layerNormalizationBackward, .layerNormalizationGain: .normalization
        case .dropout: .random
        case .sgd, .adam: .optimizer
        case .custom: .custom
        }
    }

    /// As errors, listings and reports name the kernel: "gemm", "gelu backward", "softmax cross-entropy".
    public var name: String {
        switch self {
        case .gemm: "gemm"
        case .gemmGradient(let call): "gemm, \(call.activation) backward"
        case .gemmSiblings: "gemm siblings"
        case .gemmBatch: "gemm batch"
        case .syrk: "syrk"
        case .activation(let call): "\(call.kind)"
        case .activationBackward(let call): "\(call.kind) backward"
        case .softmax(let call): call.logarithm ? "log-softmax" : "softmax"
        case .softmaxBackward(let call): call.logarithm ? "log-softmax backward" : "softmax backward"
        case .crossEntropy: "softmax cross-entropy"
        case .headCrossEntropy: "head cross-entropy"
        case .sigmoidCrossEntropy: "sigmoid cross-entropy"
        case .regressionLoss(let call): "\(call.kind) loss"
        case .binary(let call): "\(call.kind)"
        case .unary(let call): "\(call.kind)"
        case .affine: "affine"
        case .chain: "chain"
        case .copy: "copy"
        case .fill: "fill"
        case .columnSums: "column sums"
        case .rowSums: "row sums"
        case .squaredNorm: "squared norm"
        case .embedding: "embedding"
        case .embeddingBackward: "embedding backward"
        case .embeddingBag(let call): "embedding bag \(call.indices.mode)"
        case .embeddingBagBackward(let call): "embedding bag \(call.indices.mode) backward"
        case .layerNormalization: "layer normalization"
        case .layerNormalizationBackward: "layer normalization backward"
        case .layerNormalizationGain: "layer normalization gain"
        case .dropout: "dropout"
        case .sgd: "sgd"
        case .adam(let call): call.decoupled ? "adamw" : "adam"
        case .custom(let call): call.name
        }
    }
}
