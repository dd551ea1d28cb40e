internal import CKernels

// Elementwise kernels, reductions, dropout, and the calls that need no kernel.
extension NativeBackend {
    func run(_ call: KernelCall.Binary) -> ck_status {
        ck_binary_f32(
            pool.handle, ck_binary(rawValue: UInt32(call.kind.rawValue)), call.rows, call.columns, call.a.pointer,
            call.a.rowStride, call.a.columnStride, call.b.pointer, call.b.rowStride, call.b.columnStride,
            call.y.pointer, call.y.leadingDimension)
    }

    func run(_ call: KernelCall.Unary) -> ck_status {
        ck_unary_f32(pool.handle, ck_unary(rawValue: UInt32(call.kind.rawValue)), call.count, call.x, call.y)
    }

    func run(_ call: KernelCall.Affine) -> ck_status {
        ck_affine_f32(pool.handle, call.count, call.scale, call.offset, call.x, call.y)
    }

    func run(_ call: KernelCall.Copy) -> ck_status {
        ck_copy_f32(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.y.pointer,
            call.y.leadingDimension)
    }

    func run(_ call: KernelCall.Fill) -> ck_status {
        call.y.update(repeating: call.value, count: call.count)
        return CK_OK
    }

    func run(_ call: KernelCall.Custom) -> ck_status {
        call.body()
        return CK_OK
    }

    func run(_ call: KernelCall.ColumnSums) -> ck_status {
        ck_column_sums_f32(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.scale, call.y)
    }

    func run(_ call: KernelCall.RowSums) -> ck_status {
        ck_row_sums_f32(
            pool.handle, call.rows, call.columns, call.x.pointer, call.x.leadingDimension, call.scale, call.y)
    }

    func run(_ call: KernelCall.SquaredNorm) -> ck_status {
        ck_squared_norm_f32(pool.handle, call.count, call.x, call.y)
    }

    func run(_ call: KernelCall.Dropout) -> ck_status {
        ck_dropout_f32(
            pool.handle, call.mask.kernelValue(count: call.count), call.count, call.mask.rate, call.x, call.y)
    }
}
