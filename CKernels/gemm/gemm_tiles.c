/// Walks over the tiles of a block of C.
#include "few_tiles.h"

/// All tiles from column j of the block on: `across` of them side by side, or one above the other.
static void multiply_strip(ck_gemm_tiling *tiling, const ck_gemm_tiles *tiles, int is_partial, size_t j, size_t across,
                           size_t above, const float *a, float *c) {
    ck_gemm_tile *const tile = &tiling->tile;
    const size_t height = tiling->height;
    const float *const residual = tile->residual;
    const ck_gemm_microkernel(*const kernel)[2][2] = tiles->kernel;
    for (size_t i = 0, count; i < tiling->rows; i += count * height) {
        const size_t left = tiling->rows - i, rows = ck_lesser(height, left);
        count = left < height ? 1 : above;
        if (tiling->is_lower && tiling->row + i + rows <= tiling->column + j) continue;
        tile->a = a + i * tiling->step_a, tile->c = c + i * tile->ldc;
        tile->residual = residual == NULL ? NULL : residual + i * tile->ldr;
        tile->count = across > 1 ? across : count;
        kernel[rows - 1][tiling->layout][is_partial](tile);
    }
}

void ck_gemm_multiply_tiles(const ck_gemm_kernels *kernels, ck_gemm_tiling *tiling) {
    ck_gemm_tile *const tile = &tiling->tile;
    const float *const a = tile->a, *const b = tile->b, *const bias = tile->bias,
                *const residual = tile->residual;
    float *const c = tile->c;
    const int streams = tile->streams;
    const size_t height = tiling->height, ahead = tiling->is_far ? height * tiling->step_a : 0;
    // With a short k most of the time goes into C, and that is fastest by long rows.
    const int goes_across = (tiling->is_strip || tiling->rows <= height || tile->k <= CK_SHORT_K) && !tiling->is_lower;
    // Where some tiles are left out they are computed one by one.
    const size_t above = tiling->rows < 2 * height || tiling->is_lower ? 1 : tiling->rows / height;
    // Those wider than a panel are for so few rows that narrow tiles would have too few chains to keep the multipliers busy.
    const ck_gemm_tiles *tiles = &kernels->tiles[tiling->panel_step != 0 ? kernels->main : kernels->widths - 1];
    size_t panel = 0; // where the panel of column j starts
    for (size_t j = 0, done; j < tiling->columns; j += done) {
        const size_t left = tiling->columns - j;
        tiles = filled_tiles(kernels, tiles, height, left);
        const size_t columns = tiles->columns;
        const size_t across = goes_across && left >= 2 * columns ? left / columns : 1;
        const int is_partial = left < columns;
        done = is_partial ? left : across * columns;
        tile->last = is_partial ? tiles->lanes + left - columns : tiles->lanes;
        tile->streams = streams && !is_partial;
        tile->ahead = j == 0 ? ahead : 0; // for further columns they have come near
        tile->bias = bias == NULL ? NULL : bias + j;
        tile->residual = residual == NULL ? NULL : residual + j;
        tile->b = b + panel * tiling->panel_step + (j - panel);
        if (across > 1) {
            tile->next_a = 0, tile->next_b = columns * (tiling->panel_step != 0 ? tiling->panel_step : 1);
            tile->next_c = tile->next_bias = tile->next_residual = columns;
        } else {
            tile->next_a = height * tiling->step_a, tile->next_c = height * tile->ldc;
            tile->next_b = tile->next_bias = 0, tile->next_residual = height * tile->ldr;
        }
        multiply_strip(tiling, tiles, is_partial, j, across, across > 1 ? 1 : above, a, c + j);
        if (tiling->panel_step != 0 && columns == kernels->tiles[kernels->main].columns) panel = j + done;
    }
}

size_t ck_gemm_multiply_long_rows(const ck_gemm_call *call, const ck_gemm_range *range, size_t step) {
    const size_t step_a = step * (call->transpose_a ? call->lda : 1);
    const int layout = call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    ck_gemm_call stretch = *call;
    stretch.n = range->column_end - range->column;
    stretch.a += range->row * (call->transpose_a ? 1 : call->lda);
    stretch.b += range->column, stretch.c += range->row * call->ldc + range->column, stretch.bias = NULL;
    ck_gemm_tile tile = {.k = step, .lda = call->lda, .ldb = call->ldb, .ldc = call->ldc, .beta = call->beta};
    size_t p = 0;
    for (; p + step < call->k; p += step) {
        multiply_along(&stretch, &tile, layout, 0, range->row_end - range->row);
        stretch.a += step_a, stretch.b += step * call->ldb;
        tile.beta = 1;
    }
    return p;
}
