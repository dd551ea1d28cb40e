internal import CKernels

extension NativeBackend {
    func run(_ call: KernelCall.HeadCrossEntropy, _ badRow: inout Int) -> ck_status {
        var options = ck_cross_entropy_options(
            reduction: call.reduction.kernelValue, ignore_index: call.ignore, label_smoothing: call.labelSmoothing,
            class_weights: call.classWeights)
        return withUnsafePointer(to: &options) { options in
            var head = ck_head()
            (head.rows, head.width, head.classes) = (call.rows, call.width, call.classes)
            (head.x, head.ldx) = (UnsafePointer(call.x.pointer), call.x.leadingDimension)
            (head.w, head.ldw) = (UnsafePointer(call.weight.pointer), call.weight.leadingDimension)
            head.transpose_w = call.transposeWeight ? 1 : 0
            head.bias = UnsafePointer(call.bias)
            head.targets = UnsafePointer(call.targets)
            head.options = options
            head.cotangent = UnsafePointer(call.cotangent)
            head.loss = call.loss
            (head.dx, head.lddx) = (call.xGradient?.pointer, call.xGradient?.leadingDimension ?? 0)
            (head.dw, head.lddw) = (call.weightGradient?.pointer, call.weightGradient?.leadingDimension ?? 0)
            head.db = call.biasGradient
            head.adds_dx = call.addsXGradient ? 1 : 0
            head.adds_parameters = call.addsParameterGradients ? 1 : 0
            return ck_head_cross_entropy_f32(
                pool.handle, &head, call.workspace, ck_head_workspace(call.width, call.classes), &badRow)
        }
    }
}
