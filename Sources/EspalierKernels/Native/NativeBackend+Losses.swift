internal import CKernels

extension NativeBackend {
    func run(_ call: KernelCall.CrossEntropy, _ badRow: inout Int) -> ck_status {
        var options = ck_cross_entropy_options(
            reduction: call.reduction.kernelValue, ignore_index: -1, label_smoothing: call.labelSmoothing,
            class_weights: call.classWeights)
        let gradientStride = call.gradient?.leadingDimension ?? call.classes
        switch call.targets {
        case .classes(let targets, let ignore):
            options.ignore_index = ignore
            return ck_softmax_cross_entropy_f32(
                pool.handle, call.rows, call.classes, call.logits.pointer, call.logits.leadingDimension, targets,
                &options, call.cotangent, call.loss, call.gradient?.pointer, gradientStride, &badRow)
        case .distributions(let targets, let rowMask):
            return ck_softmax_cross_entropy_soft_f32(
                pool.handle, call.rows, call.classes, call.logits.pointer, call.logits.leadingDimension,
                targets.pointer, targets.leadingDimension, rowMask, &options, call.cotangent, call.loss,
                call.gradient?.pointer, gradientStride)
        }
    }

    func run(_ call: KernelCall.SigmoidCrossEntropy) -> ck_status {
        ck_sigmoid_cross_entropy_f32(
            pool.handle, call.rows, call.columns, call.logits.pointer, call.logits.leadingDimension,
            call.targets.pointer, call.targets.leadingDimension, call.mask?.pointer,
            call.mask?.leadingDimension ?? call.columns, call.reduction.kernelValue, call.cotangent, call.loss,
            call.gradient?.pointer, call.gradient?.leadingDimension ?? call.columns)
    }

    func run(_ call: KernelCall.RegressionLoss) -> ck_status {
        ck_regression_loss_f32(
            pool.handle, ck_regression(rawValue: UInt32(call.kind.rawValue)), call.delta, call.rows, call.columns,
            call.prediction.pointer, call.prediction.leadingDimension, call.target.pointer,
            call.target.leadingDimension, call.mask?.pointer, call.mask?.leadingDimension ?? call.columns,
            call.reduction.kernelValue, call.cotangent, call.loss, call.gradient?.pointer,
            call.gradient?.leadingDimension ?? call.columns)
    }
}
