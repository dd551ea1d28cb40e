internal import CKernels

// GEMM, activations, softmax, normalization.
extension NativeBackend {
    func run(_ call: KernelCall.GEMM) -> ck_status {
        var epilogue = ck_epilogue(
            bias: call.bias, activation: call.activation.kernelValue, residual: call.residual?.pointer,
            ldr: call.residual?.leadingDimension ?? 0)
        if let packed = call.packedB, !call.transposeA {
            return ck_gemm_packed_f32(
                pool.handle, call.m, call.n, call.k, call.alpha, call.a.pointer, call.a.leadingDimension,
                packed.memory, call.beta, call.c.pointer, call.c.leadingDimension, &epilogue)
        }
        return ck_gemm_f32(
            pool.handle, call.transposeA ? 1 : 0, call.transposeB ? 1 : 0, call.m, call.n, call.k, call.alpha,
            call.a.pointer, call.a.leadingDimension, call.b.pointer, call.b.leadingDimension, call.beta,
            call.c.pointer, call.c.leadingDimension, &epilogue)
    }

    func run(_ call: KernelCall.GEMMGradient) -> ck_status {
        var epilogue = call.epilogue
        let product = call.product
        return ck_gemm_gradient_f32(
            pool.handle, product.transposeA ? 1 : 0, product.transposeB ? 1 : 0, product.m, product.n, product.k,
            product.alpha, product.a.pointer, product.a.leadingDimension, product.b.pointer,
            product.b.leadingDimension, product.beta, product.c.pointer, product.c.leadingDimension, &epilogue)
    }

    /// The products as C has them lie on the stack: a call allocates nothing.
    func run(_ call: KernelCall.GEMMSiblings) -> ck_status {
        let first = call.first
        return withUnsafeTemporaryAllocation(of: ck_gemm_sibling.self, capacity: call.products.count) { siblings in
            for index in call.products.indices {
                siblings.initializeElement(at: index, to: ck_gemm_sibling(call.products[index]))
            }
            return ck_gemm_siblings_f32(
                pool.handle, first.transposeA ? 1 : 0, first.m, first.k, first.a.pointer, first.a.leadingDimension,
                siblings.count, siblings.baseAddress, first.activation.kernelValue)
        }
    }

    func run(_ call: KernelCall.GEMMBatch) -> ck_status {
        let product = call.product
        return ck_gemm_batched_f32(
            pool.handle, product.transposeA ? 1 : 0, product.transposeB ? 1 : 0, call.count, product.m, product.n,
            product.k, product.alpha, product.a.pointer, product.a.leadingDimension, call.strideA, product.b.pointer,
            product.b.leadingDimension, call.strideB, product.beta, product.c.pointer, product.c.leadingDimension,
            call.strideC)
    }

    func run(_ call: KernelCall.SYRK) -> ck_status {
        ck_syrk_f32(
            pool.handle, call.transpose ? 1 : 0, call.n, call.k, call.alpha, call.x.pointer, call.x.leadingDimension,
            call.beta, call.c.pointer, call.c.leadingDimension)
    }

    func run(_ call: KernelCall.Activation) -> ck_status {
        ck_activation_f32(pool.handle, call.kind.kernelValue, call.count, call.x, call.y)
    }

    func run(_ call: KernelCall.ActivationBackward) -> ck_status {
        ck_activation_backward_f32(pool.handle, call.kind.kernelValue, call.count, call.x, call.y, call.dy, call.dx)
    }

    func run(_ call: KernelCall.Softmax) -> ck_status {
        (call.logarithm ? ck_log_softmax_f32 : ck_softmax_f32)(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.y.pointer,
            call.y.leadingDimension)
    }

    func run(_ call: KernelCall.SoftmaxBackward) -> ck_status {
        (call.logarithm ? ck_log_softmax_backward_f32 : ck_softmax_backward_f32)(
            pool.handle, call.rows, call.columns, call.y.pointer, call.y.leadingDimension, call.dy.pointer,
            call.dy.leadingDimension, call.dx.pointer, call.dx.leadingDimension)
    }

    func run(_ call: KernelCall.LayerNormalization) -> ck_status {
        ck_layer_normalization_f32(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.gain, call.bias,
            call.epsilon, call.y.pointer, call.y.leadingDimension)
    }

    func run(_ call: KernelCall.LayerNormalizationBackward) -> ck_status {
        ck_layer_normalization_backward_f32(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.gain, call.epsilon,
            call.dy.pointer, call.dy.leadingDimension, call.dx.pointer, call.dx.leadingDimension)
    }

    func run(_ call: KernelCall.LayerNormalizationGain) -> ck_status {
        ck_layer_normalization_gain_f32(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.epsilon,
            call.dy.pointer, call.dy.leadingDimension, call.dgain)
    }
}

extension KernelCall.GEMMGradient {
    fileprivate var epilogue: ck_gradient_epilogue {
        ck_gradient_epilogue(
            residual: product.residual?.pointer, ldr: product.residual?.leadingDimension ?? 0,
            activation: activation.kernelValue, value: value?.pointer, ldv: value?.leadingDimension ?? 0,
            column_sums: columnSums)
    }
}

extension ck_gemm_sibling {
    fileprivate init(_ call: KernelCall.GEMM) {
        self.init(
            n: call.n, b: call.b.pointer, ldb: call.b.leadingDimension, bias: call.bias, c: call.c.pointer,
            ldc: call.c.leadingDimension)
    }
}
