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

    /// The terms as C has them lie on the stack: a call allocates nothing.
    func run(_ call: KernelCall.GEMMSum) -> ck_status {
        var epilogue = call.last.epilogue
        let last = call.last.product
        return withUnsafeTemporaryAllocation(of: ck_gemm_term.self, capacity: call.earlier.count + 1) { terms in
            for index in call.earlier.indices {
                let term = call.earlier[index]
                terms.initializeElement(at: index, to: ck_gemm_term(term.k, term.a, term.b))
            }
            terms.initializeElement(at: call.earlier.count, to: ck_gemm_term(last.k, last.a, last.b))
            return ck_gemm_sum_f32(
                pool.handle, last.transposeA ? 1 : 0, last.transposeB ? 1 : 0, last.m, last.n, terms.count,
                terms.baseAddress, last.alpha, last.beta, last.c.pointer, last.c.leadingDimension, &epilogue)
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

extension ck_gemm_term {
    fileprivate init(_ k: Int, _ a: Matrix, _ b: Matrix) {
        self.init(k: k, a: a.pointer, lda: a.leadingDimension, b: b.pointer, ldb: b.leadingDimension)
    }
}
