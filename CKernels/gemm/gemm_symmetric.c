/// ck_syrk_f32. A small result with a long reduction is split over k, a large one over its lower triangle.
#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"
#include "../runtime/pool.h"
#include "gemm_blocks.h"

/// Results up to this side are split over k: in chunks, which are added in order, within parts.
enum { small_side = 64, chunk = 1024, most_parts = 16, triangle = small_side * (small_side + 1) / 2 };

typedef struct syrk_call {
    const ck_vector_kernels *vector;
    ck_pool *pool; // NULL: alone
    int transpose;
    size_t n, k;
    const float *x;
    size_t ldx;
    float alpha, beta;
    float *c;
    size_t ldc;
} syrk_call;

static float *worker_scratch(const syrk_call *call, size_t worker) {
    return call->pool == NULL ? NULL : ck_pool_scratch(call->pool, worker);
}

/// The product that the general code computes the lower half of.
static ck_gemm_call product(const syrk_call *call) {
    ck_gemm_call gemm = {
        .transpose_a = call->transpose, .transpose_b = !call->transpose, .m = call->n, .n = call->n, .k = call->k,
        .alpha = call->alpha, .a = call->x, .lda = call->ldx, .b = call->x, .ldb = call->ldx, .beta = call->beta,
        .c = call->c, .ldc = call->ldc, .lower = 1};
    ck_gemm_begin(&gemm);
    return gemm;
}

// ---- Split over k ---------------------------------------------------------------------------------------------

typedef struct parts_call {
    const syrk_call *call;
    size_t parts;
    float sums[most_parts][triangle]; // lower triangles, row after row
} parts_call;

/// Columns of a panel of dots; four rows of a chunk and those that pass by them fit the first cache.
enum { dot_columns = 4 };

/// The lower triangle of X Xᵀ over some of k.
static void multiply_columns(const syrk_call *call, size_t first, size_t end, float *square) {
    ck_dot_block block = {.k = end - first, .lda = call->ldx, .ldb = call->ldx, .is_first = 1, .is_last = 1};
    block.ldc = call->n;
    for (size_t j = 0; j < call->n; j += dot_columns) {
        block.rows = call->n - j;
        block.columns = ck_lesser(dot_columns, block.rows);
        block.a = block.b = call->x + j * call->ldx + first;
        block.c = square + j * call->n + j;
        call->vector->gemm_dot(&block);
    }
}

/// The lower triangle of Xᵀ X over some of k, in strips that end at the diagonal: they have fewer vectors to compute
/// than whole tiles.
static void multiply_rows(const syrk_call *call, size_t first, size_t end, float *scratch, float *square) {
    ck_gemm_call gemm = product(call);
    gemm.k = end - first;
    gemm.a = gemm.b = call->x + first * call->ldx;
    gemm.alpha = 1, gemm.beta = 0;
    gemm.c = square, gemm.ldc = call->n;
    const size_t height = ck_gemm_tile_rows(&gemm);
    for (size_t row = 0; row < call->n; row += height) {
        const size_t row_end = ck_lesser(row + height, call->n);
        ck_gemm_compute(&gemm, &(ck_gemm_range){row, row_end, 0, row_end}, scratch);
    }
}

static void sum_part(void *context, size_t index, size_t worker) {
    parts_call *parts = context;
    const syrk_call *call = parts->call;
    float square[small_side * small_side], *sums = parts->sums[index];
    size_t begin, part_end;
    ck_split(call->k, chunk, parts->parts, index, &begin, &part_end);
    for (size_t i = 0; i < call->n * (call->n + 1) / 2; i++) sums[i] = 0;
    for (size_t first = begin, end; first < part_end; first = end) {
        end = ck_lesser(first + chunk, part_end);
        if (call->transpose) multiply_rows(call, first, end, worker_scratch(call, worker), square);
        else multiply_columns(call, first, end, square);
        for (size_t i = 0, at = 0; i < call->n; i++)
            for (size_t j = 0; j <= i; j++) sums[at++] += square[i * call->n + j];
    }
}

/// The sum of all parts ends up in the first.
static void add_parts(parts_call *parts, size_t count) {
    for (size_t step = 1; step < parts->parts; step *= 2)
        for (size_t p = 0; p + step < parts->parts; p += 2 * step)
            for (size_t i = 0; i < count; i++) parts->sums[p][i] += parts->sums[p + step][i];
}

__attribute__((noinline)) static void split_reduction(const syrk_call *call) {
    parts_call parts;
    parts.call = call;
    parts.parts = ck_lesser(ck_divide_up(call->k, chunk), most_parts);
    if (parts.parts == 0) parts.parts = 1;
    ck_pool_region(call->pool, parts.parts, sum_part, &parts);
    add_parts(&parts, call->n * (call->n + 1) / 2);
    const float *sum = parts.sums[0];
    for (size_t i = 0; i < call->n; i++)
        for (size_t j = 0; j <= i; j++) {
            float *const c = call->c + i * call->ldc + j, product = call->alpha * *sum++;
            *c = call->beta == 0 ? product : product + call->beta * *c;
            call->c[j * call->ldc + i] = *c;
        }
}

// ---- Split over the result ------------------------------------------------------------------------------------

enum { mirror_side = 16 };

/// A grid over C, of which the cells on and below the diagonal are computed.
typedef struct cells_call {
    const syrk_call *call;
    const ck_gemm_call *gemm;
    size_t side; // of a cell
} cells_call;

/// Copies the part of a cell that lies below the diagonal to its mirror image above, in squares that fit the cache.
static void mirror(const syrk_call *call, const ck_gemm_range *cell) {
    for (size_t i = cell->row; i < cell->row_end; i += mirror_side)
        for (size_t j = cell->column; j < cell->column_end && j <= i; j += mirror_side)
            for (size_t r = i; r < i + mirror_side && r < cell->row_end; r++)
                for (size_t s = j; s < j + mirror_side && s < cell->column_end && s < r; s++)
                    call->c[s * call->ldc + r] = call->c[r * call->ldc + s];
}

/// Cells of the lower triangle are numbered row by row.
static void multiply_cell(void *context, size_t index, size_t worker) {
    const cells_call *cells = context;
    size_t row = 0;
    while (index > row) index -= ++row;
    const size_t n = cells->call->n, side = cells->side;
    const ck_gemm_range cell = {row * side, ck_lesser((row + 1) * side, n), index * side, ck_lesser((index + 1) * side, n)};
    ck_gemm_compute(cells->gemm, &cell, worker_scratch(cells->call, worker));
    mirror(cells->call, &cell);
}

static size_t cells_below(size_t rows) { return rows * (rows + 1) / 2; }

static void split_result(const syrk_call *call, const ck_gemm_call *gemm, size_t tasks) {
    size_t rows = 1;
    while (cells_below(rows) < tasks) rows++;
    const size_t tile = ck_gemm_range_columns(gemm);
    cells_call cells = {.call = call, .gemm = gemm, .side = ck_divide_up(ck_divide_up(call->n, rows), tile) * tile};
    ck_pool_region(call->pool, cells_below(ck_divide_up(call->n, cells.side)), multiply_cell, &cells);
}

ck_status ck_syrk_f32(ck_pool *pool, int transpose, size_t n, size_t k, float alpha, const float *x, size_t ldx,
                      float beta, float *c, size_t ldc) {
    const size_t columns = transpose ? n : k;
    const int reads = n != 0 && k != 0 && alpha != 0;
    if (ldx < 1 || ldx < columns || ldc < 1 || ldc < n || (x == NULL && reads) || (c == NULL && n != 0))
        return CK_INVALID_ARGUMENT;
    if (n == 0) return CK_OK;
    syrk_call call = {
        ck_dispatch_current()->vector, NULL, transpose, n, reads ? k : 0, x, ldx, reads ? alpha : 0, beta, c, ldc};
    const ck_gemm_call gemm = product(&call);
    const size_t tasks = ck_pool_tasks(pool, ck_gemm_nanoseconds(&gemm) / 2);
    if (tasks > 1 || n > small_side) call.pool = ck_pool_acquire(pool);
    if (n <= small_side) split_reduction(&call);
    else split_result(&call, &gemm, tasks);
    ck_pool_release(call.pool);
    return CK_OK;
}
