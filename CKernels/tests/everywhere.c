#include "everywhere.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const char *name;
    kernel_call call;
    const void *context;
    size_t count;
    float *y[2], *result;
    int is_first;
} run;

static run current;

static size_t first_disagreement(const float *x, const float *y, size_t count) {
    size_t i = 0;
    while (i < count && (memcmp(x + i, y + i, sizeof *x) == 0 || (isnan(x[i]) && isnan(y[i])))) i++;
    return i;
}

static void run_on(ck_isa isa) {
    for (size_t p = 0; p < test_pool_count; p++) {
        float *y = current.y[p % 2];
        poison(y, current.count);
        const ck_status status = current.call(test_pool(p), current.context, y);
        EXPECT(status == CK_OK, "%s: %s", current.name, ck_status_text(status));
        if (current.is_first) memcpy(current.result, y, current.count * sizeof *y);
        current.is_first = 0;
        const size_t i = first_disagreement(y, current.result, current.count);
        EXPECT(i == current.count, "%s: element %zu of %zu is %a on %s with pool %zu, %a on portable", current.name, i,
               current.count, (double)(i < current.count ? y[i] : 0), ck_isa_name(isa), p,
               (double)(i < current.count ? current.result[i] : 0));
    }
}

void run_everywhere(const char *name, kernel_call call, const void *context, size_t count, float *result) {
    current = (run){.name = name, .call = call, .context = context, .count = count, .result = result, .is_first = 1};
    current.y[0] = guarded_floats(count, GUARD_BACK);
    current.y[1] = guarded_floats(count, GUARD_FRONT);
    for_each_isa(run_on);
}

double ulp_distance(float got, double want) {
    if (isnan(want)) return isnan(got) ? 0 : INFINITY;
    if ((float)want == got) return 0;
    if (isinf((float)want) || !isfinite(got)) return INFINITY;
    int exponent;
    frexp(want, &exponent);
    return fabs((double)got - want) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

float *guarded_copy(const float *x, size_t count, guard_side side) {
    float *copy = guarded_floats(count, side);
    memcpy(copy, x, count * sizeof *x);
    return copy;
}

int32_t *guarded_ints(size_t count, guard_side side) { return guarded_bytes(count * sizeof(int32_t), side); }

void fill_scaled(float *x, size_t count, float scale) {
    fill_uniform(x, count);
    for (size_t i = 0; i < count; i++) x[i] *= scale;
}
