#include "../include/ck_normalization.h"

#include <string.h>

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"

/// Rows whose statistics are held at a time; a multiple of the 64 rows that are summed in one block.
enum { rows_at_a_time = 512 };

typedef struct normalization_call {
    const ck_vector_kernels *kernels;
    size_t rows, columns;
    const float *x;
    size_t ldx;
    const float *gain, *bias;
    float epsilon;
    const float *dy;
    size_t lddy;
    float *y; ///< y, dx or dgain
    size_t ldy;
    float mean[rows_at_a_time], inverse[rows_at_a_time];
} normalization_call;

static void forward_rows(void *context, size_t begin, size_t end) {
    const normalization_call *c = context;
    c->kernels->layer_normalization(end - begin, c->columns, c->x + begin * c->ldx, c->ldx, c->gain, c->bias,
                                    c->epsilon, c->y + begin * c->ldy, c->ldy);
}

static void backward_rows(void *context, size_t begin, size_t end) {
    const normalization_call *c = context;
    c->kernels->layer_normalization_backward(end - begin, c->columns, c->x + begin * c->ldx, c->ldx, c->gain,
                                             c->epsilon, c->dy + begin * c->lddy, c->lddy, c->y + begin * c->ldy,
                                             c->ldy);
}

static void statistics_rows(void *context, size_t begin, size_t end) {
    normalization_call *c = context;
    c->kernels->layer_statistics(end - begin, c->columns, c->x + begin * c->ldx, c->ldx, c->epsilon, c->mean + begin,
                                 c->inverse + begin);
}

static void gain_columns(void *context, size_t begin, size_t end) {
    const normalization_call *c = context;
    c->kernels->layer_gain(c->rows, end - begin, c->x + begin, c->ldx, c->mean, c->inverse, c->dy + begin, c->lddy,
                           c->y + begin);
}

ck_status ck_layer_normalization_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx,
                                     const float *gain, const float *bias, float epsilon, float *y, size_t ldy) {
    if (ldx < columns || ldy < columns || !(epsilon > 0)) return CK_INVALID_ARGUMENT;
    if (rows == 0 || columns == 0) return CK_OK;
    if (x == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    normalization_call call = {.kernels = ck_dispatch_current()->vector, .columns = columns, .x = x, .ldx = ldx,
                               .gain = gain, .bias = bias, .epsilon = epsilon, .y = y, .ldy = ldy};
    ck_parallel_ranges(pool, rows, 1, columns, forward_rows, &call);
    return CK_OK;
}

ck_status ck_layer_normalization_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx,
                                              const float *gain, float epsilon, const float *dy, size_t lddy,
                                              float *dx, size_t lddx) {
    if (ldx < columns || lddy < columns || lddx < columns || !(epsilon > 0)) return CK_INVALID_ARGUMENT;
    if (rows == 0 || columns == 0) return CK_OK;
    if (x == NULL || dy == NULL || dx == NULL) return CK_INVALID_ARGUMENT;
    normalization_call call = {.kernels = ck_dispatch_current()->vector, .columns = columns, .x = x, .ldx = ldx,
                               .gain = gain, .epsilon = epsilon, .dy = dy, .lddy = lddy, .y = dx, .ldy = lddx};
    ck_parallel_ranges(pool, rows, 1, 2 * columns, backward_rows, &call);
    return CK_OK;
}

ck_status ck_layer_normalization_gain_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx,
                                          float epsilon, const float *dy, size_t lddy, float *dgain) {
    if (ldx < columns || lddy < columns || !(epsilon > 0)) return CK_INVALID_ARGUMENT;
    if (columns == 0) return CK_OK;
    if (dgain == NULL || (rows > 0 && (x == NULL || dy == NULL))) return CK_INVALID_ARGUMENT;
    normalization_call call = {.kernels = ck_dispatch_current()->vector, .columns = columns, .x = x, .ldx = ldx,
                               .epsilon = epsilon, .dy = dy, .lddy = lddy, .y = dgain};
    memset(dgain, 0, columns * sizeof *dgain);
    for (size_t first = 0; first < rows; first += rows_at_a_time) {
        call.rows = rows - first < rows_at_a_time ? rows - first : rows_at_a_time;
        ck_parallel_ranges(pool, call.rows, 1, columns, statistics_rows, &call);
        ck_parallel_ranges(pool, columns, 16, call.rows, gain_columns, &call);
        call.x += call.rows * ldx, call.dy += call.rows * lddy;
    }
    return CK_OK;
}
