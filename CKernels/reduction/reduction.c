#include "../include/ck_reduction.h"

#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"
#include "../runtime/pool.h"

typedef struct sums_call {
    const ck_vector_kernels *kernels;
    size_t rows, columns;
    const float *x;
    size_t ldx;
    float scale;
    float *y;
} sums_call;

static void column_range(void *context, size_t begin, size_t end) {
    const sums_call *c = context;
    c->kernels->column_sums(c->rows, end - begin, c->x + begin, c->ldx, c->scale, c->y + begin);
}

// ---- Few columns, many rows: threads share the blocks of rows ---------------------------------------------------

/// Rows of a block of column sums, as in reduction_template.h; room for the sums of blocks, on the stack.
enum { rows_per_block = 64, block_sum_floats = 1 << 14 };

typedef struct blocks_call {
    const sums_call *sums;
    size_t first; ///< block
    float *block_sums;
} blocks_call;

static void block_range(void *context, size_t begin, size_t end) {
    const blocks_call *c = context;
    const sums_call *s = c->sums;
    for (size_t block = begin; block < end; block++) {
        const size_t row = (c->first + block) * rows_per_block;
        const size_t rows = s->rows - row < rows_per_block ? s->rows - row : rows_per_block;
        s->kernels->column_sums(rows, s->columns, s->x + row * s->ldx, s->ldx, 1.0f, c->block_sums + block * s->columns);
    }
}

/// The bits of the kernel: sums of blocks, added in their order.
__attribute__((noinline)) static void sum_blocks(ck_pool *pool, const sums_call *s) {
    float block_sums[block_sum_floats];
    const size_t blocks = s->rows / rows_per_block + (s->rows % rows_per_block != 0);
    const size_t most = block_sum_floats / s->columns;
    for (size_t c = 0; c < s->columns; c++) s->y[c] = 0;
    for (size_t first = 0; first < blocks; first += most) {
        const size_t count = blocks - first < most ? blocks - first : most;
        blocks_call call = {s, first, block_sums};
        ck_parallel_ranges(pool, count, 1, rows_per_block * s->columns, block_range, &call);
        for (size_t b = 0; b < count; b++)
            for (size_t c = 0; c < s->columns; c++) s->y[c] += block_sums[b * s->columns + c];
    }
    for (size_t c = 0; c < s->columns; c++) s->y[c] *= s->scale;
}

static void row_range(void *context, size_t begin, size_t end) {
    const sums_call *c = context;
    c->kernels->row_sums(end - begin, c->columns, c->x + begin * c->ldx, c->ldx, c->scale, c->y + begin);
}

ck_status ck_column_sums_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float scale,
                             float *y) {
    if (ldx < columns) return CK_INVALID_ARGUMENT;
    if (columns == 0) return CK_OK;
    if (y == NULL || (x == NULL && rows > 0)) return CK_INVALID_ARGUMENT;
    sums_call call = {ck_dispatch_current()->vector, rows, columns, x, ldx, rows == 0 ? 0.0f : scale, y};
    // A task takes sixteen columns at least.
    const size_t tasks = ck_parallel_tasks(pool, rows, columns);
    if (tasks > 1 && columns < 16 * tasks && rows > 4 * rows_per_block && columns <= block_sum_floats / 4)
        sum_blocks(pool, &call);
    else
        ck_parallel_ranges(pool, columns, 16, rows, column_range, &call);
    return CK_OK;
}

ck_status ck_row_sums_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float scale,
                          float *y) {
    if (ldx < columns) return CK_INVALID_ARGUMENT;
    if (rows == 0) return CK_OK;
    if (y == NULL || (x == NULL && columns > 0)) return CK_INVALID_ARGUMENT;
    sums_call call = {ck_dispatch_current()->vector, rows, columns, x, ldx, columns == 0 ? 0.0f : scale, y};
    ck_parallel_ranges(pool, rows, 1, columns, row_range, &call);
    return CK_OK;
}

/// The norm is cut into parts by its length alone, at most this many.
enum { norm_parts = 64, norm_smallest_part = 4096 };

typedef struct norm_call {
    const ck_vector_kernels *kernels;
    size_t count, parts;
    const float *x;
    double partial[norm_parts];
} norm_call;

static void norm_parts_range(void *context, size_t begin, size_t end) {
    norm_call *c = context;
    for (size_t part = begin; part < end; part++) {
        size_t from, to;
        ck_split(c->count, norm_smallest_part, c->parts, part, &from, &to);
        c->partial[part] = c->kernels->squared_norm(to - from, c->x + from);
    }
}

ck_status ck_squared_norm_f32(ck_pool *pool, size_t count, const float *x, double *y) {
    if (y == NULL || (x == NULL && count > 0)) return CK_INVALID_ARGUMENT;
    norm_call call = {.kernels = ck_dispatch_current()->vector, .count = count, .x = x};
    const size_t pieces = count / norm_smallest_part + 1;
    call.parts = pieces < norm_parts ? pieces : norm_parts;
    ck_parallel_ranges(pool, call.parts, 1, count / call.parts, norm_parts_range, &call);
    double sum = 0;
    for (size_t part = 0; part < call.parts; part++) sum += call.partial[part];
    *y = sum;
    return CK_OK;
}
