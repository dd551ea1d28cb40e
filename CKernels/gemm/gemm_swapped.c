/// Products of a transposed A with few columns: Cᵀ = op(B)ᵀ A by chains whose vectors lie along A's rows, in blocks that
/// are transposed on their way to C. The order of an element's sum is the same, so this is a matter of speed alone: no
/// lane is lost to few columns, A is read in long pieces, and a transposed B needs no copy.
#include "../runtime/arithmetic.h"
#include "gemm_blocks.h"

enum {
    block_floats = 1 << 14, // of Cᵀ
    second_cache = 1 << 16, // floats of A that it holds beside the rest
    third_cache = 1 << 20,
    few_columns = 11, // so few that a copy of A would not pay
    few_k = 32, // rows of A that are read side by side
};

static size_t lesser(size_t x, size_t y) { return x < y ? x : y; }

/// In vector steps a row of C: chains along n against chains along m and the transposition of their results.
int ck_gemm_swaps(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (!call->transpose_a || call->k == 0 || call->alpha != 1 || call->n > 64 || call->lower || call->packed_b != NULL)
        return 0;
    const size_t columns = range->column_end - range->column, rows = range->row_end - range->row;
    const size_t half_vectors = (columns + 7) / 8;
    const size_t straight = call->k * half_vectors / 2 + (call->transpose_b ? columns * call->k / 4 / rows : 0);
    const size_t transposition = call->ldc == 1 ? 0 : columns <= 4 ? columns : 5 * ((columns + 15) / 16);
    const size_t turned = columns * call->k / 16 + transposition;
    // Tiles along n read a few elements of each of A's rows: that is slow if they come from beyond the second cache.
    const int is_far = call->k * rows > second_cache;
    return turned <= (is_far ? straight + straight / 4 : straight);
}

static void transpose_into(const ck_gemm_call *call, const ck_gemm_range *part, const float *block, size_t width) {
    call->vector->gemm_turn(&(ck_turned_block){
        .rows = part->row_end - part->row,
        .columns = part->column_end - part->column,
        .turned = block,
        .width = width,
        .c = call->c + part->row * call->ldc + part->column,
        .ldc = call->ldc,
        .bias = call->bias == NULL ? NULL : call->bias + part->column,
        .relu = call->relu,
    });
    if (call->finish != NULL)
        ck_gemm_finish_block(call, part->row, part->row_end - part->row, part->column,
                             part->column_end - part->column);
}

/// Cᵀ's part over all of k. Where A comes from far away it is read a few whole rows at a time.
static void multiply_turned(const ck_gemm_call *call, ck_gemm_call *part, float *scratch) {
    const size_t k_step = part->n * call->k > third_cache && part->m <= few_columns ? few_k : call->k;
    const float *const a = part->a, *const b = part->b;
    for (size_t p = 0; p < call->k; p += part->k) {
        part->k = lesser(k_step, call->k - p);
        part->a = a + (part->transpose_a ? p * part->lda : p);
        part->b = b + p * part->ldb;
        if (p != 0) part->beta = 1;
        ck_gemm_chains(part, &(ck_gemm_range){0, part->m, 0, part->n}, scratch);
    }
    part->a = a;
    part->beta = call->beta;
}

__attribute__((noinline)) static void multiply_and_turn(const ck_gemm_call *call, const ck_gemm_range *range,
                                                        ck_gemm_call *swapped, float *scratch) {
    _Alignas(64) float block[block_floats];
    const size_t columns = range->column_end - range->column, width = block_floats / columns / 32 * 32;
    swapped->c = block, swapped->ldc = width;
    swapped->bias = NULL, swapped->relu = 0, swapped->finish = NULL;
    ck_gemm_range part = *range;
    for (; part.row < range->row_end; part.row = part.row_end) {
        part.row_end = lesser(part.row + width, range->row_end);
        swapped->n = part.row_end - part.row;
        swapped->b = call->a + part.row;
        for (size_t i = 0; call->beta != 0 && i < swapped->n; i++)
            for (size_t j = 0; j < columns; j++)
                block[j * width + i] = call->c[(part.row + i) * call->ldc + range->column + j];
        multiply_turned(call, swapped, scratch);
        transpose_into(call, &part, block, width);
    }
}

void ck_gemm_swapped_range(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    ck_gemm_call swapped = *call;
    swapped.transpose_a = !call->transpose_b, swapped.transpose_b = 0;
    swapped.m = range->column_end - range->column;
    swapped.n = range->row_end - range->row;
    swapped.a = call->b + (call->transpose_b ? range->column * call->ldb : range->column);
    swapped.b = call->a + range->row;
    swapped.lda = call->ldb, swapped.ldb = call->lda;
    if (call->n == 1 && call->ldc == 1 && call->bias == NULL && call->finish == NULL) {
        // A column without gaps is its own transpose.
        swapped.c += range->row;
        multiply_turned(call, &swapped, scratch);
    } else multiply_and_turn(call, range, &swapped, scratch);
}
