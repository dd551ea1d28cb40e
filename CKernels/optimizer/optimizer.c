#include "../include/ck_optimizer.h"

#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"

typedef struct sgd_call {
    const ck_vector_kernels *kernels;
    const ck_sgd_options *options;
    float *parameters;
    const float *gradients;
    float *velocity;
} sgd_call;

static void sgd_range(void *context, size_t begin, size_t end) {
    const sgd_call *c = context;
    float *velocity = c->velocity == NULL ? NULL : c->velocity + begin;
    c->kernels->sgd(end - begin, c->options, c->parameters + begin, c->gradients + begin, velocity);
}

ck_status ck_sgd_f32(ck_pool *pool, size_t count, const ck_sgd_options *options, float *parameters,
                     const float *gradients, float *velocity) {
    if (options == NULL) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (parameters == NULL || gradients == NULL) return CK_INVALID_ARGUMENT;
    if (velocity == NULL && options->momentum != 0) return CK_INVALID_ARGUMENT;
    sgd_call call = {ck_dispatch_current()->vector, options, parameters, gradients, velocity};
    ck_parallel_ranges(pool, count, 16, 2, sgd_range, &call);
    return CK_OK;
}

typedef struct adam_call {
    const ck_vector_kernels *kernels;
    ck_adam_constants constants;
    float *parameters;
    const float *gradients;
    float *first_moment, *second_moment;
} adam_call;

static void adam_range(void *context, size_t begin, size_t end) {
    const adam_call *c = context;
    c->kernels->adam(end - begin, &c->constants, c->parameters + begin, c->gradients + begin,
                     c->first_moment + begin, c->second_moment + begin);
}

/// By squaring, not by pow(): every C library would round that its own way.
static double power(double base, uint64_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

static ck_adam_constants adam_constants(const ck_adam_options *o) {
    const double beta1 = o->beta1, beta2 = o->beta2, rate = o->learning_rate;
    return (ck_adam_constants){
        .gradient_scale = o->gradient_scale,
        .added_decay = o->decoupled ? 0.0f : o->weight_decay,
        .keep = o->decoupled ? (float)(1 - rate * o->weight_decay) : 1.0f,
        .beta1 = o->beta1,
        .rest1 = (float)(1 - beta1),
        .beta2 = o->beta2,
        .rest2 = (float)(1 - beta2),
        .correction2 = (float)(1 / (1 - power(beta2, o->step))),
        .epsilon = o->epsilon,
        .step_size = (float)(rate / (1 - power(beta1, o->step))),
    };
}

ck_status ck_adam_f32(ck_pool *pool, size_t count, const ck_adam_options *options, float *parameters,
                      const float *gradients, float *first_moment, float *second_moment) {
    if (options == NULL || options->step == 0) return CK_INVALID_ARGUMENT;
    if (!(options->beta1 >= 0 && options->beta1 < 1 && options->beta2 >= 0 && options->beta2 < 1))
        return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (parameters == NULL || gradients == NULL || first_moment == NULL || second_moment == NULL)
        return CK_INVALID_ARGUMENT;
    adam_call call = {ck_dispatch_current()->vector, adam_constants(options), parameters, gradients, first_moment,
                      second_moment};
    ck_parallel_ranges(pool, count, 16, 4, adam_range, &call);
    return CK_OK;
}
