internal import CKernels

// Embedding tables and optimizer steps: the kernels that read and write parameters.
extension NativeBackend {
    func run(_ call: KernelCall.Embedding, _ badPosition: inout Int) -> ck_status {
        ck_embedding_f32(
            pool.handle, call.count, call.vocabulary, call.width, call.table.pointer, call.table.leadingDimension,
            call.ids, call.y.pointer, call.y.leadingDimension, &badPosition)
    }

    func run(_ call: KernelCall.EmbeddingBackward, _ badPosition: inout Int) -> ck_status {
        ck_embedding_backward_f32(
            pool.handle, call.count, call.vocabulary, call.width, call.ids, call.dy.pointer,
            call.dy.leadingDimension, call.dtable.pointer, call.dtable.leadingDimension, &badPosition)
    }

    func run(_ call: KernelCall.EmbeddingBag, _ badPosition: inout Int) -> ck_status {
        let bags = call.indices
        return ck_embedding_bag_f32(
            pool.handle, bags.mode.kernelValue, bags.bags, bags.vocabulary, bags.width, call.table.pointer,
            call.table.leadingDimension, bags.ids, bags.offsets, bags.weights, call.y.pointer,
            call.y.leadingDimension, &badPosition)
    }

    func run(_ call: KernelCall.EmbeddingBagBackward, _ badPosition: inout Int) -> ck_status {
        let bags = call.indices
        return ck_embedding_bag_backward_f32(
            pool.handle, bags.mode.kernelValue, bags.bags, bags.vocabulary, bags.width, bags.ids, bags.offsets,
            bags.weights, call.dy.pointer, call.dy.leadingDimension, call.dtable.pointer,
            call.dtable.leadingDimension, &badPosition)
    }

    func run(_ call: KernelCall.SGD) -> ck_status {
        var options = ck_sgd_options(
            learning_rate: call.learningRate, momentum: call.momentum, weight_decay: call.weightDecay,
            gradient_scale: call.gradientScale, nesterov: call.nesterov ? 1 : 0)
        return ck_sgd_f32(pool.handle, call.count, &options, call.parameters, call.gradients, call.velocity)
    }

    func run(_ call: KernelCall.Adam) -> ck_status {
        var options = ck_adam_options(
            learning_rate: call.learningRate, beta1: call.beta1, beta2: call.beta2, epsilon: call.epsilon,
            weight_decay: call.weightDecay, gradient_scale: call.gradientScale, decoupled: call.decoupled ? 1 : 0,
            step: call.step)
        return ck_adam_f32(
            pool.handle, call.count, &options, call.parameters, call.gradients, call.firstMoment, call.secondMoment)
    }
}

extension BagMode {
    fileprivate var kernelValue: ck_bag { ck_bag(rawValue: UInt32(rawValue)) }
}
