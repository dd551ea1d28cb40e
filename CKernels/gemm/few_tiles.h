/// A few tiles whose operands are read where they lie, by as few calls of microkernels as there can be: of a small product, or
/// of a stretch of long rows. Inline: with the call that it works on in registers all this takes half as long, and that is a
/// third of the time of a tiny product.
#ifndef CK_FEW_TILES_H
#define CK_FEW_TILES_H

#include "../runtime/arithmetic.h"
#include "gemm_blocks.h"

/// The widest tiles, of these and the narrower ones, that have so many rows and that the columns fill, were the last vector
/// of the narrowest full.
CK_INLINE const ck_gemm_tiles *filled_tiles(const ck_gemm_kernels *kernels, const ck_gemm_tiles *tiles, size_t rows,
                                            size_t columns) {
    const size_t lanes = kernels->tiles[0].lanes, filled = (columns + lanes - 1) & ~(lanes - 1);
    while (tiles != kernels->tiles && (tiles->rows < rows || tiles->columns > filled)) tiles--;
    return tiles;
}

/// Puts a tile at a column; returns how many it has there.
CK_INLINE size_t place_columns(const ck_gemm_call *call, const ck_gemm_tiles *tiles, size_t j, ck_gemm_tile *tile) {
    const size_t left = call->n - j, columns = ck_lesser(left, tiles->columns);
    tile->last = tiles->lanes + columns - tiles->columns;
    tile->b = call->b + j;
    tile->bias = call->bias == NULL ? NULL : call->bias + j;
    return columns;
}

/// Some rows of C: a call for all tiles of one width beside each other.
CK_INLINE void multiply_along(const ck_gemm_call *call, ck_gemm_tile *tile, int layout, size_t row, size_t rows) {
    tile->a = call->a + row * (call->transpose_a ? 1 : call->lda);
    tile->next_a = 0;
    const ck_gemm_tiles *tiles = &call->kernels->tiles[call->kernels->widths - 1];
    for (size_t j = 0; j < call->n;) {
        tiles = filled_tiles(call->kernels, tiles, rows, call->n - j);
        const size_t left = call->n - j, columns = place_columns(call, tiles, j, tile);
        const int is_partial = columns < tiles->columns;
        tile->c = call->c + row * call->ldc + j;
        tile->count = left < 2 * columns ? 1 : left / columns; // a division takes as long as a tile
        tile->next_b = tile->next_c = tile->next_bias = columns;
        tiles->kernel[rows - 1][layout][is_partial](tile);
        j += tile->count * columns;
    }
}

/// Rows of the tiles below each other: all of them if they fit one; the narrowest tiles have room for more. Beside long sums
/// tiles should be about as high; to work that out for short ones takes as long as a tile.
CK_INLINE size_t height_below(const ck_gemm_call *call) {
    const ck_gemm_tiles *const tiles = call->kernels->tiles;
    const size_t most = tiles[call->n <= tiles->columns ? 0 : call->kernels->main].rows;
    if (call->m <= most) return call->m;
    return call->k <= CK_SHORT_K ? ck_lesser(most, 8) : ck_even_step(call->m, most);
}

/// Some columns of C: a call for all tiles of one height below each other.
CK_INLINE size_t multiply_down(const ck_gemm_call *call, ck_gemm_tile *tile, int layout, size_t column, size_t height) {
    const size_t step_a = call->transpose_a ? 1 : call->lda, m = call->m;
    const ck_gemm_kernels *const kernels = call->kernels;
    const ck_gemm_tiles *tiles =
        filled_tiles(kernels, &kernels->tiles[kernels->widths - 1], height, call->n - column);
    const size_t columns = place_columns(call, tiles, column, tile);
    const int is_partial = columns < tiles->columns;
    tile->a = call->a, tile->c = call->c + column;
    tile->next_a = height * step_a, tile->next_b = tile->next_bias = 0, tile->next_c = height * call->ldc;
    tile->count = m < 2 * height ? 1 : m / height;
    tiles->kernel[height - 1][layout][is_partial](tile);
    const size_t done = tile->count * height;
    if (done == m) return columns;
    tile->a += done * step_a, tile->c += done * call->ldc, tile->count = 1;
    tiles->kernel[m - done - 1][layout][is_partial](tile);
    return columns;
}

CK_INLINE void multiply_few_tiles(const ck_gemm_call *call) {
    const ck_gemm_tiles *main = &call->kernels->tiles[call->kernels->main];
    const int layout = call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    ck_gemm_tile tile; // no initializer: compilers would fill it with zeros, which takes as long as the product
    tile.k = call->k, tile.beta = call->beta, tile.relu = call->relu, tile.streams = 0, tile.ahead = 0, tile.residual = NULL;
    tile.lda = call->lda, tile.ldb = call->ldb, tile.ldc = call->ldc;
    if (call->n >= 2 * main->columns) {
        const size_t height = ck_even_step(call->m, main->rows);
        for (size_t row = 0; row < call->m; row += height)
            multiply_along(call, &tile, layout, row, ck_lesser(height, call->m - row));
    } else {
        const size_t height = height_below(call);
        for (size_t column = 0; column < call->n;) column += multiply_down(call, &tile, layout, column, height);
    }
}

#endif
