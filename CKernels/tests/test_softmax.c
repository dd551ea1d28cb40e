#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

typedef struct arguments {
    size_t rows, columns, ldx, ldy;
    const float *x, *dy;
} arguments;

static ck_status softmax(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_softmax_f32(pool, a->rows, a->columns, a->x, a->ldx, y, a->ldy);
}

static ck_status log_softmax(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_log_softmax_f32(pool, a->rows, a->columns, a->x, a->ldx, y, a->ldy);
}

static ck_status softmax_backward(ck_pool *pool, const void *context, float *dx) {
    const arguments *a = context;
    return ck_softmax_backward_f32(pool, a->rows, a->columns, a->x, a->ldx, a->dy, a->ldx, dx, a->ldy);
}

static ck_status log_softmax_backward(ck_pool *pool, const void *context, float *dx) {
    const arguments *a = context;
    return ck_log_softmax_backward_f32(pool, a->rows, a->columns, a->x, a->ldx, a->dy, a->ldx, dx, a->ldy);
}

/// The row's maximum and log Σ exp(x - maximum).
static double reference_row(const float *x, size_t columns, double *maximum) {
    double sum = 0;
    *maximum = -INFINITY;
    for (size_t c = 0; c < columns; c++) *maximum = fmax(*maximum, x[c]);
    for (size_t c = 0; c < columns; c++) sum += exp((double)x[c] - *maximum);
    return log(sum);
}

static void check_forward(const arguments *a, float *y, float *again) {
    const size_t size = a->rows == 0 ? 0 : (a->rows - 1) * a->ldy + a->columns;
    run_everywhere("softmax", softmax, a, size, y);
    run_everywhere("log-softmax", log_softmax, a, size, again);
    for (size_t r = 0; r < a->rows; r++) {
        const float *x = a->x + r * a->ldx;
        double maximum;
        const double log_sum = reference_row(x, a->columns, &maximum);
        for (size_t c = 0; c < a->columns; c++) {
            const double z = x[c] - maximum, p = exp(z) / exp(log_sum);
            EXPECT(ulp_distance(y[r * a->ldy + c], p) <= 4, "softmax of %zu columns: %a is %.1f ULP off", a->columns,
                   (double)y[r * a->ldy + c], ulp_distance(y[r * a->ldy + c], p));
            const double log_error = fabs(again[r * a->ldy + c] - (z - log_sum));
            // The sum of exponentials is off by a few u: as much, absolutely, is its logarithm.
            EXPECT(log_error <= 0x1p-24 * (2 * fabs(z) + 2 * fabs(log_sum) + 4), "log-softmax at %a is off by %a",
                   z - log_sum, log_error);
        }
        for (size_t c = a->columns; c < a->ldy && r + 1 < a->rows; c++)
            EXPECT(is_poison(y[r * a->ldy + c]) && is_poison(again[r * a->ldy + c]), "wrote between rows");
    }
}

static void check_backward(arguments a, float *y) {
    const size_t size = a.rows == 0 ? 0 : (a.rows - 1) * a.ldy + a.columns;
    const size_t from = a.rows == 0 ? 0 : (a.rows - 1) * a.ldx + a.columns;
    float *output = guarded_floats(from, GUARD_BACK);
    for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
        arguments b = a;
        b.x = output;
        if (logarithmic)
            ck_log_softmax_f32(NULL, a.rows, a.columns, a.x, a.ldx, output, a.ldx);
        else
            ck_softmax_f32(NULL, a.rows, a.columns, a.x, a.ldx, output, a.ldx);
        run_everywhere("softmax backward", logarithmic ? log_softmax_backward : softmax_backward, &b, size, y);
        for (size_t r = 0; r < a.rows; r++) {
            const float *p = output + r * a.ldx, *g = a.dy + r * a.ldx;
            double dot = 0, magnitude = 0;
            for (size_t c = 0; c < a.columns; c++) {
                dot += logarithmic ? g[c] : (double)p[c] * g[c];
                magnitude += logarithmic ? fabs(g[c]) : fabs((double)p[c] * g[c]);
            }
            const double sum_error = 0x1p-24 * ((double)a.columns / 64 + 9) * magnitude;
            for (size_t c = 0; c < a.columns; c++) {
                const double factor = logarithmic ? exp((double)p[c]) : p[c];
                const double want = logarithmic ? g[c] - factor * dot : factor * (g[c] - dot);
                const double bound = factor * sum_error + 0x1p-22 * (fabs(want) + factor * (fabs(dot) + fabs(g[c])));
                EXPECT(fabs(y[r * a.ldy + c] - want) <= bound + 1e-44, "softmax backward %d, %zu columns: %a, not %a",
                       logarithmic, a.columns, (double)y[r * a.ldy + c], want);
            }
        }
    }
}

/// What stands in y's place, and the results that must be there.
static struct in_place {
    const arguments *arguments;
    const float *y, *log_y;
} in_place;

static void check_in_place_on(ck_isa isa) {
    const arguments *a = in_place.arguments;
    const size_t size = a->rows == 0 ? 0 : (a->rows - 1) * a->ldx + a->columns;
    float *p = guarded_copy(a->x, size, GUARD_BACK), *log_p = guarded_copy(a->x, size, GUARD_BACK);
    ck_softmax_f32(NULL, a->rows, a->columns, p, a->ldx, p, a->ldx);
    ck_log_softmax_f32(NULL, a->rows, a->columns, log_p, a->ldx, log_p, a->ldx);
    for (size_t r = 0; r < a->rows; r++) {
        EXPECT(first_difference(p + r * a->ldx, in_place.y + r * a->ldy, a->columns) == a->columns,
               "row %zu of %zu columns in place on %s", r, a->columns, ck_isa_name(isa));
        EXPECT(first_difference(log_p + r * a->ldx, in_place.log_y + r * a->ldy, a->columns) == a->columns,
               "logarithms of row %zu of %zu columns in place on %s", r, a->columns, ck_isa_name(isa));
    }
}

/// The same bits where the output takes the input's place.
static void check_in_place(const arguments *a, const float *y, const float *log_y) {
    in_place = (struct in_place){a, y, log_y};
    for_each_isa(check_in_place_on);
}

static void check(size_t rows, size_t columns, size_t gap, float scale, guard_side side) {
    const size_t ldx = columns + gap, ldy = columns + 2 * gap;
    const size_t size = rows == 0 || columns == 0 ? 0 : (rows - 1) * ldx + columns;
    float *x = guarded_floats(size, side), *dy = guarded_floats(size, side);
    float *y = malloc((rows * ldy + 1) * sizeof *y), *again = malloc((rows * ldy + 1) * sizeof *y);
    fill_scaled(x, size, scale);
    fill_uniform(dy, size);
    const arguments a = {columns == 0 ? 0 : rows, columns, ldx, ldy, x, dy};
    check_forward(&a, y, again);
    check_in_place(&a, y, again);
    // A row alone, moved to another place of a batch: the same bits.
    for (size_t r = 0; r < a.rows; r += 1 + a.rows / 3) {
        float *alone = guarded_copy(x + r * ldx, columns, side);
        ck_softmax_f32(NULL, 1, columns, alone, columns, alone, columns);
        EXPECT(first_difference(alone, y + r * ldy, columns) == columns, "row %zu of %zu alone, %zu columns", r, rows,
               columns);
        alone = guarded_copy(x + r * ldx, columns, side);
        ck_log_softmax_f32(NULL, 1, columns, alone, columns, alone, columns);
        EXPECT(first_difference(alone, again + r * ldy, columns) == columns,
               "logarithms of row %zu of %zu alone, %zu columns", r, rows, columns);
    }
    check_backward(a, again);
    free(y), free(again);
    release_guarded();
}

/// The special values, in rows of the first five columns and the rest far below.
static void special_rows_of(size_t n, ck_isa isa) {
    const float least = -INFINITY;
    const float first[6][5] = {{1, NAN, 2, 3, 4},         {1, INFINITY, 2, 3, 4},           {least, least, least, least, least},
                               {least, 0, 0, least, least}, {1e38f, -3e38f, 1e38f, -1e38f, 0}, {0, 1, 2, 3, 4}};
    float x[6 * 200], y[6 * 200], z[6 * 200];
    for (size_t r = 0; r < 6; r++)
        for (size_t c = 0; c < n; c++) x[r * n + c] = c < 5 ? first[r][c] : -INFINITY;
    ck_softmax_f32(NULL, 6, n, x, n, y, n);
    ck_log_softmax_f32(NULL, 6, n, x, n, z, n);
    for (size_t i = 0; i < 3 * n; i++)
        EXPECT(isnan(y[i]) && isnan(z[i]), "row %zu of %zu columns is not NaN on %s", i / n, n, ck_isa_name(isa));
    EXPECT(y[3 * n] == 0 && y[3 * n + 1] == 0.5f && z[3 * n] == -INFINITY, "-infinity has probability 0");
    EXPECT(y[4 * n] == 0.5f && y[4 * n + 1] == 0, "far logits");
    EXPECT(fabsf(y[5 * n + 4] - 0.6364086f) < 1e-6f, "neighbours of NaN rows");
}

static void special_rows(ck_isa isa) {
    for (size_t n = 5; n <= 200; n += n < 12 ? 1 : 31) special_rows_of(n, isa);
    for (size_t n = 64; n <= 128; n += n < 124 ? 16 : 1) special_rows_of(n, isa);
}

/// One large logit over small ones, or a small one over some far below: the difference cannot hold all the small ones'
/// digits. Without what it loses, probabilities from e^-5 to below the smallest float would be up to 43 ULP off.
static void tiny_probabilities(ck_isa isa) {
    static const size_t lengths[] = {2, 3, 10, 16, 33, 64, 65, 96, 127, 200};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (float top = 5; top < 108; top += 3.7f)
            for (int deep = 0; deep < 2; deep++) {
                float x[200], p[200], log_p[200];
                const size_t n = lengths[i], largest = random_below(n);
                fill_scaled(x, n, 1);
                if (!deep) x[largest] += top;
                for (size_t c = 0; c < n && deep; c++) x[c] -= c == largest ? 0 : top;
                ck_softmax_f32(NULL, 1, n, x, n, p, n);
                ck_log_softmax_f32(NULL, 1, n, x, n, log_p, n);
                double maximum;
                const double log_sum = reference_row(x, n, &maximum);
                for (size_t c = 0; c < n; c++) {
                    const double z = x[c] - maximum, want = exp(z - log_sum);
                    const double off = ulp_distance(p[c], want), most = want < 0x1p-126 ? 2 : 4;
                    EXPECT(off <= most, "%a of %zu columns is %.2f ULP off on %s", want, n, off, ck_isa_name(isa));
                    EXPECT(fabs(log_p[c] - (z - log_sum)) <= 0x1p-24 * (2 * fabs(z) + 2 * log_sum + 4),
                           "log-softmax %a, not %a", (double)log_p[c], z - log_sum);
                }
            }
}

/// The worst probability's error in ULP.
static double worst_probability(const float *x, size_t n) {
    float p[128];
    ck_softmax_f32(NULL, 1, n, x, n, p, n);
    double maximum, worst = 0;
    const double log_sum = reference_row(x, n, &maximum);
    for (size_t c = 0; c < n; c++) worst = fmax(worst, ulp_distance(p[c], exp(x[c] - maximum - log_sum)));
    return worst;
}

/// Climbs from x to a row in which the roundings add up: single logits change wherever that makes the worst error worse.
static double climb(float *x, size_t n, double (*worst_error)(const float *x, size_t n)) {
    double worst = worst_error(x, n);
    for (int try = 0; try < 4000; try++) {
        float *logit = x + random_below(n), before = *logit, step[2];
        fill_scaled(step, 2, 1);
        *logit = step[0] < 0 ? before + step[1] * 0x1p-20f : before + step[1] * 0.1f;
        const double off = worst_error(x, n);
        if (off < worst) *logit = before;
        else worst = off;
    }
    return worst;
}

/// Exponentials added up in plain float reach 4.7 ULP here.
static void hunted_rows(ck_isa isa) {
    static const size_t lengths[] = {5, 16, 64, 65, 97, 128};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t n = lengths[i];
        float x[128];
        fill_scaled(x, n, 20);
        const double worst = climb(x, n, worst_probability);
        EXPECT(worst <= 4, "%.2f ULP in a row of %zu columns on %s", worst, n, ck_isa_name(isa));
    }
}

/// The worst logarithm's error, as a part of what is promised.
static double worst_logarithm(const float *x, size_t n) {
    float log_p[128];
    ck_log_softmax_f32(NULL, 1, n, x, n, log_p, n);
    double maximum, worst = 0;
    const double log_sum = reference_row(x, n, &maximum);
    for (size_t c = 0; c < n; c++) {
        const double z = x[c] - maximum, promised = 0x1p-24 * (2 * fabs(z) + 2 * log_sum + 4);
        worst = fmax(worst, fabs(log_p[c] - (z - log_sum)) / promised);
    }
    return worst;
}

/// The same for logarithms, from rows in which what differences lose matters most: one logit as far above many others as
/// makes Σ p |x - max| largest.
static void hunted_logarithms(ck_isa isa) {
    static const size_t lengths[] = {5, 16, 64, 65, 97, 128};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t n = lengths[i];
        float x[128];
        fill_scaled(x, n, 0.5f);
        x[0] += 1 + 0.8f * logf((float)n - 1);
        const double worst = climb(x, n, worst_logarithm);
        EXPECT(worst <= 1, "%.2f of the promised error in a row of %zu columns on %s", worst, n, ck_isa_name(isa));
    }
}

int main(void) {
    static const size_t columns[] = {0, 1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 80, 100, 111, 112,
                                     113, 127, 128, 129, 300};
    static const size_t rows[] = {0, 1, 2, 15, 16, 17, 33, 49};
    seed_random(4);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            check(rows[r], columns[c], r % 3, c % 2 ? 5.0f : 45.0f, (guard_side)((r + c) % 2));
    check(3000, 10, 0, 5, GUARD_BACK);
    check(5, 30522, 0, 8, GUARD_BACK);
    check(2, 100003, 0, 8, GUARD_FRONT);
    check(40, 3000, 1, 0.01f, GUARD_BACK);
    for_each_isa(special_rows);
    for_each_isa(tiny_probabilities);
    for_each_isa(hunted_rows);
    for_each_isa(hunted_logarithms);
    float x[4] = {0};
    EXPECT(ck_softmax_f32(NULL, 2, 2, x, 1, x, 2) == CK_INVALID_ARGUMENT, "small ldx");
    EXPECT(ck_softmax_f32(NULL, 2, 2, NULL, 2, x, 2) == CK_INVALID_ARGUMENT, "no input");
    return finish_tests();
}
