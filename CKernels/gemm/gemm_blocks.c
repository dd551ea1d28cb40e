#include <stdint.h>

#include "gemm_blocks.h"

/// A block of the product: rows x columns of C, and a stretch of k.
typedef struct block {
    size_t row, rows, column, columns, p, k;
    size_t height; // of its tiles, and of A's panels
    int packs_a, packs_b; // into the panels; otherwise the tiles read A or B itself
    int is_far; // A: in no cache, or in the last
    const float *a, *b; // the panels
} block;

enum {
    in_place_k = 384, // of a block without copies
    long_rows_k = 8, // of rows of B that are read side by side: at least so many, and as many as fill the first cache
    in_place_elements = 1 << 16, // of its part of C
    in_place_rows = 56, // at least, so that a panel of B serves a few tiles
    first_cache = 1 << 13, // its floats
    finished_rows = 120, // about; of C that are finished together
    strip_a_floats = 1 << 18, // of A beside strips of B
    slice_columns = 64, // of B that are packed, or of C that are finished at a time, about: a few lines of each row
};

/// ck_even_step, rounded up to whole granules.
static size_t even_granules(size_t total, size_t most, size_t granule) {
    return ck_divide_up(ck_even_step(total, most), granule) * granule;
}

static const ck_gemm_tiles *main_tiles(const ck_gemm_call *call) { return &call->kernels->tiles[call->kernels->main]; }

/// Columns of a packed panel of B.
static size_t panel_columns(const ck_gemm_call *call) { return main_tiles(call)->columns; }

/// A leading dimension of half a page or a multiple puts the rows of a tile into the same few sets of the first cache.
static int rows_collide(size_t ld) { return ld % 512 == 0; }

/// From one row's part of a panel of A to the next row's. Panels that lie whole pages apart would share a few sets of the
/// first cache, and while they are packed a line of each is wanted at the same time.
static size_t panel_step(size_t k) { return k % 16 == 0 ? k + 8 : k; }

/// Rows of the tiles of a block; A is packed in panels of that height. One height serves all widths of a block.
static size_t tile_rows(const ck_gemm_call *call, const block *block) {
    // What is narrow enough for the narrowest tiles may have as many rows as those.
    const ck_gemm_tiles *narrowest = call->kernels->tiles;
    size_t most = block->columns <= narrowest->columns ? narrowest->rows : main_tiles(call)->rows;
    // Rows that collide and are read in place: no more of them than the cache has ways to spare.
    if (!block->packs_a && !call->transpose_a && rows_collide(call->lda))
        most = ck_lesser(most, call->lda % 1024 == 0 ? 6 : 8);
    // So with C's rows where they are what takes time; and B's row needs a way, too. But B should not come from afar for
    // every seven rows, and neither should a line of a transposed A, which holds sixteen.
    const int is_near = call->k * block->columns <= first_cache && (!call->transpose_a || call->k <= 8);
    if (!block->packs_a && call->k <= CK_SHORT_K && is_near) most = ck_lesser(most, 7);
    return ck_even_step(block->rows, most);
}

int ck_gemm_goes_by_strips(const ck_gemm_call *call, const ck_gemm_range *range) {
    // A larger A is better copied than read for every strip from afar. Rows that collide stay in the first cache if they are
    // no more than its ways.
    return !call->transpose_a && call->alpha == 1 && !call->lower && call->k > CK_SHORT_K &&
           (range->row_end - range->row) * call->k <= strip_a_floats && main_tiles(call)->rows <= 8 &&
           ck_gemm_packs_b(call, range);
}

int ck_gemm_packs_a(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0) return 0;
    if (call->alpha != 1) return 1;
    const size_t columns = range->column_end - range->column, tile = panel_columns(call);
    if (range->row_end - range->row <= CK_FEW_ROWS) return 0;
    const int collide = rows_collide(call->lda) && call->k > 32;
    if (call->k <= CK_SHORT_K && !collide) return 0;
    if (call->transpose_a && columns > tile && call->k * (range->row_end - range->row) > 1 << 20) return 1;
    if (call->transpose_a) return columns > 4 * tile || (collide && columns > tile);
    // Rows that collide are many only if a tile has more of them than the first cache has ways.
    return columns > 8 * tile || (collide && main_tiles(call)->rows > 8 && columns > 2 * tile);
}

int ck_gemm_packs_b(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0 || call->packed_b != NULL) return 0;
    if (call->transpose_b) return 1;
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    // Rows that collide leave the first cache before the next tile reads them.
    if (call->ldb % 1024 == 0 && call->k > 8 && rows >= 4 * main_tiles(call)->rows) return 1;
    if (rows > 48) return columns * call->k > 16384;
    // Long columns of a wide matrix: read in place, every row of a strip would be another page.
    return rows >= 12 && columns >= 128 && call->k > 1024 && call->ldb >= 256;
}

static void pack_a(const ck_gemm_call *call, const block *block, float *to) {
    const size_t height = block->height;
    if (call->transpose_a) {
        call->kernels->pack_straight(block->rows, block->k, call->a + block->p * call->lda + block->row, call->lda,
                                     call->alpha, height, panel_step(block->k), to);
        return;
    }
    for (size_t i = 0; i < block->rows; i += height, to += height * panel_step(block->k)) {
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
                                     call->ldb, 1, width, block->k, to);
        return;
    }
    for (size_t j = 0; j < block->columns; j += width, to += width * block->k) {
        const size_t column = block->column + j;
        call->kernels->pack_transposed(call->n - column, block->k, call->b + column * call->ldb + block->p, call->ldb,
                                       1, width, to);
    }
}

/// How many columns of op(B) are packed, or of C finished at a time.
static size_t slice_step(const ck_gemm_call *call, size_t columns) {
    return even_granules(columns, slice_columns, panel_columns(call));
}

void ck_gemm_pack_b(const ck_gemm_call *call, size_t column, size_t column_end, float *to) {
    block slice = {.column = column, .k = call->k};
    const size_t step = slice_step(call, column_end - column);
    for (; slice.column < column_end; slice.column += slice.columns) {
        slice.columns = ck_lesser(step, column_end - slice.column);
        pack_b(call, &slice, to + (slice.column - column) * slice.k);
    }
}

static int goes_past_caches(const ck_gemm_call *call) { return call->is_large || call->m * call->n > CK_STREAMED_FLOATS; }

/// Whether C goes past the caches: it is large and written once. Not by rows that collide: their stores wait for each other.
static int streams_c(const ck_gemm_call *call, const block *block) {
    return goes_past_caches(call) && call->beta == 0 && block->k == call->k && call->finish == NULL &&
           call->ldc % 16 == 0 && !rows_collide(call->ldc) && (uintptr_t)call->c % 64 == 0;
}

/// Says where the tiles find A: packed, or where it lies.
static void place_a(const ck_gemm_call *call, const block *block, ck_gemm_tiling *tiling) {
    tiling->layout = block->packs_a || call->transpose_a ? CK_A_COLUMNS : CK_A_ROWS;
    tiling->tile.lda = block->packs_a ? tiling->height : call->lda;
    if (block->k == 0) tiling->tile.a = tiling->tile.c, tiling->step_a = 0; // never read, but an address
    else if (block->packs_a) tiling->tile.a = block->a, tiling->step_a = panel_step(block->k);
    else if (call->transpose_a) tiling->tile.a = call->a + block->p * call->lda + block->row, tiling->step_a = 1;
    else tiling->tile.a = call->a + block->row * call->lda + block->p, tiling->step_a = call->lda;
}

/// And B: packed for this block, packed by the caller, or where it lies.
static void place_b(const ck_gemm_call *call, const block *block, ck_gemm_tiling *tiling) {
    const size_t width = panel_columns(call);
    tiling->tile.ldb = block->packs_b || call->packed_b != NULL ? width : call->ldb;
    tiling->panel_step = 0;
    if (block->k == 0)
        tiling->tile.b = tiling->tile.c;
    else if (block->packs_b)
        tiling->tile.b = block->b, tiling->panel_step = block->k;
    else if (call->packed_b != NULL)
        tiling->tile.b = call->packed_b + block->column * call->k + block->p * width, tiling->panel_step = call->k;
    else
        tiling->tile.b = call->b + block->p * call->ldb + block->column;
}

/// Whether all that is left to do with finished elements is to add the residual, which the tiles can.
static int only_adds(const ck_gemm_finish *finish) {
    return finish->activation == CK_IDENTITY && finish->residual != NULL && finish->block_sums == NULL;
}

static int is_last(const ck_gemm_call *call, const block *block) { return block->p + block->k == call->k; }

/// Whether the block has its last k, and then more to come than the tiles can do.
static int is_to_finish(const ck_gemm_call *call, const block *block) {
    return is_last(call, block) && call->finish != NULL && !only_adds(call->finish);
}

/// Lets the tiles add the residual.
static void place_residual(const ck_gemm_call *call, const block *block, ck_gemm_tile *tile) {
    tile->residual = call->finish->residual + block->row * call->finish->ldr + block->column;
    tile->ldr = call->finish->ldr;
}

/// Whether the block's B is so small that it is near as a whole, while A is read in place.
static int is_strip(const block *block) {
    return block->packs_b && !block->packs_a && block->columns * block->k <= CK_STRIP_FLOATS;
}

/// Sets the height of a block's tiles, and whether its A comes from afar.
static void begin_rows(const ck_gemm_call *call, block *block) {
    block->height = tile_rows(call, block);
    block->is_far = !block->packs_a && call->m * call->k > CK_NEAR_FLOATS;
}

static void multiply_block(const ck_gemm_call *call, const block *block) {
    const int ends = is_last(call, block), finishes = is_to_finish(call, block);
    ck_gemm_tiling tiling; // no initializer: compilers would fill it with zeros, which takes as long as a tiny product
    tiling.rows = block->rows, tiling.columns = block->columns;
    tiling.height = block->height;
    tiling.is_lower = call->lower, tiling.row = block->row, tiling.column = block->column;
    tiling.tile.k = block->k;
    tiling.tile.c = call->c + block->row * call->ldc + block->column, tiling.tile.ldc = call->ldc;
    place_a(call, block, &tiling);
    place_b(call, block, &tiling);
    tiling.tile.beta = block->p == 0 ? call->beta : 1;
    tiling.tile.relu = ends && call->relu;
    tiling.tile.bias = ends && call->bias != NULL ? call->bias + block->column : NULL;
    tiling.tile.residual = NULL;
    if (ends && call->finish != NULL && !finishes) place_residual(call, block, &tiling.tile);
    tiling.tile.streams = streams_c(call, block);
    tiling.is_strip = is_strip(block);
    tiling.is_far = block->is_far;
    ck_gemm_multiply_tiles(call->kernels, &tiling);
    if (finishes) ck_gemm_finish_block(call, block->row, block->rows, block->column, block->columns);
}

/// A slice of a block with a packed A; if it is to be finished, so few rows at a time that they are still near then. What
/// they are finished with arrives meanwhile.
static void multiply_slice(const ck_gemm_call *call, const block *slice) {
    const int finishes = is_to_finish(call, slice);
    const size_t step = finishes ? even_granules(slice->rows, finished_rows, slice->height) : slice->rows;
    block piece = *slice;
    for (size_t done = 0; done < slice->rows; done += piece.rows) {
        piece.row = slice->row + done;
        piece.rows = ck_lesser(step, slice->rows - done);
        piece.a = slice->a + done * panel_step(slice->k);
        if (finishes) ck_gemm_fetch_operands(call->finish, piece.row, piece.rows, piece.column, piece.columns);
        multiply_block(call, &piece);
    }
}

/// Whether slices of the block are finished one by one. With a short k C goes by long rows instead.
static int finishes_slices(const ck_gemm_call *call, const block *block) {
    return block->packs_a && block->k > CK_SHORT_K && block->rows * block->columns > first_cache &&
           is_to_finish(call, block);
}

/// A block by slices of its columns: if it `packs` B, every slice just before, so that its first rows find it in the
/// second cache; and if C is to be finished, it is while a slice is near. A strip of B is no larger than that, and is not
/// cut: the rows of A shall pass but once.
static void multiply_slices(const ck_gemm_call *call, const block *block, float *panels, int packs) {
    struct block slice = *block;
    const size_t step = is_strip(block) ? block->columns : slice_step(call, block->columns);
    for (size_t done = 0; done < block->columns; done += slice.columns) {
        slice.column = block->column + done;
        slice.columns = ck_lesser(step, block->columns - done);
        slice.is_far = block->is_far && done == 0;
        if (block->packs_b) slice.b = panels + done * block->k;
        if (packs) pack_b(call, &slice, panels + done * block->k);
        if (block->packs_a) multiply_slice(call, &slice);
        else multiply_block(call, &slice);
    }
}

/// Rows of a block whose part of C fits the second cache with room to spare, and whose `k` elements of A do, too: where
/// A is read in place it comes once for every panel of B.
static size_t near_rows(const ck_gemm_call *call, size_t rows, size_t columns, size_t k) {
    const size_t width = columns > panel_columns(call) && k > columns ? k : columns;
    if (rows <= in_place_rows || rows * width <= in_place_elements) return rows;
    return width < in_place_elements / in_place_rows ? in_place_elements / width : in_place_rows;
}

/// Stores past the caches keep no order: the threads that wait for this one shall see them.
static void end_stores(const ck_gemm_call *call) {
#ifdef __x86_64__
    if (goes_past_caches(call)) __builtin_ia32_sfence();
#endif
    (void)call;
}

void ck_gemm_multiply_packed(const ck_gemm_call *call, const ck_gemm_range *range, const ck_gemm_panels *panels) {
    const size_t rows = range->row_end - range->row, columns = range->column_end - range->column;
    block block = {.packs_a = panels->a != NULL, .packs_b = panels->b != NULL, .a = panels->a, .b = panels->b};
    const size_t column_step = block.packs_b ? even_granules(columns, panels->columns, panel_columns(call)) : columns;
    const size_t k_step = ck_even_step(call->k, panels->k);
    // Rows of A that are read in place should stay near; so should C that goes by long rows and is to be finished.
    size_t row_step = block.packs_a ? even_granules(rows, panels->rows, main_tiles(call)->rows) : rows;
    if (!block.packs_a || (call->finish != NULL && k_step <= CK_SHORT_K))
        row_step = near_rows(call, row_step, column_step, block.packs_a ? 0 : k_step);
    for (size_t j = 0; j < columns; j += column_step) {
        block.column = range->column + j;
        block.columns = ck_lesser(column_step, columns - j);
        for (block.p = 0; block.p < call->k; block.p += block.k) {
            block.k = ck_lesser(k_step, call->k - block.p);
            for (size_t i = 0; i < rows; i += row_step) {
                block.row = range->row + i;
                block.rows = ck_lesser(row_step, rows - i);
                begin_rows(call, &block);
                if (block.packs_a) pack_a(call, &block, panels->a);
                const int packs = block.packs_b && i == 0;
                if (packs || finishes_slices(call, &block))
                    multiply_slices(call, &block, panels->b, packs);
                else
                    multiply_block(call, &block);
            }
        }
    }
    end_stores(call);
}

/// How many long rows of B are read side by side; or 0, if it is not read by long rows, or has no more of them.
static size_t long_rows_step(const ck_gemm_call *call, size_t rows, size_t columns) {
    const int is_large = columns >= 1024 || (columns >= 256 && columns * call->k >= 1 << 16);
    if (rows > CK_FEW_ROWS || !is_large || call->packed_b != NULL || call->lower) return 0;
    const size_t fitting = first_cache / columns, step = fitting < long_rows_k ? long_rows_k : fitting;
    return call->k > step ? step : 0;
}

void ck_gemm_multiply_in_place(const ck_gemm_call *call, const ck_gemm_range *range) {
    block block = {.column = range->column, .columns = range->column_end - range->column};
    const size_t rows = range->row_end - range->row;
    const size_t row_step = near_rows(call, rows, block.columns, ck_lesser(in_place_k, call->k));
    const size_t long_step = long_rows_step(call, rows, block.columns);
    if (long_step != 0) block.p = ck_gemm_multiply_long_rows(call, range, long_step);
    do {
        block.k = ck_lesser(in_place_k, call->k - block.p);
        for (block.row = range->row; block.row < range->row_end; block.row += block.rows) {
            block.rows = ck_lesser(row_step, range->row_end - block.row);
            begin_rows(call, &block);
            multiply_block(call, &block);
        }
        block.p += block.k;
    } while (block.p < call->k);
    end_stores(call);
}
