/// Random numbers: element i depends on the seed, the stream and offset + i alone.
#include <math.h>
#include <string.h>

#include "fuzz_kernels.h"

enum { most_elements = 20000 };

typedef enum numbers { NUMBERS_BITS, NUMBERS_UNIFORM, NUMBERS_NORMAL, NUMBERS_COUNT } numbers;

static ck_random any_random(void) {
    static const uint64_t corners[] = {0, 1, UINT32_MAX, (uint64_t)UINT32_MAX * 4, UINT64_MAX / 2};
    return (ck_random){.seed = random_below(1000), .stream = corners[random_below(5)],
                       .offset = corners[random_below(4)] + random_below(9)};
}

static ck_status draw(ck_pool *pool, numbers kind, ck_random random, size_t count, float *y) {
    switch (kind) {
    case NUMBERS_BITS: return ck_random_bits(pool, random, count, (uint32_t *)(void *)y);
    case NUMBERS_UNIFORM: return ck_random_uniform_f32(pool, random, count, -2, 3, y);
    default: return ck_random_normal_f32(pool, random, count, 1, 2, y);
    }
}

void fuzz_random(void) {
    const numbers kind = (numbers)random_below(NUMBERS_COUNT);
    const ck_random random = any_random();
    const matrix y = an_output(1, any_size(most_elements));
    RUN_EVERYWHERE(draw(fuzz_pool(), kind, random, y.columns, y.at));
    // Any stretch of it, drawn alone.
    if (y.columns == 0) return;
    const size_t first = random_below(y.columns), count = 1 + random_below(y.columns - first);
    const ck_random later = {random.seed, random.stream, random.offset + first};
    float *alone = a_row(count);
    draw(NULL, kind, later, count, alone);
    expect_same_row((matrix){y.at + first, 1, count, count}, 0, alone);
    for (size_t i = 0; i < count; i++) {
        if (kind == NUMBERS_UNIFORM) EXPECT(alone[i] >= -2 && alone[i] < 3, "uniform number %a", (double)alone[i]);
        if (kind == NUMBERS_NORMAL) EXPECT(fabs(alone[i] - 1.0) <= 2 * 6.7, "normal number %a", (double)alone[i]);
    }
}

void fuzz_dropout(void) {
    static const float rates[] = {0, 0.1f, 0.5f, 0.99f};
    const float rate = rates[random_below(4)];
    const ck_random random = any_random();
    const matrix x = any_input(1, any_size(most_elements));
    const int in_place = one_in(2);
    const matrix y = in_place ? an_update_of(x) : an_output(1, x.columns), from = in_place ? y : x;
    RUN_EVERYWHERE(ck_dropout_f32(fuzz_pool(), random, x.columns, rate, from.at, y.at));
    float *uniform = a_row(x.columns);
    ck_random_uniform_f32(NULL, random, x.columns, 0, 1, uniform);
    for (size_t i = 0; i < x.columns; i++) {
        const float want = uniform[i] < rate ? 0 : x.at[i] / (1 - rate), error = fabsf(y.at[i] - want);
        EXPECT(y.at[i] == want || error <= 0x1p-22f * fabsf(want) || (isnan(want) && isnan(y.at[i])) ||
                   (isinf(want) && !isfinite(y.at[i])) || fabsf(want) < 1e-37f,
               "dropped %a: %a, not %a", (double)x.at[i], (double)y.at[i], (double)want);
    }
}
