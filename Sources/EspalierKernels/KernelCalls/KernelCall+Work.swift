extension KernelCall {
    /// Bytes that have to move at least: every input read once, every output written once and read if it is. Of an
    /// embedding table, the rows that the ids name.
    public var bytes: Int {
        switch self {
        case .embedding(let call): return Self.tableBytes(ids: call.count, width: call.width, rows: call.count)
        case .embeddingBackward(let call):
            return Self.tableBytes(ids: call.count, width: call.width, rows: 2 * call.count)
        case .embeddingBag(let call):
            return Self.tableBytes(ids: call.indices.count, width: call.indices.width, rows: call.indices.bags)
        case .embeddingBagBackward(let call):
            return Self.tableBytes(
                ids: call.indices.count, width: call.indices.width, rows: call.indices.bags + call.indices.count)
        default:
            return inputs.reduce(0) { $0 + $1.bytes } + outputs.reduce(0) { $0 + $1.bytes * ($1.isRead ? 2 : 1) }
        }
    }

    /// The ids, the rows of the table that they name, and so many other rows.
    private static func tableBytes(ids: Int, width: Int, rows: Int) -> Int { 4 * (ids + (ids + rows) * width) }

    /// Additions and multiplications, each counted as one; an elementary function counts as one too. 0 for `.custom`.
    public var flops: Int {
        switch self {
        case .gemm(let call):
            call.m * call.n * (2 * call.k + (call.bias == nil ? 0 : 1) + (call.residual == nil ? 0 : 1))
        case .gemmGradient(let call):
            call.product.m * call.product.n
                * (2 * call.product.k + 2 + (call.columnSums == nil ? 0 : 1) + (call.product.residual == nil ? 0 : 1))
        case .gemmSiblings(let call): call.products.reduce(0) { $0 + KernelCall.gemm($1).flops }
        case .gemmBatch(let call): 2 * call.count * call.product.m * call.product.n * call.product.k
        case .syrk(let call): call.n * (call.n + 1) * call.k
        case .activation(let call): call.count
        case .activationBackward(let call): 2 * call.count
        case .softmax(let call): 4 * call.rows * call.columns
        case .softmaxBackward(let call): 4 * call.rows * call.columns
        case .crossEntropy(let call): 6 * call.rows * call.classes
        case .headCrossEntropy(let call):
            2 * call.products * call.rows * call.width * call.classes + 8 * call.rows * call.classes
        case .sigmoidCrossEntropy(let call): 8 * call.rows * call.columns
        case .regressionLoss(let call): 4 * call.rows * call.columns
        case .binary(let call): call.rows * call.columns
        case .unary(let call): call.count
        case .affine(let call): 2 * call.count
        case .chain(let call): call.flops
        case .copy, .fill, .embedding: 0
        case .columnSums(let call): call.rows * call.columns
        case .rowSums(let call): call.rows * call.columns
        case .squaredNorm(let call): 2 * call.count
        case .embeddingBackward(let call): call.count * call.width
        case .embeddingBag(let call): 2 * call.indices.count * call.indices.width
        case .embeddingBagBackward(let call): 2 * call.indices.count * call.indices.width
        case .layerNormalization(let call): 7 * call.rows * call.columns
        case .layerNormalizationBackward(let call): 13 * call.rows * call.columns
        case .layerNormalizationGain(let call): 7 * call.rows * call.columns
        case .dropout(let call): call.count
        case .sgd(let call): 6 * call.count
        case .adam(let call): 14 * call.count
        case .custom: 0
        }
    }
}
