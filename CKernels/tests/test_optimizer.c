#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

/// The slabs of one step: parameters, then first and second moment (or velocity), one after another in y.
typedef struct arguments {
    size_t count;
    const float *p, *g, *m, *v;
    ck_sgd_options sgd;
    ck_adam_options adam;
} arguments;

static ck_status sgd_step(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    const size_t n = a->count;
    if (n > 0) memcpy(y, a->p, n * sizeof *y), memcpy(y + n, a->m, n * sizeof *y);
    return ck_sgd_f32(pool, n, &a->sgd, y, a->g, y + n);
}

static ck_status sgd_step_without_velocity(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    if (a->count > 0) memcpy(y, a->p, a->count * sizeof *y);
    return ck_sgd_f32(pool, a->count, &a->sgd, y, a->g, NULL);
}

static ck_status adam_step(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    const size_t n = a->count;
    const size_t bytes = n * sizeof *y;
    if (n > 0) memcpy(y, a->p, bytes), memcpy(y + n, a->m, bytes), memcpy(y + 2 * n, a->v, bytes);
    return ck_adam_f32(pool, n, &a->adam, y, a->g, y + n, y + 2 * n);
}

static void expect_close(const char *name, float got, double want, double magnitude) {
    EXPECT(fabs(got - want) <= 6 * 0x1p-24 * magnitude + 1e-44, "%s: %.9g, not %.9g", name, (double)got, want);
}

static void check_sgd(arguments a, float *y) {
    const ck_sgd_options variants[] = {{0.1f, 0, 0, 1, 0}, {0.1f, 0.9f, 0, 1, 0}, {0.01f, 0.9f, 0.1f, 0.5f, 1}};
    for (int i = 0; i < 3; i++) {
        const ck_sgd_options o = a.sgd = variants[i];
        const int has_velocity = o.momentum != 0;
        run_everywhere("sgd", has_velocity ? sgd_step : sgd_step_without_velocity, &a, (1 + has_velocity) * a.count, y);
        for (size_t j = 0; j < a.count; j++) {
            const double g = (double)o.gradient_scale * a.g[j] + (double)o.weight_decay * a.p[j];
            const double v = has_velocity ? (double)o.momentum * a.m[j] + g : g;
            const double step = o.nesterov ? g + (double)o.momentum * v : v;
            expect_close("sgd parameter", y[j], a.p[j] - (double)o.learning_rate * step, 3);
            if (has_velocity) expect_close("sgd velocity", y[a.count + j], v, 3);
        }
    }
}

static void check_adam(arguments a, float *y) {
    const ck_adam_options variants[] = {{0.001f, 0.9f, 0.999f, 1e-8f, 0, 1, 0, 1},
                                        {0.01f, 0.8f, 0.99f, 1e-6f, 0.1f, 0.25f, 0, 17},
                                        {0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, 1, 1, 100000}};
    for (int i = 0; i < 3; i++) {
        const ck_adam_options o = a.adam = variants[i];
        run_everywhere("adam", adam_step, &a, 3 * a.count, y);
        for (size_t j = 0; j < a.count; j++) {
            double p = a.p[j], g = (double)o.gradient_scale * a.g[j];
            if (o.decoupled)
                p -= (double)o.learning_rate * o.weight_decay * p;
            else
                g += (double)o.weight_decay * p;
            const double m = (double)o.beta1 * a.m[j] + (1 - (double)o.beta1) * g;
            const double v = (double)o.beta2 * a.v[j] + (1 - (double)o.beta2) * g * g;
            const double m_hat = m / (1 - pow(o.beta1, (double)o.step)), v_hat = v / (1 - pow(o.beta2, (double)o.step));
            expect_close("adam first moment", y[a.count + j], m, 1.1);
            expect_close("adam second moment", y[2 * a.count + j], v, v);
            // m is a sum of two terms: its error counts as a share of their size.
            const double slope = o.learning_rate / (sqrt(v_hat) + o.epsilon) / (1 - pow(o.beta1, (double)o.step));
            const double size = fabs(o.beta1 * a.m[j]) + fabs((1 - o.beta1) * g);
            expect_close("adam parameter", y[j], p - o.learning_rate * m_hat / (sqrt(v_hat) + o.epsilon),
                         fabs(p) + slope * size);
        }
    }
}

static void check(size_t count, guard_side side) {
    float *p = guarded_floats(count, side), *g = guarded_floats(count, side), *m = guarded_floats(count, side);
    float *v = guarded_floats(count, side), *y = malloc((3 * count + 1) * sizeof *y);
    fill_uniform(p, count), fill_uniform(g, count), fill_uniform(m, count), fill_uniform(v, count);
    for (size_t i = 0; i < count; i++) v[i] = v[i] * v[i] + 1e-4f;
    const arguments a = {.count = count, .p = p, .g = g, .m = m, .v = v};
    check_sgd(a, y);
    check_adam(a, y);
    free(y);
    release_guarded();
}

static void a_nan_stays_in_its_element(ck_isa isa) {
    enum { count = 37 };
    float p[count], g[count], m[count], v[count];
    for (int adam = 0; adam < 2; adam++) {
        fill_uniform(p, count), fill_uniform(g, count), fill_uniform(m, count);
        for (size_t i = 0; i < count; i++) v[i] = 1;
        g[20] = NAN;
        if (adam) ck_adam_f32(NULL, count, &(ck_adam_options){0.1f, 0.9f, 0.99f, 1e-8f, 0, 1, 0, 1}, p, g, m, v);
        else ck_sgd_f32(NULL, count, &(ck_sgd_options){0.1f, 0.9f, 0, 1, 0}, p, g, m);
        for (size_t i = 0; i < count; i++)
            EXPECT(isnan(p[i]) == (i == 20), "parameter %zu beside a NaN on %s", i, ck_isa_name(isa));
    }
}

int main(void) {
    seed_random(6);
    static const size_t counts[] = {0, 1, 5, 15, 16, 17, 50, 20001};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        check(counts[i], GUARD_BACK);
        if (counts[i] < 100) check(counts[i], GUARD_FRONT);
    }
    for_each_isa(a_nan_stays_in_its_element);
    float x = 0;
    ck_adam_options o = {0.001f, 0.9f, 0.999f, 1e-8f, 0, 1, 0, 0};
    EXPECT(ck_adam_f32(NULL, 1, &o, &x, &x, &x, &x) == CK_INVALID_ARGUMENT, "step 0");
    o.step = 1, o.beta1 = 1;
    EXPECT(ck_adam_f32(NULL, 1, &o, &x, &x, &x, &x) == CK_INVALID_ARGUMENT, "beta 1");
    const ck_sgd_options s = {0.1f, 0.9f, 0, 1, 0};
    EXPECT(ck_sgd_f32(NULL, 1, &s, &x, &x, NULL) == CK_INVALID_ARGUMENT, "momentum without velocity");
    return finish_tests();
}
