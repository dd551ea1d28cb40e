#include <stdint.h>

#include "gemm_blocks.h"

/// A block of the product: rows x columns of C, and a stretch of k.
typedef struct block {
    size_t row, rows, column, columns, p, k;
    int packs_a, packs_b; // into the panels; otherwise the tiles read A or B itself
    const float *a, *b; // the panels
} block;

enum {
    in_place_k = 384, // of a block without copies
    in_place_elements = 1 << 16, // of its part of C
    in_place_rows = 56, // at least, so that a panel of B serves a few tiles
    short_k = 64, // up to which C takes more time than the sums
    streamed_elements = 1 << 21, // from which on C goes past the caches
};

static size_t lesser(size_t x, size_t y) { return x < y ? x : y; }
static size_t divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

/// The step that cuts `total` into as few steps of at most `most` as possible, all about equal; then rounded up to
/// whole granules.
static size_t even_step(size_t total, size_t most, size_t granule) {
    if (total <= most && granule == 1) return total; // divisions cost as much as a tiny product
    return divide_up(divide_up(total, divide_up(total, most)), granule) * granule;
}

static const ck_gemm_tiles *main_tiles(const ck_gemm_call *call) { return &call->kernels->tiles[call->kernels->main]; }

/// Columns of a packed panel of B.
static size_t panel_columns(const ck_gemm_call *call) { return main_tiles(call)->lanes * main_tiles(call)->vectors; }

/// The widest tiles that `columns` columns fill, were the last vector of the narrowest width full. Those wider than a
/// panel are for so few rows that narrow tiles would have too few chains to keep the multipliers busy.
static const ck_gemm_tiles *widest_tiles(const ck_gemm_call *call, const block *block, size_t columns) {
    const ck_gemm_kernels *kernels = call->kernels;
    const size_t lanes = kernels->tiles[0].lanes, filled = (columns + lanes - 1) & ~(lanes - 1);
    size_t i = block->packs_b || call->packed_b != NULL ? kernels->main : kernels->widths - 1;
    while (i > 0 && (kernels->tiles[i].lanes * kernels->tiles[i].vectors > filled ||
                     kernels->tiles[i].rows < lesser(block->rows, main_tiles(call)->rows)))
        i--;
    return &kernels->tiles[i];
}

/// A leading dimension of half a page or a multiple puts the rows of a tile into the same few sets of the first cache.
static int rows_collide(size_t ld) { return ld % 512 == 0; }

/// Rows of the tiles of a block; A is packed in panels of that height. One height serves all widths of a block.
static size_t tile_rows(const ck_gemm_call *call, const block *block) {
    size_t most = main_tiles(call)->rows;
    // Rows that collide and are read in place: no more of them than the cache has ways to spare.
    if (!block->packs_a && !call->transpose_a && rows_collide(call->lda)) most = lesser(most, 8);
    return even_step(block->rows, most, 1);
}

int ck_gemm_packs_a(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0) return 0;
    if (call->alpha != 1 || call->terms != NULL) return 1;
    size_t columns = range->column_end - range->column;
    size_t tile = panel_columns(call);
    const int collide = rows_collide(call->lda) && call->k > 32;
    if (call->transpose_a) return columns > 4 * tile || (collide && columns > tile);
    return columns > 8 * tile || (collide && columns > 2 * tile);
}

int ck_gemm_packs_b(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0 || call->packed_b != NULL) return 0;
    if (call->transpose_b || call->terms != NULL) return 1;
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    if (rows > 48) return columns * call->k > 16384;
    // Long columns of a wide matrix: read in place, every row of a strip would be another page.
    return rows >= 12 && columns >= 128 && call->k > 1024 && call->ldb >= 256;
}

static void pack_a(const ck_gemm_call *call, const block *block, float *to) {
    const size_t height = tile_rows(call, block);
    if (call->terms != NULL) {
        ck_gemm_gather_a(call, block->row, block->rows, block->p, block->k, height, to);
        return;
    }
    if (call->transpose_a) {
        call->kernels->pack_straight(block->rows, block->k, call->a + block->p * call->lda + block->row, call->lda,
                                     call->alpha, height, to);
        return;
    }
    for (size_t i = 0; i < block->rows; i += height, to += height * block->k) {
        // All rows below are offered: a whole vector of them is packed faster than the panel's own alone.
        const size_t row = block->row + i;
        call->kernels->pack_transposed(call->m - row, block->k, call->a + row * call->lda + block->p, call->lda,
                                       call->alpha, height, to);
    }
}

static void pack_b(const ck_gemm_call *call, const block *block, float *to) {
    const size_t width = panel_columns(call);
    if (call->terms != NULL) {
        ck_gemm_gather_b(call, block->column, block->columns, block->p, block->k, width, to);
        return;
    }
    if (!call->transpose_b) {
        call->kernels->pack_straight(block->columns, block->k, call->b + block->p * call->ldb + block->column,
                                     call->ldb, 1, width, to);
        return;
    }
    for (size_t j = 0; j < block->columns; j += width, to += width * block->k) {
        const size_t column = block->column + j;
        call->kernels->pack_transposed(call->n - column, block->k, call->b + column * call->ldb + block->p, call->ldb,
                                       1, width, to);
    }
}

void ck_gemm_pack_b(const ck_gemm_call *call, float *to) {
    pack_b(call, &(block){.columns = call->n, .k = call->k}, to);
}

/// Where a block finds an operand: its first element, and the step from a row of A, or a panel's column of B, to the next.
typedef struct operand {
    const float *first;
    size_t step;
} operand;

static operand block_a(const ck_gemm_call *call, const block *block) {
    if (block->k == 0) return (operand){NULL, 0};
    if (block->packs_a) return (operand){block->a, block->k};
    if (call->transpose_a) return (operand){call->a + block->p * call->lda + block->row, 1};
    return (operand){call->a + block->row * call->lda + block->p, call->lda};
}

static operand block_b(const ck_gemm_call *call, const block *block) {
    if (block->k == 0) return (operand){NULL, 0};
    if (block->packs_b) return (operand){block->b, block->k};
    if (call->packed_b != NULL)
        return (operand){call->packed_b + block->column * call->k + block->p * panel_columns(call), call->k};
    return (operand){call->b + block->p * call->ldb + block->column, 1};
}

/// Whether C goes past the caches: it is written once, and is larger than what they hold for the next kernel.
static int streams_c(const ck_gemm_call *call, const block *block) {
    return call->beta == 0 && block->k == call->k && call->finish == NULL && call->m > streamed_elements / call->n &&
           call->ldc % 16 == 0 && (uintptr_t)call->c % 64 == 0;
}

/// The tiles of one width from column j of the block on: `across` of them side by side, or one above the other.
static void multiply_strip(const ck_gemm_call *call, const block *block, const ck_gemm_tiles *tiles, size_t height,
                           size_t j, size_t across, ck_gemm_tile *tile) {
    const operand a = block_a(call, block);
    const int layout = block->packs_a || call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    const int partial = tile->last != tiles->lanes;
    float *const c = call->c + block->row * call->ldc + block->column + j;
    // Where some tiles are left out they are computed one by one.
    const size_t most = across > 1 || call->lower || block->rows <= height ? 1 : block->rows / height;
    if (across > 1) {
        tile->next_a = 0, tile->next_c = tile->next_bias = tiles->lanes * tiles->vectors;
    } else {
        tile->next_b = tile->next_bias = 0;
        tile->next_a = height * a.step, tile->next_c = height * call->ldc;
    }
    for (size_t i = 0; i < block->rows; i += most * height) {
        const size_t rows = lesser(height, block->rows - i), count = rows == height ? most : 1;
        if (call->lower && block->row + i + rows <= block->column + j) continue;
        tile->a = a.first + i * a.step, tile->c = c + i * call->ldc;
        tile->count = across > 1 ? across : count;
        tiles->kernel[rows - 1][layout][partial](tile);
    }
}

/// All tiles of a block: a panel of B stays in the first cache while the rows of A pass.
static void multiply_block(const ck_gemm_call *call, const block *block) {
    const int is_last = block->p + block->k == call->k, streams = streams_c(call, block);
    const size_t height = tile_rows(call, block);
    // With a short k most of the time goes into C, and that is fastest by long rows.
    const int goes_across = (block->rows <= height || block->k <= short_k) && !call->lower;
    const operand b = block_b(call, block);
    ck_gemm_tile tile; // no initializer: compilers would fill it with zeros, which takes as long as a tiny product
    tile.k = block->k;
    tile.lda = block->packs_a ? height : call->lda;
    tile.ldb = block->packs_b || call->packed_b != NULL ? panel_columns(call) : call->ldb;
    tile.ldc = call->ldc;
    tile.beta = block->p == 0 ? call->beta : 1;
    tile.relu = is_last && call->relu;
    size_t panel = 0; // of the column j: where it starts
    for (size_t j = 0, done; j < block->columns; j += done) {
        const size_t left = block->columns - j;
        const ck_gemm_tiles *tiles = widest_tiles(call, block, left);
        const size_t columns = tiles->lanes * tiles->vectors;
        const size_t across = goes_across && left >= 2 * columns ? left / columns : 1;
        done = lesser(across * columns, left);
        tile.last = done < columns ? done - (tiles->vectors - 1) * tiles->lanes : tiles->lanes;
        tile.streams = streams && done >= columns;
        tile.bias = is_last && call->bias != NULL ? call->bias + block->column + j : NULL;
        tile.b = b.first + panel * b.step + (j - panel);
        tile.next_b = columns * b.step;
        multiply_strip(call, block, tiles, height, j, across, &tile);
        if (tiles == main_tiles(call)) panel = j + done;
    }
    if (is_last && call->finish != NULL)
        ck_gemm_finish_block(call, block->row, block->rows, block->column, block->columns);
}

/// Rows of a block whose part of C fits the second cache with room to spare.
static size_t near_rows(size_t rows, size_t columns) {
    if (rows <= in_place_rows || rows * columns <= in_place_elements) return rows;
    return columns < in_place_elements / in_place_rows ? in_place_elements / columns : in_place_rows;
}

/// Blocks with a copy of A, of B or of both.
static void multiply_packed(const ck_gemm_call *call, const ck_gemm_range *range, const ck_gemm_panels *panels) {
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    block block = {.packs_a = panels->a != NULL, .packs_b = panels->b != NULL, .a = panels->a, .b = panels->b};
    const size_t column_step = block.packs_b ? even_step(columns, panels->columns, panel_columns(call)) : columns;
    // Rows of A that are read in place should stay near too, and so should C if it is to be finished.
    size_t row_step = block.packs_a ? even_step(rows, panels->rows, main_tiles(call)->rows) : rows;
    if (!block.packs_a || call->finish != NULL) row_step = near_rows(row_step, column_step);
    const size_t k_step = even_step(call->k, panels->k, 1);
    for (size_t j = 0; j < columns; j += column_step) {
        block.column = range->column + j;
        block.columns = lesser(column_step, columns - j);
        for (block.p = 0; block.p < call->k; block.p += block.k) {
            block.k = lesser(k_step, call->k - block.p);
            if (block.packs_b) pack_b(call, &block, panels->b);
            for (size_t i = 0; i < rows; i += row_step) {
                block.row = range->row + i;
                block.rows = lesser(row_step, rows - i);
                if (block.packs_a) pack_a(call, &block, panels->a);
                multiply_block(call, &block);
            }
        }
    }
}

static void multiply_in_place(const ck_gemm_call *call, const ck_gemm_range *range) {
    block block = {.column = range->column, .columns = range->column_end - range->column};
    const size_t row_step = near_rows(range->row_end - range->row, block.columns);
    do {
        block.k = lesser(in_place_k, call->k - block.p);
        for (block.row = range->row; block.row < range->row_end; block.row += block.rows) {
            block.rows = lesser(row_step, range->row_end - block.row);
            multiply_block(call, &block);
        }
        block.p += block.k;
    } while (block.p < call->k);
}

void ck_gemm_multiply_range(const ck_gemm_call *call, const ck_gemm_range *range, const ck_gemm_panels *panels) {
    if (panels->a == NULL && panels->b == NULL) multiply_in_place(call, range);
    else multiply_packed(call, range, panels);
#ifdef __x86_64__
    // Stores past the caches keep no order: the threads that wait for this one shall see them.
    if (call->m > streamed_elements / call->n) __builtin_ia32_sfence();
#endif
}
