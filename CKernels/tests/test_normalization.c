#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

static const float epsilon = 1e-5f;

typedef struct arguments {
    size_t rows, columns, ldx, ldy;
    const float *x, *gain, *bias, *dy;
} arguments;

static ck_status forward(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_layer_normalization_f32(pool, a->rows, a->columns, a->x, a->ldx, a->gain, a->bias, epsilon, y, a->ldy);
}

static ck_status backward(ck_pool *pool, const void *context, float *dx) {
    const arguments *a = context;
    return ck_layer_normalization_backward_f32(pool, a->rows, a->columns, a->x, a->ldx, a->gain, epsilon, a->dy,
                                               a->ldx, dx, a->ldy);
}

static ck_status gain_gradient(ck_pool *pool, const void *context, float *dgain) {
    const arguments *a = context;
    return ck_layer_normalization_gain_f32(pool, a->rows, a->columns, a->x, a->ldx, epsilon, a->dy, a->ldx, dgain);
}

static void statistics(const float *x, size_t n, double *mean, double *inverse) {
    double sum = 0, squares = 0;
    for (size_t c = 0; c < n; c++) sum += x[c];
    *mean = sum / (double)n;
    for (size_t c = 0; c < n; c++) squares += (x[c] - *mean) * (x[c] - *mean);
    *inverse = 1 / sqrt(squares / (double)n + epsilon);
}

static void expect_near(const char *name, float got, double want, double bound) {
    EXPECT(fabs(got - want) <= bound, "%s: %.9g, not %.9g", name, (double)got, want);
}

static void check_rows(const arguments *a, float *y, float *dx, float *dgain) {
    const size_t n = a->columns, size = a->rows == 0 || n == 0 ? 0 : (a->rows - 1) * a->ldy + n;
    run_everywhere("layer normalization", forward, a, size, y);
    run_everywhere("layer normalization backward", backward, a, size, dx);
    run_everywhere("layer normalization gain", gain_gradient, a, n, dgain);
    double *gains = calloc(2 * n + 1, sizeof *gains), *gain_bounds = gains + n;
    const double sum_roundings = 0x1p-24 * (double)(a->rows / 64 + 66);
    for (size_t r = 0; r < a->rows; r++) {
        const float *x = a->x + r * a->ldx, *dy = a->dy + r * a->ldx;
        double mean, inverse, size = 0, g_mean = 0, dot_mean = 0, size_of_g = 0;
        statistics(x, n, &mean, &inverse);
        for (size_t c = 0; c < n; c++) size += fabs(x[c]) / (double)n * inverse;
        // The header's η is roundings · (|x̂| + size).
        const double roundings = 0x1p-24 * ((double)n / 64 + 12);
        for (size_t c = 0; c < n; c++) {
            const double g = dy[c] * (a->gain == NULL ? 1.0 : a->gain[c]), normal = (x[c] - mean) * inverse;
            g_mean += g / (double)n, dot_mean += g * normal / (double)n;
            size_of_g += fabs(g) * (1 + fabs(normal)) / (double)n;
            gains[c] += dy[c] * normal;
            gain_bounds[c] += fabs(dy[c]) * (roundings * (fabs(normal) + size) + sum_roundings * fabs(normal));
        }
        for (size_t c = 0; c < n; c++) {
            const double normal = (x[c] - mean) * inverse, gain = a->gain == NULL ? 1 : a->gain[c];
            const double offset = a->bias == NULL ? 0 : a->bias[c];
            expect_near("normalized", y[r * a->ldy + c], gain * normal + offset,
                        fabs(gain) * roundings * (fabs(normal) + size) + 0x1p-23 * fabs(offset));
            const double g = dy[c] * gain, want = (g - g_mean - normal * dot_mean) * inverse;
            expect_near("gradient", dx[r * a->ldy + c], want,
                        4 * inverse * (fabs(g) + size_of_g * (1 + fabs(normal))) * roundings * (1 + size));
        }
    }
    for (size_t c = 0; c < n; c++)
        expect_near("gain's gradient", dgain[c], gains[c], gain_bounds[c]);
    free(gains);
}

static void check(size_t rows, size_t columns, size_t gap, int affine, float scale, float offset, guard_side side) {
    const size_t ldx = columns + gap, ldy = columns + 2 * gap;
    const size_t size = rows == 0 || columns == 0 ? 0 : (rows - 1) * ldx + columns;
    float *x = guarded_floats(size, side), *dy = guarded_floats(size, side);
    float *gain = guarded_floats(columns, side), *bias = guarded_floats(columns, side);
    fill_scaled(x, size, scale), fill_uniform(dy, size), fill_uniform(gain, columns), fill_uniform(bias, columns);
    for (size_t i = 0; i < size; i++) x[i] += offset;
    float *y = malloc((rows * ldy + 1) * sizeof *y), *dx = malloc((rows * ldy + 1) * sizeof *dx);
    float *dgain = malloc((columns + 1) * sizeof *dgain);
    arguments a = {rows, columns, ldx, ldy, x, affine ? gain : NULL, affine ? bias : NULL, dy};
    check_rows(&a, y, dx, dgain);
    if (size > 0) {
        // One row alone and in place.
        float *alone = guarded_copy(x + (rows - 1) * ldx, columns, side);
        float *cotangent = guarded_copy(dy + (rows - 1) * ldx, columns, side);
        ck_layer_normalization_backward_f32(NULL, 1, columns, alone, columns, a.gain, epsilon, cotangent, columns,
                                            cotangent, columns);
        ck_layer_normalization_f32(NULL, 1, columns, alone, columns, a.gain, a.bias, epsilon, alone, columns);
        EXPECT(first_difference(alone, y + (rows - 1) * ldy, columns) == columns, "the last row alone, in place");
        EXPECT(first_difference(cotangent, dx + (rows - 1) * ldy, columns) == columns, "its gradient, in place");
    }
    free(y), free(dx), free(dgain);
    release_guarded();
}

static void special_rows(ck_isa isa) {
    enum { columns = 20 };
    float x[3 * columns], y[3 * columns];
    fill_uniform(x, 3 * columns);
    x[columns + 7] = NAN, x[2 * columns + 19] = INFINITY;
    ck_layer_normalization_f32(NULL, 3, columns, x, columns, NULL, NULL, epsilon, y, columns);
    for (size_t i = 0; i < 3 * columns; i++)
        EXPECT(isnan(y[i]) == (i >= columns), "row %zu beside NaN and infinity on %s", i / columns, ck_isa_name(isa));
}

int main(void) {
    seed_random(8);
    static const size_t columns[] = {0, 1, 2, 5, 16, 17, 63, 64, 65, 100, 128, 200}, rows[] = {0, 1, 3, 65};
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            check(rows[r], columns[c], (c + r) % 3, (c + r) % 2, 3, 2, (guard_side)((c + r) % 2));
    check(1100, 70, 0, 1, 3, 2, GUARD_BACK);
    check(9, 300, 1, 1, 1e4f, 0, GUARD_BACK);
    check(9, 300, 1, 1, 1e-3f, 5, GUARD_BACK);
    for_each_isa(special_rows);
    float x = 1;
    EXPECT(ck_layer_normalization_f32(NULL, 1, 1, &x, 1, NULL, NULL, 0, &x, 1) == CK_INVALID_ARGUMENT, "epsilon 0");
    return finish_tests();
}
