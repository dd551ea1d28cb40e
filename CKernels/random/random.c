#include "../include/ck_random.h"

#include <math.h>

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"
#include "../runtime/work.h"

typedef struct random_call {
    const ck_vector_kernels *kernels;
    ck_random random;
    float first, second; ///< low and high; mean and deviation; the dropout rate
    const float *x;
    float *y;
    uint32_t *bits;
} random_call;

static ck_random random_at(const random_call *c, size_t begin) {
    ck_random random = c->random;
    random.offset += begin;
    return random;
}

static void bits_range(void *context, size_t begin, size_t end) {
    const random_call *c = context;
    c->kernels->random_bits(random_at(c, begin), end - begin, c->bits + begin);
}

static void uniform_range(void *context, size_t begin, size_t end) {
    const random_call *c = context;
    const float below_high = c->first < c->second ? nextafterf(c->second, c->first) : c->first;
    c->kernels->random_uniform(random_at(c, begin), end - begin, c->first, c->second, below_high, c->y + begin);
}

static void normal_range(void *context, size_t begin, size_t end) {
    const random_call *c = context;
    c->kernels->random_normal(random_at(c, begin), end - begin, c->first, c->second, c->y + begin);
}

static void dropout_range(void *context, size_t begin, size_t end) {
    const random_call *c = context;
    c->kernels->dropout(random_at(c, begin), end - begin, c->first, c->x + begin, c->y + begin);
}

ck_status ck_random_bits(ck_pool *pool, ck_random random, size_t count, uint32_t *y) {
    if (count == 0) return CK_OK;
    if (y == NULL) return CK_INVALID_ARGUMENT;
    random_call call = {.kernels = ck_dispatch_current()->vector, .random = random, .bits = y};
    ck_parallel_ranges(pool, count, 64, ck_work_of_random_bits, bits_range, &call);
    return CK_OK;
}

ck_status ck_random_uniform_f32(ck_pool *pool, ck_random random, size_t count, float low, float high, float *y) {
    if (!isfinite(low) || !isfinite(high) || low > high) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (y == NULL) return CK_INVALID_ARGUMENT;
    random_call call = {.kernels = ck_dispatch_current()->vector, .random = random, .first = low, .second = high,
                        .y = y};
    ck_parallel_ranges(pool, count, 64, ck_work_of_random_bits, uniform_range, &call);
    return CK_OK;
}

ck_status ck_random_normal_f32(ck_pool *pool, ck_random random, size_t count, float mean, float deviation, float *y) {
    if (!(deviation >= 0)) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (y == NULL) return CK_INVALID_ARGUMENT;
    random_call call = {.kernels = ck_dispatch_current()->vector, .random = random, .first = mean,
                        .second = deviation, .y = y};
    ck_parallel_ranges(pool, count, 64, ck_work_of_normal, normal_range, &call);
    return CK_OK;
}

ck_status ck_dropout_f32(ck_pool *pool, ck_random random, size_t count, float rate, const float *x, float *y) {
    if (!(rate >= 0 && rate < 1)) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (x == NULL || y == NULL) return CK_INVALID_ARGUMENT;
    random_call call = {.kernels = ck_dispatch_current()->vector, .random = random, .first = rate, .x = x, .y = y};
    ck_parallel_ranges(pool, count, 64, ck_work_of_random_bits, dropout_range, &call);
    return CK_OK;
}
