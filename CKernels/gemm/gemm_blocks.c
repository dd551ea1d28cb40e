#include "gemm_blocks.h"

/// A block of the product: rows x columns of C, and a stretch of k.
typedef struct block {
    size_t row, rows, column, columns, p, k;
    int packs_a, packs_b; // into the panels; otherwise the tiles read A or B itself
    const float *a, *b; // the panels
} block;

static size_t lesser(size_t x, size_t y) { return x < y ? x : y; }
static size_t divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

/// The step that cuts `total` into as few steps of at most `most` as possible, all about equal; then rounded up to
/// whole granules.
static size_t even_step(size_t total, size_t most, size_t granule) {
    return divide_up(divide_up(total, divide_up(total, most)), granule) * granule;
}

/// Vectors of a tile that starts `columns` before the end.
static size_t tile_vectors(const ck_gemm_kernels *kernels, size_t columns) {
    return lesser(divide_up(columns, kernels->lanes), kernels->vectors);
}

/// A leading dimension of half a page or a multiple puts the rows of a tile into the same few sets of the first cache.
static int rows_collide(size_t ld) { return ld % 512 == 0; }

/// Rows of the tiles of a block; A is packed in panels of that height. One height serves all widths of a block.
static size_t tile_rows(const ck_gemm_call *call, const block *block) {
    size_t most = call->kernels->tiles[tile_vectors(call->kernels, block->columns) - 1].rows;
    // Rows that collide and are read in place: no more of them than the cache has ways to spare.
    if (!block->packs_a && !call->transpose_a && rows_collide(call->lda)) most = lesser(most, 8);
    return even_step(block->rows, most, 1);
}

int ck_gemm_packs_a(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0) return 0;
    if (call->alpha != 1) return 1;
    size_t columns = range->column_end - range->column;
    size_t tile = call->kernels->lanes * call->kernels->vectors;
    const int collide = rows_collide(call->lda) && call->k > 32;
    if (call->transpose_a) return columns > 4 * tile || (collide && columns > tile);
    return columns > 8 * tile || (collide && columns > 2 * tile);
}

int ck_gemm_packs_b(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0 || call->packed_b != NULL) return 0;
    if (call->transpose_b) return 1;
    size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    return rows > 48 && columns * call->k > 4096;
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
    const size_t width = call->kernels->lanes * call->kernels->vectors;
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

/// All tiles of a block: a panel of B stays in the first cache while the rows of A pass.
static void multiply_block(const ck_gemm_call *call, const block *block) {
    const ck_gemm_kernels *kernels = call->kernels;
    const int is_first = block->p == 0, is_last = block->p + block->k == call->k;
    const size_t height = tile_rows(call, block), width = kernels->lanes * kernels->vectors;
    const int layout = block->packs_a || call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    ck_gemm_tile tile = {
        .k = block->k,
        .lda = block->packs_a ? height : call->lda,
        .ldb = block->packs_b || call->packed_b != NULL ? width : call->ldb,
        .ldc = call->ldc,
        .beta = is_first ? call->beta : 1,
        .relu = is_last && call->relu,
    };
    for (size_t j = 0; j < block->columns; j += width) {
        const size_t columns = lesser(width, block->columns - j), column = block->column + j;
        const size_t vectors = tile_vectors(kernels, columns);
        tile.last = columns - (vectors - 1) * kernels->lanes;
        tile.bias = is_last && call->bias != NULL ? call->bias + column : NULL;
        if (call->packed_b != NULL) tile.b = call->packed_b + column * call->k + block->p * width;
        else if (block->packs_b) tile.b = block->b + j * block->k;
        else if (block->k != 0) tile.b = call->b + block->p * call->ldb + column;
        for (size_t i = 0; i < block->rows; i += height) {
            const size_t rows = lesser(height, block->rows - i), row = block->row + i;
            if (call->lower && row + rows <= column) continue;
            if (block->packs_a) tile.a = block->a + i * block->k;
            else if (block->k != 0)
                tile.a = call->a + (call->transpose_a ? block->p * call->lda + row : row * call->lda + block->p);
            tile.c = call->c + row * call->ldc + column;
            kernels->tiles[vectors - 1].kernel[rows - 1][layout][tile.last != kernels->lanes](&tile);
            if (is_last && call->finish != NULL) ck_gemm_finish_tile(call, row, rows, column, columns);
        }
    }
}

void ck_gemm_multiply_range(const ck_gemm_call *call, const ck_gemm_range *range, const ck_gemm_panels *panels) {
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    const size_t tile_columns = call->kernels->lanes * call->kernels->vectors;
    block block = {
        .packs_a = ck_gemm_packs_a(call, range),
        .packs_b = ck_gemm_packs_b(call, range),
        .a = panels->a,
        .b = panels->b,
    };
    const size_t column_step = block.packs_b ? even_step(columns, panels->columns, tile_columns) : columns;
    const size_t row_step = block.packs_a ? even_step(rows, panels->rows, call->kernels->tiles[0].rows) : rows;
    const size_t k_step = call->k == 0 ? 1 : even_step(call->k, panels->k, 1);
    for (size_t j = 0; j < columns; j += column_step) {
        block.column = range->column + j;
        block.columns = lesser(column_step, columns - j);
        block.p = 0;
        do {
            block.k = lesser(k_step, call->k - block.p);
            if (block.packs_b) pack_b(call, &block, panels->b);
            for (size_t i = 0; i < rows; i += row_step) {
                block.row = range->row + i;
                block.rows = lesser(row_step, rows - i);
                if (block.packs_a) pack_a(call, &block, panels->a);
                multiply_block(call, &block);
            }
            block.p += block.k;
        } while (block.p < call->k);
    }
}
