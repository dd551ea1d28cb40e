/// Products of a transposed A with few columns, and of a transposed B with few rows: Cᵀ = op(B)ᵀ op(A)ᵀ by chains whose
/// vectors lie along the rows of C, in blocks that are transposed on their way to C. The order of an element's sum is the
/// same, so this is a matter of speed alone: no lane is lost to few columns, a transposed A is read in long pieces, and a
/// transposed B needs no copy.
#include "gemm_ways.h"

enum {
    block_floats = 1 << 14, // of Cᵀ
    gap = 16, // between its rows where they would share a few sets of the first cache
    third_cache = 1 << 20,
    few_columns = 32, // whose elements of Cᵀ are soon taken up again
    least_k = 16, // rows of A that are read side by side: at least so many, and
    near_floats = 1 << 13, // as many as have so many elements
};

static void transpose_into(const ck_gemm_call *call, const ck_gemm_range *part, const float *block, size_t step) {
    call->vector->gemm_turn(&(ck_turned_block){
        .rows = part->row_end - part->row,
        .columns = part->column_end - part->column,
        .turned = block,
        .width = step,
        .c = call->c + part->row * call->ldc + part->column,
        .ldc = call->ldc,
        .bias = call->bias == NULL ? NULL : call->bias + part->column,
        .relu = call->relu,
    });
    if (call->finish != NULL)
        ck_gemm_finish_block(call, part->row, part->row_end - part->row, part->column,
                             part->column_end - part->column);
}

/// The operands of Cᵀ from this row and column of C on.
static void place_operands(const ck_gemm_call *call, size_t row, size_t column, ck_gemm_call *swapped) {
    swapped->a = call->b + (call->transpose_b ? column * call->ldb : column);
    swapped->b = call->a + (call->transpose_a ? row : row * call->lda);
}

/// Whether one tile is as wide as Cᵀ: then it reads A as it lies, in whole rows.
static int is_tile_wide(const ck_gemm_call *turned) {
    const ck_gemm_tiles *const tiles = turned->kernels->tiles;
    for (size_t i = 0; i < turned->kernels->widths; i++)
        if (turned->m <= tiles[i].rows && turned->n <= tiles[i].columns) return 1;
    return 0;
}

/// How much of k at a time. Where A comes from far away it is read a few whole rows at a time: tiles would read short pieces
/// of all its rows. (For one or two rows of Cᵀ gemm_blocks.c does so.) From the last cache that pays while there are not too
/// many elements of Cᵀ to take up again.
static size_t turned_k(const ck_gemm_call *call, const ck_gemm_call *turned) {
    if (!call->transpose_a || turned->m <= CK_FEW_ROWS || is_tile_wide(turned)) return call->k;
    const size_t near = call->n <= few_columns ? CK_NEAR_FLOATS : third_cache;
    const size_t k = near_floats / call->m;
    return call->m * call->k <= near ? call->k : k < least_k ? least_k : k;
}

static void multiply_turned(const ck_gemm_call *call, ck_gemm_call *part, float *scratch) {
    const size_t k_step = turned_k(call, part);
    const float *const a = part->a, *const b = part->b;
    for (size_t p = 0; p < call->k; p += part->k) {
        part->k = ck_lesser(k_step, call->k - p);
        part->a = a + (part->transpose_a ? p * part->lda : p);
        part->b = b + (part->transpose_b ? p : p * part->ldb);
        if (p != 0) part->beta = 1;
        ck_gemm_chains(part, &(ck_gemm_range){0, part->m, 0, part->n}, scratch);
    }
    part->a = a, part->b = b;
    part->k = call->k, part->beta = call->beta;
}

__attribute__((noinline)) static void multiply_and_turn(const ck_gemm_call *call, const ck_gemm_range *range,
                                                        ck_gemm_call *swapped, float *scratch) {
    _Alignas(64) float block[block_floats + gap * block_floats / 512];
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    // One of the two is small. Whole vectors of rows, but no more than there are.
    const size_t height = ck_lesser(columns, block_floats / 32);
    const size_t width = ck_lesser(block_floats / height / 32 * 32, (rows + 15) / 16 * 16);
    const size_t step = width % 512 == 0 ? width + gap : width;
    swapped->c = block, swapped->ldc = step;
    swapped->bias = NULL, swapped->relu = 0, swapped->finish = NULL;
    ck_gemm_range part = *range;
    for (; part.row < range->row_end; part.row = part.row_end) {
        part.row_end = ck_lesser(part.row + width, range->row_end);
        for (part.column = range->column; part.column < range->column_end; part.column = part.column_end) {
            part.column_end = ck_lesser(part.column + height, range->column_end);
            place_operands(call, part.row, part.column, swapped);
            swapped->m = part.column_end - part.column, swapped->n = part.row_end - part.row;
            for (size_t i = 0; call->beta != 0 && i < swapped->n; i++)
                for (size_t j = 0; j < swapped->m; j++)
                    block[j * step + i] = call->c[(part.row + i) * call->ldc + part.column + j];
            multiply_turned(call, swapped, scratch);
            transpose_into(call, &part, block, step);
        }
    }
}

ck_gemm_call ck_gemm_swapped_call(const ck_gemm_call *call, const ck_gemm_range *range) {
    // All members, as in ck_gemm_f32.
    size_t k = call->k, ldc = call->ldc;
    float *c = call->c;
    CK_ALONE(k);
    CK_ALONE(c);
    CK_ALONE(ldc);
    ck_gemm_call swapped = {
        .kernels = call->kernels, .vector = call->vector, .alpha = call->alpha, .beta = call->beta, .lower = call->lower,
        .transpose_a = !call->transpose_b, .transpose_b = !call->transpose_a, .packed_b = call->packed_b,
        .bias = call->bias, .relu = call->relu, .finish = call->finish, .m = range->column_end - range->column,
        .n = range->row_end - range->row, .k = k, .a = NULL, .lda = call->ldb, .b = NULL, .ldb = call->lda, .c = c,
        .ldc = ldc, .is_large = 0};
    place_operands(call, range->row, range->column, &swapped);
    return swapped;
}

void ck_gemm_swapped_range(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    ck_gemm_call swapped = ck_gemm_swapped_call(call, range);
    if (ck_gemm_is_column(call)) { // what comes after the sums would not wait for all stretches of k
        swapped.c += range->row;
        multiply_turned(call, &swapped, scratch);
    } else multiply_and_turn(call, range, &swapped, scratch);
}

void ck_gemm_multiply_few_swapped(const ck_gemm_call *call) {
    _Alignas(64) float block[CK_SMALL_ELEMENTS + 16 * CK_SHORT_K]; // its rows are rounded up to whole vectors
    const ck_gemm_range all = {0, call->m, 0, call->n};
    ck_gemm_call swapped = ck_gemm_swapped_call(call, &all);
    swapped.c = block, swapped.ldc = (call->m + 15) & ~(size_t)15;
    swapped.bias = NULL, swapped.relu = 0;
    ck_gemm_multiply_few_tiles(&swapped);
    transpose_into(call, &all, block, swapped.ldc);
}

// ---- A few rows beside a transposed B -----------------------------------------------------------------------------

void ck_gemm_turned_range(const ck_gemm_call *call, const ck_gemm_range *range) {
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    const size_t height = ck_even_step(rows, call->kernels->turned_rows);
    ck_gemm_tile tile; // no initializer: compilers would fill it with zeros, which takes as long as a tiny product
    tile.k = call->k, tile.beta = call->beta, tile.relu = call->relu;
    tile.lda = call->lda, tile.ldc = call->ldc;
    tile.b = call->b + range->column * call->ldb, tile.ldb = call->ldb;
    tile.bias = call->bias == NULL ? NULL : call->bias + range->column;
    for (size_t row = range->row; row < range->row_end; row += height) {
        tile.a = call->a + row * call->lda;
        tile.c = call->c + row * call->ldc + range->column;
        call->kernels->multiply_turned(&tile, ck_lesser(height, range->row_end - row), columns);
    }
    if (call->finish != NULL) ck_gemm_finish_block(call, range->row, rows, range->column, columns);
}
