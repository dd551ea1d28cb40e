#include "gemm_blocks.h"

/// A block of the product: rows x columns of C, and a stretch of k.
typedef struct block {
    size_t row, rows, column, columns, p, k;
    int packs_a, packs_b; // into the panels; otherwise the tiles read A or B itself
    const float *a, *b; // the panels
} block;

enum {
    in_place_k = 384,
    in_place_elements = 1 << 16, // of C
    in_place_rows = 56, // at least, so that a panel of B serves a few tiles
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
    if (call->alpha != 1) return 1;
    size_t columns = range->column_end - range->column;
    size_t tile = panel_columns(call);
    const int collide = rows_collide(call->lda) && call->k > 32;
    if (call->transpose_a) return columns > 4 * tile || (collide && columns > tile);
    return columns > 8 * tile || (collide && columns > 2 * tile);
}

int ck_gemm_packs_b(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0 || call->packed_b != NULL) return 0;
    if (call->transpose_b) return 1;
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    if (rows > 48) return columns * call->k > 16384;
    // Long columns of a wide matrix: read in place, every row of a strip would be another page.
    return rows >= 12 && columns >= 128 && call->k > 1024 && call->ldb >= 256;
}

static void pack_a(const ck_gemm_call *call, const block *block, float *to) {
    const size_t height = tile_rows(call, block);
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

/// Columns of a block that one width of tiles computes.
typedef struct strip {
    size_t column, columns;
    const ck_gemm_tiles *tiles;
    ck_gemm_tile tile;
} strip;

/// `count` tiles of `rows` rows each, from row `row` of C on.
static void multiply_tiles(const ck_gemm_call *call, const block *block, strip *strip, size_t row, size_t rows,
                           size_t count) {
    ck_gemm_tile *tile = &strip->tile;
    if (call->lower && row + rows <= strip->column) return;
    tile->next_a = 0;
    if (block->packs_a) {
        tile->a = block->a + (row - block->row) * block->k;
        tile->next_a = rows * block->k;
    } else if (block->k != 0) {
        tile->a = call->a + (call->transpose_a ? block->p * call->lda + row : row * call->lda + block->p);
        tile->next_a = call->transpose_a ? rows : rows * call->lda;
    }
    const int layout = block->packs_a || call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    tile->c = call->c + row * call->ldc + strip->column;
    tile->count = count;
    strip->tiles->kernel[rows - 1][layout][tile->last != strip->tiles->lanes](tile);
}

/// All tiles of a block: a panel of B stays in the first cache while the rows of A pass.
static void multiply_block(const ck_gemm_call *call, const block *block) {
    const int is_first = block->p == 0, is_last = block->p + block->k == call->k;
    const size_t height = tile_rows(call, block), width = panel_columns(call);
    // Tiles that are looked at one by one are computed one by one.
    const size_t most = call->lower || height == block->rows ? 1 : block->rows / height;
    strip strip; // no initializer: compilers would fill it with zeros, which takes as long as a tiny product
    strip.tile.k = block->k;
    strip.tile.lda = block->packs_a ? height : call->lda;
    strip.tile.ldb = block->packs_b || call->packed_b != NULL ? width : call->ldb;
    strip.tile.ldc = call->ldc;
    strip.tile.beta = is_first ? call->beta : 1;
    strip.tile.relu = is_last && call->relu;
    strip.tile.streams = 0;
    strip.tile.a = strip.tile.b = NULL;
    for (size_t j = 0; j < block->columns; j += strip.columns) {
        strip.tiles = widest_tiles(call, block, block->columns - j);
        strip.columns = lesser(strip.tiles->lanes * strip.tiles->vectors, block->columns - j);
        strip.column = block->column + j;
        strip.tile.last = strip.columns - (strip.tiles->vectors - 1) * strip.tiles->lanes;
        strip.tile.bias = is_last && call->bias != NULL ? call->bias + strip.column : NULL;
        if (call->packed_b != NULL)
            strip.tile.b = call->packed_b + strip.column / width * width * call->k + block->p * width + strip.column % width;
        else if (block->packs_b) strip.tile.b = block->b + j / width * width * block->k + j % width;
        else if (block->k != 0) strip.tile.b = call->b + block->p * call->ldb + strip.column;
        size_t i = 0;
        for (; i + height <= block->rows; i += most * height)
            multiply_tiles(call, block, &strip, block->row + i, height, most);
        if (i < block->rows) multiply_tiles(call, block, &strip, block->row + i, block->rows - i, 1);
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
}
