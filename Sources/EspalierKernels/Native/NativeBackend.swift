internal import CKernels

/// Our own kernels (CKernels): the same bits on every instruction set and for every number of threads.
public struct NativeBackend: Backend {
    public let name = "native"
    public var threads: Int { pool.threads }

    let pool: ThreadPool

    /// - Parameter threads: 1 to 256; by default one for every physical core usable here.
    /// - Throws: `KernelError.unavailable` if the system refuses the threads or the memory.
    public init(threads: Int = ProcessorCount.usableCores) throws(KernelError) {
        pool = try ThreadPool(threads: threads)
    }

    public func run(_ call: KernelCall) throws(KernelError) {
        var position = 0
        let status =
            switch call {
            case .gemm(let call): run(call)
            case .gemmGradient(let call): run(call)
            case .gemmSiblings(let call): run(call)
            case .gemmBatch(let call): run(call)
            case .syrk(let call): run(call)
            case .activation(let call): run(call)
            case .activationBackward(let call): run(call)
            case .softmax(let call): run(call)
            case .softmaxBackward(let call): run(call)
            case .crossEntropy(let call): run(call, &position)
            case .headCrossEntropy(let call): run(call, &position)
            case .sigmoidCrossEntropy(let call): run(call)
            case .regressionLoss(let call): run(call)
            case .binary(let call): run(call)
            case .unary(let call): run(call)
            case .affine(let call): run(call)
            case .chain(let call): run(call)
            case .copy(let call): run(call)
            case .fill(let call): run(call)
            case .columnSums(let call): run(call)
            case .rowSums(let call): run(call)
            case .squaredNorm(let call): run(call)
            case .embedding(let call): run(call, &position)
            case .embeddingBackward(let call): run(call, &position)
            case .embeddingBag(let call): run(call, &position)
            case .embeddingBagBackward(let call): run(call, &position)
            case .layerNormalization(let call): run(call)
            case .layerNormalizationBackward(let call): run(call)
            case .layerNormalizationGain(let call): run(call)
            case .dropout(let call): run(call)
            case .sgd(let call): run(call)
            case .adam(let call): run(call)
            case .custom(let call): run(call)
            }
        switch status {
        case CK_OK: return
        case CK_INDEX_OUT_OF_RANGE:
            throw .indexOutOfRange(kernel: call.name, position: position, index: call.index(at: position))
        case CK_INVALID_ARGUMENT: throw .invalidArgument(kernel: call.name)
        default: throw .unavailable("[\(call.name)] \(String(cString: ck_status_text(status)))")
        }
    }
}

extension KernelCall {
    /// The target or id at a position.
    fileprivate func index(at position: Int) -> Int {
        switch self {
        case .crossEntropy(let call):
            if case .classes(let targets, _) = call.targets { return Int(targets[position]) }
        case .embedding(let call): return Int(call.ids[position])
        case .embeddingBackward(let call): return Int(call.ids[position])
        case .embeddingBag(let call): return Int(call.indices.ids[position])
        case .embeddingBagBackward(let call): return Int(call.indices.ids[position])
        default: break
        }
        preconditionFailure("[\(name)] has no indices")
    }
}

extension ActivationKind {
    var kernelValue: ck_activation { ck_activation(rawValue: UInt32(rawValue)) }
}

extension Reduction {
    var kernelValue: ck_reduction { ck_reduction(rawValue: UInt32(rawValue)) }
}
