#include "../include/ck_activation.h"

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"
#include "../runtime/work.h"

typedef struct activation_call {
    const ck_vector_kernels *kernels;
    ck_activation kind;
    const float *x, *v, *dy;
    float *y, *dx;
} activation_call;

static void forward_range(void *context, size_t begin, size_t end) {
    const activation_call *c = context;
    c->kernels->activation(c->kind, end - begin, c->x + begin, c->y + begin);
}

static void backward_range(void *context, size_t begin, size_t end) {
    const activation_call *c = context;
    c->kernels->activation_backward(c->kind, end - begin, c->v + begin, c->dy + begin, c->dx + begin);
}

ck_status ck_activation_f32(ck_pool *pool, ck_activation kind, size_t count, const float *x, float *y) {
    if ((unsigned)kind > CK_SIGMOID) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (x == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    activation_call call = {ck_dispatch_current()->vector, kind, x, NULL, NULL, y, NULL};
    ck_parallel_ranges(pool, count, 16, ck_work_of_activation(kind), forward_range, &call);
    return CK_OK;
}

ck_status ck_activation_backward_f32(ck_pool *pool, ck_activation kind, size_t count, const float *x, const float *y,
                                     const float *dy, float *dx) {
    if ((unsigned)kind > CK_SIGMOID) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    const float *v = kind == CK_GELU || kind == CK_SILU ? x : kind == CK_IDENTITY ? dy : y;
    if (v == NULL || dy == NULL || dx == NULL) return CK_INVALID_ARGUMENT;
    activation_call call = {ck_dispatch_current()->vector, kind, NULL, v, dy, NULL, dx};
    ck_parallel_ranges(pool, count, 16, ck_work_of_activation(kind), backward_range, &call);
    return CK_OK;
}
