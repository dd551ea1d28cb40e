/// Walks over the tiles of a block of C.
#include "gemm_blocks.h"

/// All tiles from column j of the block on: `across` of them side by side, or one above the other.
static void multiply_strip(ck_gemm_tiling *tiling, const ck_gemm_tiles *tiles, int is_partial, size_t j, size_t across,
                           size_t above, const float *a, float *c) {
    ck_gemm_tile *const tile = &tiling->tile;
    const size_t height = tiling->height;
    const ck_gemm_microkernel(*const kernel)[2][2] = tiles->kernel;
    for (size_t i = 0, count; i < tiling->rows; i += count * height) {
        const size_t left = tiling->rows - i, rows = ck_lesser(height, left);
        count = left < height ? 1 : above;
        if (tiling->is_lower && tiling->row + i + rows <= tiling->column + j) continue;
        tile->a = a + i * tiling->step_a, tile->c = c + i * tile->ldc;
        tile->count = across > 1 ? across : count;
        kernel[rows - 1][tiling->layout][is_partial](tile);
    }
}

void ck_gemm_multiply_tiles(const ck_gemm_kernels *kernels, ck_gemm_tiling *tiling) {
    ck_gemm_tile *const tile = &tiling->tile;
    const float *const a = tile->a, *const b = tile->b, *const bias = tile->bias;
    float *const c = tile->c;
    const int streams = tile->streams, is_far = tile->is_far;
    const size_t height = tiling->height, lanes = kernels->tiles[0].lanes;
    // With a short k most of the time goes into C, and that is fastest by long rows.
    const int goes_across = (tiling->rows <= height || tile->k <= CK_SHORT_K) && !tiling->is_lower;
    // Where some tiles are left out they are computed one by one.
    const size_t above = tiling->rows < 2 * height || tiling->is_lower ? 1 : tiling->rows / height;
    // The widest tiles that the columns fill, were the last vector of the narrowest full. Those wider than a panel are for
    // so few rows that narrow tiles would have too few chains to keep the multipliers busy.
    const ck_gemm_tiles *tiles = &kernels->tiles[tiling->panel_step != 0 ? kernels->main : kernels->widths - 1];
    while (tiles->rows < height) tiles--;
    size_t panel = 0; // where the panel of column j starts
    for (size_t j = 0, done; j < tiling->columns; j += done) {
        const size_t left = tiling->columns - j, filled = (left + lanes - 1) & ~(lanes - 1);
        while (tiles != kernels->tiles && tiles->columns > filled) tiles--;
        const size_t columns = tiles->columns;
        const size_t across = goes_across && left >= 2 * columns ? left / columns : 1;
        const int is_partial = left < columns;
        done = is_partial ? left : across * columns;
        tile->last = is_partial ? tiles->lanes + left - columns : tiles->lanes;
        tile->streams = streams && !is_partial;
        tile->is_far = is_far && j == 0; // for further columns it has come near
        tile->bias = bias == NULL ? NULL : bias + j;
        tile->b = b + panel * tiling->panel_step + (j - panel);
        if (across > 1) {
            tile->next_a = 0, tile->next_b = columns * (tiling->panel_step != 0 ? tiling->panel_step : 1);
            tile->next_c = tile->next_bias = columns;
        } else {
            tile->next_a = height * tiling->step_a, tile->next_c = height * tile->ldc;
            tile->next_b = tile->next_bias = 0;
        }
        multiply_strip(tiling, tiles, is_partial, j, across, across > 1 ? 1 : above, a, c + j);
        if (tiling->panel_step != 0 && columns == kernels->tiles[kernels->main].columns) panel = j + done;
    }
}

void ck_gemm_multiply_few_tiles(const ck_gemm_call *call) {
    const ck_gemm_kernels *const kernels = call->kernels;
    const size_t most = kernels->tiles[kernels->main].rows, lanes = kernels->tiles[0].lanes, m = call->m;
    const size_t height = m <= most ? m : ck_lesser(most, 8), step_a = call->transpose_a ? 1 : call->lda;
    const int layout = call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    const ck_gemm_tiles *tiles = &kernels->tiles[kernels->widths - 1];
    ck_gemm_tile tile; // no initializer: compilers would fill it with zeros, which takes as long as the product
    tile.k = call->k, tile.beta = call->beta, tile.relu = call->relu, tile.streams = tile.is_far = 0;
    tile.lda = call->lda, tile.ldb = call->ldb, tile.ldc = call->ldc;
    tile.next_a = height * step_a, tile.next_b = 0, tile.next_c = height * call->ldc, tile.next_bias = 0;
    while (tiles->rows < height) tiles--;
    for (size_t j = 0; j < call->n; j += tiles->columns) {
        const size_t left = call->n - j, filled = (left + lanes - 1) & ~(lanes - 1);
        while (tiles->columns > filled && tiles != kernels->tiles) tiles--;
        const int is_partial = left < tiles->columns;
        tile.last = is_partial ? tiles->lanes + left - tiles->columns : tiles->lanes;
        tile.a = call->a, tile.b = call->b + j, tile.c = call->c + j;
        tile.bias = call->bias == NULL ? NULL : call->bias + j;
        tile.count = m <= height ? 1 : m / height;
        tiles->kernel[height - 1][layout][is_partial](&tile);
        const size_t done = tile.count * height;
        if (done == m) continue;
        tile.a += done * step_a, tile.c += done * call->ldc, tile.count = 1;
        tiles->kernel[m - done - 1][layout][is_partial](&tile);
    }
}

void ck_gemm_multiply_few_turned(const ck_gemm_call *call) {
    _Alignas(64) float turned[CK_SHORT_K * CK_SHORT_K];
    ck_gemm_call straight = *call;
    straight.transpose_b = 0;
    straight.b = turned, straight.ldb = (call->n + 15) & ~(size_t)15;
    call->kernels->pack_transposed(call->n, call->k, call->b, call->ldb, 1, straight.ldb, turned);
    ck_gemm_multiply_few_tiles(&straight);
}
