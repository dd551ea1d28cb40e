/// What happens to the elements of a product while they are in the cache; ck_gemm_gradient_f32.
#include "gemm_epilogue.h"

#include "../include/ck_reduction.h"
#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"
#include "gemm_blocks.h"

void ck_gemm_finish_block(const ck_gemm_call *call, size_t row, size_t rows, size_t column, size_t columns) {
    const ck_gemm_finish *finish = call->finish;
    for (size_t end = row + rows, next; row < end; row = next) {
        next = finish->block_sums == NULL ? end : ck_lesser(end, row + CK_COLUMN_SUM_ROWS - row % CK_COLUMN_SUM_ROWS);
        const ck_finish_block block = {
            .rows = next - row,
            .columns = columns,
            .c = call->c + row * call->ldc + column,
            .ldc = call->ldc,
            .residual = finish->residual == NULL ? NULL : finish->residual + row * finish->ldr + column,
            .ldr = finish->ldr,
            .value = finish->value == NULL ? NULL : finish->value + row * finish->ldv + column,
            .ldv = finish->ldv,
            .sums = finish->block_sums == NULL ? NULL
                                               : finish->block_sums + row / CK_COLUMN_SUM_ROWS * call->n + column,
        };
        (finish->is_gradient ? finish->kernels->gemm_slope : finish->kernels->gemm_activate)(finish->activation, &block);
    }
}

static void fetch_block(const float *from, size_t ld, size_t rows, size_t columns) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j += 16) __builtin_prefetch(from + i * ld + j, 0, 2);
}

void ck_gemm_fetch_operands(const ck_gemm_finish *finish, size_t row, size_t rows, size_t column, size_t columns) {
    if (finish->value != NULL) fetch_block(finish->value + row * finish->ldv + column, finish->ldv, rows, columns);
    if (finish->residual != NULL) fetch_block(finish->residual + row * finish->ldr + column, finish->ldr, rows, columns);
}

/// Whether an operand of the size of C may be used: `wanted` says that it is read.
static int is_operand(const ck_gemm_call *call, const float *operand, size_t ld, int wanted) {
    if (!wanted || call->m == 0 || call->n == 0) return 1;
    return operand != NULL && operand != call->c && ld >= call->n;
}

// ---- Forward --------------------------------------------------------------------------------------------------

ck_status ck_gemm_set_epilogue(ck_gemm_call *call, const ck_epilogue *epilogue, ck_gemm_finish *finish) {
    if (epilogue == NULL) return CK_OK;
    if ((unsigned)epilogue->activation > CK_SIGMOID ||
        !is_operand(call, epilogue->residual, epilogue->ldr, epilogue->residual != NULL))
        return CK_INVALID_ARGUMENT;
    call->bias = epilogue->bias;
    call->relu = epilogue->activation == CK_RELU;
    *finish = (ck_gemm_finish){
        .kernels = ck_dispatch_current()->vector,
        .activation = call->relu ? CK_IDENTITY : epilogue->activation,
        .residual = epilogue->residual,
        .ldr = epilogue->ldr,
    };
    if (finish->activation != CK_IDENTITY || finish->residual != NULL) call->finish = finish;
    return CK_OK;
}

// ---- Gradients ------------------------------------------------------------------------------------------------

/// Room for the sums of 64 rows each, on the stack: a product with more rows is done in parts.
enum { block_sum_floats = 1 << 14 };

/// A gradient this wide is worth its second pass for the sums: in parts it would pack B too often.
enum { most_summed_columns = block_sum_floats / 4 };

/// y += x, row after row.
static void add_rows(size_t rows, size_t columns, const float *x, float *y) {
    for (size_t r = 0; r < rows; r++, x += columns)
        for (size_t c = 0; c < columns; c++) y[c] += x[c];
}

/// The product in parts of whole blocks of rows, whose sums are added to `sums` in their order.
__attribute__((noinline)) static void multiply_and_sum(ck_pool *pool, const ck_gemm_call *call, float *sums) {
    float block_sums[block_sum_floats];
    const size_t blocks = block_sum_floats / call->n, step = blocks * CK_COLUMN_SUM_ROWS;
    ck_gemm_finish finish = *call->finish;
    finish.block_sums = block_sums;
    for (size_t c = 0; c < call->n; c++) sums[c] = 0;
    for (size_t row = 0; row < call->m; row += step) {
        ck_gemm_call part = *call;
        part.m = ck_lesser(step, call->m - row);
        if (call->k != 0) part.a += call->transpose_a ? row : row * call->lda;
        part.c += row * call->ldc;
        part.finish = &finish;
        finish.residual = call->finish->residual == NULL ? NULL : call->finish->residual + row * finish.ldr;
        finish.value = call->finish->value == NULL ? NULL : call->finish->value + row * finish.ldv;
        const size_t part_blocks = (part.m + CK_COLUMN_SUM_ROWS - 1) / CK_COLUMN_SUM_ROWS;
        for (size_t i = 0; i < part_blocks * call->n; i++) block_sums[i] = 0;
        ck_gemm_multiply(pool, &part);
        add_rows(part_blocks, call->n, block_sums, sums);
    }
}

ck_status ck_gemm_multiply_gradient(ck_pool *pool, const ck_gemm_call *plain, const ck_gradient_epilogue *epilogue) {
    ck_gemm_call call = *plain;
    const int is_linear = epilogue->activation == CK_IDENTITY;
    if ((unsigned)epilogue->activation > CK_SIGMOID || !is_operand(&call, epilogue->value, epilogue->ldv, !is_linear) ||
        !is_operand(&call, epilogue->residual, epilogue->ldr, epilogue->residual != NULL))
        return CK_INVALID_ARGUMENT;
    const ck_gemm_finish finish = {
        .kernels = ck_dispatch_current()->vector,
        .is_gradient = 1,
        .activation = epilogue->activation,
        .residual = epilogue->residual,
        .ldr = epilogue->ldr,
        .value = is_linear ? NULL : epilogue->value,
        .ldv = epilogue->ldv,
    };
    float *const sums = epilogue->column_sums;
    const int sums_later = sums != NULL && (call.m == 0 || call.n > most_summed_columns);
    if (!is_linear || epilogue->residual != NULL || (sums != NULL && !sums_later)) call.finish = &finish;
    if (call.m != 0 && call.n != 0) {
        if (sums == NULL || sums_later) ck_gemm_multiply(pool, &call);
        else multiply_and_sum(pool, &call, sums);
    }
    return sums_later ? ck_column_sums_f32(pool, call.m, call.n, call.c, call.ldc, 1, sums) : CK_OK;
}

ck_status ck_gemm_gradient_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                               float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta,
                               float *c, size_t ldc, const ck_gradient_epilogue *epilogue) {
    ck_gemm_call call = {
        .transpose_a = transpose_a, .transpose_b = transpose_b, .m = m, .n = n, .k = k, .alpha = alpha, .a = a,
        .lda = lda, .b = b, .ldb = ldb, .beta = beta, .c = c, .ldc = ldc};
    if (epilogue == NULL || ck_gemm_begin(&call) != CK_OK) return CK_INVALID_ARGUMENT;
    return ck_gemm_multiply_gradient(pool, &call, epilogue);
}
