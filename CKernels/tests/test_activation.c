#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

enum { most = 70001 };
static const size_t counts[] = {0, 1, 2, 7, 15, 16, 17, 31, 33, 64, 100, most};

static double value(ck_activation kind, double x) {
    switch (kind) {
    case CK_RELU: return x <= 0 ? 0 : x;
    case CK_GELU: return x == -INFINITY ? 0 : x * 0.5 * erfc(-x / sqrt(2.0));
    case CK_SILU: return x == -INFINITY ? 0 : x / (1 + exp(-x));
    case CK_TANH: return tanh(x);
    case CK_SIGMOID: return 1 / (1 + exp(-x));
    default: return x;
    }
}

static double slope(ck_activation kind, double x) {
    const double sigma = 1 / (1 + exp(-x)), density = exp(-x * x / 2) / sqrt(2 * acos(-1.0));
    switch (kind) {
    case CK_RELU: return isnan(x) ? x : x > 0;
    case CK_GELU: return 0.5 * erfc(-x / sqrt(2.0)) + (isinf(x) ? 0 : x * density);
    case CK_SILU: return isinf(x) ? x > 0 : sigma * (1 + x * (1 - sigma));
    case CK_TANH: return 1 - tanh(x) * tanh(x);
    case CK_SIGMOID: return sigma * (1 - sigma);
    default: return 1;
    }
}

/// Measured over all floats: tanh 1.4 ULP, sigmoid 2.7, SiLU 4, GELU 5; but x times a subnormal keeps fewer digits.
static int is_close(float got, double want) { return ulp_distance(got, want) <= 6 || fabs(got - want) < 1e-35; }

typedef struct arguments {
    ck_activation kind;
    size_t count;
    const float *x, *y, *dy;
} arguments;

static ck_status forward(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_activation_f32(pool, a->kind, a->count, a->x, y);
}

static ck_status forward_in_place(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    if (a->count > 0) memcpy(y, a->x, a->count * sizeof *y);
    return ck_activation_f32(pool, a->kind, a->count, y, y);
}

static ck_status backward(ck_pool *pool, const void *context, float *dx) {
    const arguments *a = context;
    return ck_activation_backward_f32(pool, a->kind, a->count, a->x, a->y, a->dy, dx);
}

static ck_status backward_in_place(ck_pool *pool, const void *context, float *dx) {
    const arguments *a = context;
    if (a->count > 0) memcpy(dx, a->dy, a->count * sizeof *dx);
    return ck_activation_backward_f32(pool, a->kind, a->count, a->x, a->y, dx, dx);
}

static void check(ck_activation kind, size_t count, guard_side side) {
    static float y[most + 1], dx[most + 1], again[most + 1];
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 1e-40f, -3e-45f, 88, -104};
    float *x = guarded_floats(count, side), *dy = guarded_floats(count, side);
    fill_scaled(x, count, 12);
    fill_uniform(dy, count);
    if (count == most) memcpy(x + 100, special, sizeof special);
    arguments a = {kind, count, x, NULL, dy};
    run_everywhere("activation", forward, &a, count, y);
    run_everywhere("activation in place", forward_in_place, &a, count, again);
    EXPECT(memcmp(y, again, count * sizeof *y) == 0, "activation %d in place", kind);
    for (size_t i = 0; i < count; i++)
        EXPECT(is_close(y[i], value(kind, x[i])), "activation %d of %a is %a, not %a", kind, (double)x[i],
               (double)y[i], value(kind, x[i]));

    // Only the operand that the contract names may be read.
    const int from_input = kind == CK_GELU || kind == CK_SILU;
    a.y = from_input || kind == CK_IDENTITY ? NULL : guarded_copy(y, count, side);
    if (!from_input) a.x = NULL;
    run_everywhere("activation backward", backward, &a, count, dx);
    run_everywhere("activation backward in place", backward_in_place, &a, count, again);
    EXPECT(memcmp(dx, again, count * sizeof *dx) == 0, "activation backward %d in place", kind);
    for (size_t i = 0; i < count; i++) {
        const double want = dy[i] * slope(kind, x[i]);
        // Slopes from a rounded y, and sums of two terms: an error relative to 1, the slopes' size.
        EXPECT(isnan(want) ? isnan(dx[i]) : fabs(dx[i] - want) <= 1e-6 * fabs(dy[i]),
               "activation %d backward at %a is %a, not %a", kind, (double)x[i], (double)dx[i], want);
    }
    release_guarded();
}

static void gelu_keeps_its_tail(void) {
    float x = -9.5f, y;
    ck_activation_f32(NULL, CK_GELU, 1, &x, &y);
    EXPECT(ulp_distance(y, value(CK_GELU, x)) <= 6, "gelu(-9.5) is %a", (double)y);
}

int main(void) {
    seed_random(1);
    for (int kind = CK_IDENTITY; kind <= CK_SIGMOID; kind++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (int side = GUARD_FRONT; side <= GUARD_BACK; side++)
                if (counts[i] < most || side == GUARD_BACK) check((ck_activation)kind, counts[i], (guard_side)side);
    gelu_keeps_its_tail();
    float x = 1;
    EXPECT(ck_activation_f32(NULL, (ck_activation)6, 1, &x, &x) == CK_INVALID_ARGUMENT, "unknown kind");
    EXPECT(ck_activation_f32(NULL, CK_RELU, 1, NULL, &x) == CK_INVALID_ARGUMENT, "no input");
    EXPECT(ck_activation_backward_f32(NULL, CK_GELU, 1, NULL, &x, &x, &x) == CK_INVALID_ARGUMENT, "gelu needs x");
    return finish_tests();
}
