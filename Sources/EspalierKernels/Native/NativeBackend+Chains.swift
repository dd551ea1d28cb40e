internal import CKernels

extension NativeBackend {
    /// The steps as C has them lie on the stack: a call allocates nothing.
    func run(_ call: KernelCall.Chain) -> ck_status {
        withUnsafeTemporaryAllocation(of: ck_chain_step.self, capacity: call.steps.count) { steps in
            for index in call.steps.indices {
                steps.initializeElement(at: index, to: kernelStep(call.steps[index], of: call))
            }
            return ck_chain_f32(pool.handle, call.rows, call.columns, steps.baseAddress, steps.count)
        }
    }

    private func kernelStep(_ step: KernelCall.Chain.Step, of call: KernelCall.Chain) -> ck_chain_step {
        var result = ck_chain_step()
        result.a = step.a.kernelValue
        if let b = step.b { result.b = b.kernelValue }
        result.y = step.y
        switch step.operation {
        case .unary(let kind): (result.kind, result.operation) = (CK_CHAIN_UNARY, Int32(kind.rawValue))
        case .affine(let scale, let offset):
            (result.kind, result.scale, result.offset) = (CK_CHAIN_AFFINE, scale, offset)
        case .binary(let kind): (result.kind, result.operation) = (CK_CHAIN_BINARY, Int32(kind.rawValue))
        case .activation(let kind): (result.kind, result.operation) = (CK_CHAIN_ACTIVATION, Int32(kind.rawValue))
        case .activationBackward(let kind):
            (result.kind, result.operation) = (CK_CHAIN_ACTIVATION_BACKWARD, Int32(kind.rawValue))
        case .dropout(let mask):
            (result.kind, result.scale) = (CK_CHAIN_DROPOUT, mask.rate)
            result.random = mask.kernelValue(count: call.count)
        }
        return result
    }
}

extension KernelCall.Chain.Source {
    fileprivate var kernelValue: ck_chain_operand {
        switch self {
        case .result(let step): ck_chain_operand(form: CK_CHAIN_RESULT, step: UInt32(step), memory: nil)
        case .whole(let floats): ck_chain_operand(form: CK_CHAIN_WHOLE, step: 0, memory: floats)
        case .row(let floats): ck_chain_operand(form: CK_CHAIN_ROW, step: 0, memory: floats)
        case .column(let floats): ck_chain_operand(form: CK_CHAIN_COLUMN, step: 0, memory: floats)
        case .number(let floats): ck_chain_operand(form: CK_CHAIN_NUMBER, step: 0, memory: floats)
        }
    }
}

extension KernelCall.DropoutMask {
    /// The numbers of this step for so many elements.
    func kernelValue(count: Int) -> ck_random { ck_random(seed: seed, stream: stream, offset: offset(count: count)) }
}
