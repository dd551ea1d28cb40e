#include "../include/ck_softmax.h"

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"

/// An element with an exponential costs about as much as three that only stream.
enum { work_per_element = 3 };

typedef void (*rows_kernel)(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy);
typedef void (*backward_kernel)(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                                float *dx, size_t lddx);

typedef struct softmax_call {
    rows_kernel forward;
    backward_kernel backward;
    size_t columns;
    const float *x; ///< the input; backward: the output of the forward call
    size_t ldx;
    const float *dy;
    size_t lddy;
    float *y;
    size_t ldy;
} softmax_call;

static void forward_rows(void *context, size_t begin, size_t end) {
    const softmax_call *c = context;
    c->forward(end - begin, c->columns, c->x + begin * c->ldx, c->ldx, c->y + begin * c->ldy, c->ldy);
}

static void backward_rows(void *context, size_t begin, size_t end) {
    const softmax_call *c = context;
    c->backward(end - begin, c->columns, c->x + begin * c->ldx, c->ldx, c->dy + begin * c->lddy, c->lddy,
                c->y + begin * c->ldy, c->ldy);
}

static ck_status run_forward(ck_pool *pool, size_t rows, softmax_call call) {
    if (call.ldx < call.columns || call.ldy < call.columns) return CK_INVALID_ARGUMENT;
    if (rows == 0 || call.columns == 0) return CK_OK;
    if (call.x == NULL || call.y == NULL) return CK_INVALID_ARGUMENT;
    ck_parallel_ranges(pool, rows, 16, call.columns * work_per_element, forward_rows, &call);
    return CK_OK;
}

static ck_status run_backward(ck_pool *pool, size_t rows, softmax_call call) {
    if (call.ldx < call.columns || call.lddy < call.columns || call.ldy < call.columns) return CK_INVALID_ARGUMENT;
    if (rows == 0 || call.columns == 0) return CK_OK;
    if (call.x == NULL || call.dy == NULL || call.y == NULL) return CK_INVALID_ARGUMENT;
    ck_parallel_ranges(pool, rows, 16, call.columns * work_per_element, backward_rows, &call);
    return CK_OK;
}

ck_status ck_softmax_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    const softmax_call call = {.forward = ck_dispatch_current()->vector->softmax,
                               .columns = columns, .x = x, .ldx = ldx, .y = y, .ldy = ldy};
    return run_forward(pool, rows, call);
}

ck_status ck_log_softmax_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y,
                             size_t ldy) {
    const softmax_call call = {.forward = ck_dispatch_current()->vector->log_softmax,
                               .columns = columns, .x = x, .ldx = ldx, .y = y, .ldy = ldy};
    return run_forward(pool, rows, call);
}

ck_status ck_softmax_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *y, size_t ldy,
                                  const float *dy, size_t lddy, float *dx, size_t lddx) {
    const softmax_call call = {.backward = ck_dispatch_current()->vector->softmax_backward, .columns = columns,
                               .x = y, .ldx = ldy, .dy = dy, .lddy = lddy, .y = dx, .ldy = lddx};
    return run_backward(pool, rows, call);
}

ck_status ck_log_softmax_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *y, size_t ldy,
                                      const float *dy, size_t lddy, float *dx, size_t lddx) {
    const softmax_call call = {.backward = ck_dispatch_current()->vector->log_softmax_backward, .columns = columns,
                               .x = y, .ldx = ldy, .dy = dy, .lddy = lddy, .y = dx, .ldy = lddx};
    return run_backward(pool, rows, call);
}
