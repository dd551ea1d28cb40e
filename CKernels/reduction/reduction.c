#include "../include/ck_reduction.h"

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
