/// Kernels over rows: sums, softmax, layer normalization.
#include <math.h>

#include "everywhere.h"
#include "fuzz_kernels.h"

enum { most_elements = 30000 };

/// Σ of `count` numbers `step` apart, and of their magnitudes.
static double sum_of(const float *x, size_t count, size_t step, double *magnitude) {
    double sum = 0;
    *magnitude = 0;
    for (size_t i = 0; i < count; i++) sum += x[i * step], *magnitude += fabs((double)x[i * step]);
    return sum;
}

void fuzz_column_sums(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const float scale = any_factor();
    const matrix x = any_input(rows, columns), y = an_output(1, columns);
    RUN_EVERYWHERE(ck_column_sums_f32(fuzz_pool(), rows, columns, x.at, x.ld, scale, y.at));
    for (size_t c = 0; !is_wild() && c < columns; c++) {
        double magnitude;
        const double want = rows == 0 ? 0 : scale * sum_of(x.at + c, rows, x.ld, &magnitude);
        EXPECT(rows == 0 ? y.at[c] == 0 : fabs(y.at[c] - want) <= ROUNDINGS(66 + rows / 64, fabs(scale) * magnitude),
               "column sum %a, not %a", (double)y.at[c], want);
    }
}

void fuzz_row_sums(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const float scale = any_factor();
    const matrix x = any_input(rows, columns), y = an_output(1, rows);
    RUN_EVERYWHERE(ck_row_sums_f32(fuzz_pool(), rows, columns, x.at, x.ld, scale, y.at));
    for (size_t r = 0; !is_wild() && r < rows; r++) {
        double magnitude;
        const double want = columns == 0 ? 0 : scale * sum_of(x.at + r * x.ld, columns, 1, &magnitude);
        EXPECT(columns == 0 ? y.at[r] == 0
                            : fabs(y.at[r] - want) <= ROUNDINGS(9 + columns / 64, fabs(scale) * magnitude),
               "row sum %a, not %a", (double)y.at[r], want);
    }
}

/// The double's two halves: all of its bits but the last few are compared.
static ck_status halved_norm(matrix x, double *norm, float *halves) {
    const ck_status status = ck_squared_norm_f32(fuzz_pool(), x.columns, x.at, norm);
    halves[0] = (float)*norm, halves[1] = isfinite(halves[0]) ? (float)(*norm - (double)halves[0]) : 0;
    return status;
}

void fuzz_squared_norm(void) {
    const matrix x = any_input(1, one_in(4) ? random_below(400000) : any_size(most_elements));
    const matrix halves = an_output(1, 2);
    double norm = 0, want = 0;
    RUN_EVERYWHERE(halved_norm(x, &norm, halves.at));
    for (size_t i = 0; i < x.columns; i++) want += (double)x.at[i] * x.at[i];
    EXPECT(isfinite(want) ? fabs(norm - want) <= 1e-11 * want : isnan(want) ? isnan(norm) : norm == want,
           "squared norm %a, not %a", norm, want);
}

/// The row's maximum and log Σ exp(x - maximum); NaN if the contract gives a row of NaN.
static double log_sum_of(const float *x, size_t columns, double *maximum) {
    double sum = 0;
    *maximum = -INFINITY;
    for (size_t c = 0; c < columns; c++) *maximum = x[c] > *maximum || isnan(x[c]) ? x[c] : *maximum;
    for (size_t c = 0; c < columns; c++) sum += exp((double)x[c] - *maximum);
    return log(sum);
}

/// Both of a row: at most 4 ULP, however small; log-softmax 4 u, and 2 u of each of its terms.
static void expect_softmax_row(const float *x, matrix y, size_t r, int is_logarithmic) {
    double maximum;
    const double log_sum = log_sum_of(x, y.columns, &maximum);
    for (size_t c = 0; c < y.columns; c++) {
        const double z = x[c] - maximum, got = get(y, r, c);
        if (isnan(log_sum))
            EXPECT(isnan(got), "softmax of a row with NaN or +infinity is %a", got);
        else if (!is_logarithmic) {
            const double want = exp(z) / exp(log_sum), off = ulp_distance(get(y, r, c), want);
            EXPECT(off <= 4, "softmax of %a: %a, not %a (%.2f ULP, %zu columns)", z, got, want, off, y.columns);
        } else
            EXPECT(fabs(got - (z - log_sum)) <= 0x1p-24 * (4 + 2 * fabs(z) + 2 * log_sum) ||
                       (got == -INFINITY && z - log_sum < -0x1.fffffep127),
                   "log-softmax of %a: %a, not %a", z, got, z - log_sum);
    }
}

static ck_status softmax(ck_pool *pool, int is_logarithmic, size_t rows, matrix x, size_t row, float *y, size_t ldy) {
    return (is_logarithmic ? ck_log_softmax_f32 : ck_softmax_f32)(pool, rows, x.columns, x.at + row * x.ld, x.ld, y,
                                                                  ldy);
}

void fuzz_softmax(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const int is_logarithmic = one_in(2);
    const matrix x = one_in(2) ? any_input(rows, columns) : an_input_between(-30, 10, rows, columns);
    const int in_place = one_in(2);
    const matrix y = in_place ? an_update_of(x) : an_output(rows, columns), from = in_place ? y : x;
    RUN_EVERYWHERE(softmax(fuzz_pool(), is_logarithmic, rows, from, 0, y.at, y.ld));
    if (columns == 0) return;
    for (size_t r = 0; r < rows; r++) expect_softmax_row(x.at + r * x.ld, y, r, is_logarithmic);
    if (rows == 0) return;
    const size_t row = random_below(rows);
    float *alone = a_row(columns);
    softmax(NULL, is_logarithmic, 1, x, row, alone, columns);
    expect_same_row(y, row, alone);
}

void fuzz_softmax_backward(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const int is_logarithmic = one_in(2);
    const matrix y = is_logarithmic ? an_input_between(-9, 0, rows, columns) : an_input_between(0, 1, rows, columns);
    const matrix dy = any_input(rows, columns);
    const int in_place = one_in(2);
    const matrix dx = in_place ? an_update_of(dy) : an_output(rows, columns), from = in_place ? dx : dy;
    RUN_EVERYWHERE((is_logarithmic ? ck_log_softmax_backward_f32 : ck_softmax_backward_f32)(
        fuzz_pool(), rows, columns, y.at, y.ld, from.at, from.ld, dx.at, dx.ld));
    for (size_t r = 0; !is_wild() && r < rows; r++) {
        double dot = 0, magnitude = 0;
        for (size_t c = 0; c < columns; c++) {
            const double term = (is_logarithmic ? 1.0 : get(y, r, c)) * get(dy, r, c);
            dot += term, magnitude += fabs(term);
        }
        for (size_t c = 0; c < columns; c++) {
            const double v = get(y, r, c), d = get(dy, r, c);
            const double factor = is_logarithmic ? exp(v) : v, want = is_logarithmic ? d - factor * dot : v * (d - dot);
            const double bound = ROUNDINGS(columns / 16 + 24, factor * magnitude) +
                                 ROUNDINGS(4, fabs(d) * (is_logarithmic ? 1 : factor)) + 1e-37;
            EXPECT(fabs(get(dx, r, c) - want) <= bound, "softmax backward %a, not %a", (double)get(dx, r, c), want);
        }
    }
}

static void statistics(const float *x, size_t n, double epsilon, double *mean, double *inverse) {
    double sum = 0, squares = 0;
    for (size_t c = 0; c < n; c++) sum += x[c];
    *mean = sum / (double)n;
    for (size_t c = 0; c < n; c++) squares += (x[c] - *mean) * (x[c] - *mean);
    *inverse = 1 / sqrt(squares / (double)n + epsilon);
}

void fuzz_layer_normalization(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const float epsilon = one_in(2) ? 1e-5f : 0.1f;
    const matrix x = any_input(rows, columns);
    const matrix gain = one_in(2) ? any_input(1, columns) : (matrix){0};
    const matrix bias = one_in(2) ? any_input(1, columns) : (matrix){0};
    const int in_place = one_in(2);
    const matrix y = in_place ? an_update_of(x) : an_output(rows, columns), from = in_place ? y : x;
    RUN_EVERYWHERE(ck_layer_normalization_f32(fuzz_pool(), rows, columns, from.at, from.ld, gain.at, bias.at, epsilon,
                                              y.at, y.ld));
    if (rows == 0 || columns == 0) return;
    for (size_t r = 0; !is_wild() && r < rows; r++) {
        double mean, inverse, magnitude;
        statistics(x.at + r * x.ld, columns, epsilon, &mean, &inverse);
        sum_of(x.at + r * x.ld, columns, 1, &magnitude);
        // The mean is off by roundings of the magnitudes' mean; a normalized element by that, and by its own.
        const double shift = ROUNDINGS(columns / 64 + 12, magnitude / (double)columns) * inverse;
        for (size_t c = 0; c < columns; c++) {
            const double normal = (get(x, r, c) - mean) * inverse, g = gain.at == NULL ? 1 : gain.at[c];
            const double offset = bias.at == NULL ? 0 : bias.at[c], want = g * normal + offset;
            const double bound = fabs(g) * (ROUNDINGS(columns / 64 + 16, fabs(normal)) + (1 + fabs(normal)) * shift +
                                            fabs(normal) * shift * shift * (double)columns) + ROUNDINGS(2, fabs(offset));
            EXPECT(fabs(get(y, r, c) - want) <= bound, "normalized: %a, not %a", (double)get(y, r, c), want);
        }
    }
    const size_t row = random_below(rows);
    float *alone = a_row(columns);
    ck_layer_normalization_f32(NULL, 1, columns, x.at + row * x.ld, x.ld, gain.at, bias.at, epsilon, alone, columns);
    expect_same_row(y, row, alone);
}

void fuzz_layer_normalization_gain(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const matrix x = any_input(rows, columns), dy = any_input(rows, columns), dgain = an_output(1, columns);
    RUN_EVERYWHERE(ck_layer_normalization_gain_f32(fuzz_pool(), rows, columns, x.at, x.ld, 1e-5f, dy.at, dy.ld,
                                                   dgain.at));
    for (size_t c = 0; rows == 0 && c < columns; c++) EXPECT(dgain.at[c] == 0, "no rows, but a gain's gradient");
}

/// Compared with formulas in test_normalization; here with themselves: everywhere, and row by row.
void fuzz_layer_normalization_backward(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const float epsilon = one_in(2) ? 1e-5f : 0.1f;
    const matrix x = any_input(rows, columns), dy = any_input(rows, columns);
    const matrix gain = one_in(2) ? any_input(1, columns) : (matrix){0};
    const int in_place = one_in(2);
    const matrix dx = in_place ? an_update_of(dy) : an_output(rows, columns), from = in_place ? dx : dy;
    RUN_EVERYWHERE(ck_layer_normalization_backward_f32(fuzz_pool(), rows, columns, x.at, x.ld, gain.at, epsilon,
                                                       from.at, from.ld, dx.at, dx.ld));
    if (rows == 0 || columns == 0) return;
    const size_t row = random_below(rows);
    float *alone = a_row(columns);
    ck_layer_normalization_backward_f32(NULL, 1, columns, x.at + row * x.ld, x.ld, gain.at, epsilon,
                                        dy.at + row * dy.ld, dy.ld, alone, columns);
    expect_same_row(dx, row, alone);
}
