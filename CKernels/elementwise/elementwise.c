#include "../include/ck_elementwise.h"

#include <string.h>

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"
#include "../runtime/work.h"

typedef struct binary_call {
    const ck_vector_kernels *kernels;
    ck_binary operation;
    ck_binary_operands operands;
} binary_call;

static void binary_rows(void *context, size_t begin, size_t end) {
    const binary_call *c = context;
    c->kernels->binary(c->operation, &c->operands, begin, end);
}

/// A matrix without gaps is one long row: its elements, not its rows, are then shared among the threads.
static void binary_elements(void *context, size_t begin, size_t end) {
    const binary_call *c = context;
    ck_binary_operands o = c->operands;
    o.columns = end - begin;
    o.a += o.a_column * begin, o.b += o.b_column * begin, o.y += begin;
    c->kernels->binary(c->operation, &o, 0, 1);
}

/// 1 if walking on from the end of a row leads to the next one.
static int continues(size_t row, size_t column, size_t columns) {
    return column == 1 ? row == columns : row == 0;
}

ck_status ck_binary_f32(ck_pool *pool, ck_binary operation, size_t rows, size_t columns, const float *a, size_t a_row,
                        size_t a_column, const float *b, size_t b_row, size_t b_column, float *y, size_t ldy) {
    if ((unsigned)operation > CK_MINIMUM || a_column > 1 || b_column > 1 || ldy < columns) return CK_INVALID_ARGUMENT;
    if (rows == 0 || columns == 0) return CK_OK;
    if (a == NULL || b == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    binary_call call = {ck_dispatch_current()->vector, operation,
                        {columns, a, a_row, a_column, b, b_row, b_column, y, ldy}};
    const int one_row = rows == 1 || (ldy == columns && continues(a_row, a_column, columns) &&
                                      continues(b_row, b_column, columns));
    if (one_row)
        ck_parallel_ranges(pool, rows * columns, 16, 1, binary_elements, &call);
    else
        ck_parallel_ranges(pool, rows, 1, columns, binary_rows, &call);
    return CK_OK;
}

typedef struct map_call {
    const ck_vector_kernels *kernels;
    ck_unary operation;
    float scale, offset;
    const float *x;
    float *y;
} map_call;

static void unary_range(void *context, size_t begin, size_t end) {
    const map_call *c = context;
    c->kernels->unary(c->operation, end - begin, c->x + begin, c->y + begin);
}

static void affine_range(void *context, size_t begin, size_t end) {
    const map_call *c = context;
    c->kernels->affine(end - begin, c->scale, c->offset, c->x + begin, c->y + begin);
}

ck_status ck_unary_f32(ck_pool *pool, ck_unary operation, size_t count, const float *x, float *y) {
    if ((unsigned)operation > CK_GREATER_THAN_ZERO) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (x == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    map_call call = {ck_dispatch_current()->vector, operation, 0, 0, x, y};
    ck_parallel_ranges(pool, count, 16, ck_work_of_unary(operation), unary_range, &call);
    return CK_OK;
}

ck_status ck_affine_f32(ck_pool *pool, size_t count, float scale, float offset, const float *x, float *y) {
    if (count == 0) return CK_OK;
    if (x == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    map_call call = {ck_dispatch_current()->vector, CK_NEGATE, scale, offset, x, y};
    ck_parallel_ranges(pool, count, 16, 1, affine_range, &call);
    return CK_OK;
}

typedef struct copy_call {
    size_t columns, ldx, ldy;
    const float *x;
    float *y;
} copy_call;

static void copy_rows(void *context, size_t begin, size_t end) {
    const copy_call *c = context;
    for (size_t r = begin; r < end; r++) memcpy(c->y + r * c->ldy, c->x + r * c->ldx, c->columns * sizeof(float));
}

ck_status ck_copy_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    if (ldx < columns || ldy < columns) return CK_INVALID_ARGUMENT;
    if (rows == 0 || columns == 0) return CK_OK;
    if (x == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    copy_call call = {columns, ldx, ldy, x, y};
    ck_parallel_ranges(pool, rows, 1, columns, copy_rows, &call);
    return CK_OK;
}
