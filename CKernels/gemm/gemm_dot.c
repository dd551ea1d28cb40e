/// The dot family: a range of C by blocks of rows and panels of columns. Nothing is packed but an op(B) of few columns
/// that are no stretches of memory.
#include "gemm_ways.h"

enum {
    few_rows = 24, // of a block that holds only a part of k
    panel_floats = 4096, // of op(B): they leave room in the first cache for rows of A to pass
    packed_step = CK_DOT_K + 16, // no power of two, lest the rows share a few sets of the cache
};

typedef struct buffers {
    float packed[CK_DOT_COLUMNS * packed_step]; // rows of op(B)ᵀ
    float lanes[16 * few_rows * CK_DOT_COLUMNS];
    float sums[CK_DOT_ROWS * CK_DOT_COLUMNS]; // wait for alpha, beta and the bias
} buffers;

static void pack(const ck_gemm_call *call, const ck_gemm_range *range, size_t p, buffers *buffers) {
    call->kernels->pack_transposed(ck_lesser(CK_DOT_K, call->k - p), range->column_end - range->column,
                                   call->b + p * call->ldb + range->column, call->ldb, 1, packed_step,
                                   buffers->packed);
}

/// A block of C, over all of k.
static void multiply_block(const ck_gemm_call *call, const ck_gemm_range *range, buffers *buffers) {
    const int is_plain = call->alpha == 1 && call->beta == 0 && call->bias == NULL && !call->relu;
    float *const c = call->c + range->row * call->ldc + range->column;
    ck_dot_block block = {
        .rows = range->row_end - range->row,
        .columns = range->column_end - range->column,
        .lda = call->lda,
        .is_far = range->column == 0 && call->m * call->k > CK_NEAR_FLOATS,
        .ldb = ck_gemm_dot_packs(call) ? packed_step : call->ldb,
        .lanes = buffers->lanes,
    };
    block.c = is_plain ? c : buffers->sums;
    block.ldc = is_plain ? call->ldc : block.columns;
    for (size_t p = 0; p < call->k; p += block.k) {
        block.k = ck_lesser(CK_DOT_K, call->k - p);
        block.is_first = p == 0;
        block.is_last = p + block.k == call->k;
        block.a = call->a + range->row * call->lda + p;
        block.b = ck_gemm_dot_packs(call) ? buffers->packed : call->b + range->column * call->ldb + p;
        if (ck_gemm_dot_packs(call) && call->k > CK_DOT_K) pack(call, range, p, buffers);
        call->vector->gemm_dot(&block);
    }
    if (is_plain) return;
    call->vector->gemm_dot_finish(&(ck_dot_finish){
        .rows = block.rows, .columns = block.columns, .sums = buffers->sums, .alpha = call->alpha, .beta = call->beta,
        .c = c, .ldc = call->ldc, .bias = call->bias == NULL ? NULL : call->bias + range->column, .relu = call->relu});
}

void ck_gemm_dot_range(const ck_gemm_call *call, const ck_gemm_range *range) {
    buffers buffers;
    const size_t row_step = call->k > CK_DOT_K ? few_rows : CK_DOT_ROWS;
    const int is_long = !ck_gemm_dot_packs(call) && ck_lesser(call->k, CK_DOT_K) * CK_DOT_COLUMNS > panel_floats;
    const size_t column_step = is_long ? CK_DOT_COLUMNS / 2 : CK_DOT_COLUMNS;
    if (ck_gemm_dot_packs(call) && call->k <= CK_DOT_K) pack(call, range, 0, &buffers);
    ck_gemm_range block;
    for (block.row = range->row; block.row < range->row_end; block.row = block.row_end) {
        block.row_end = ck_lesser(block.row + row_step, range->row_end);
        for (block.column = range->column; block.column < range->column_end; block.column = block.column_end) {
            block.column_end = ck_lesser(block.column + column_step, range->column_end);
            multiply_block(call, &block, &buffers);
            if (call->finish != NULL)
                ck_gemm_finish_block(call, block.row, block.row_end - block.row, block.column,
                                    block.column_end - block.column);
        }
    }
}
