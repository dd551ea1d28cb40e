#include <math.h>
#include <stdlib.h>

#include "everywhere.h"

typedef struct arguments {
    size_t rows, columns, ldx;
    const float *x;
    float scale;
} arguments;

static ck_status column_sums(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_column_sums_f32(pool, a->rows, a->columns, a->x, a->ldx, a->scale, y);
}

static ck_status row_sums(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_row_sums_f32(pool, a->rows, a->columns, a->x, a->ldx, a->scale, y);
}

static ck_status squared_norm(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    double norm;
    const ck_status status = ck_squared_norm_f32(pool, a->columns, a->x, &norm);
    // Both halves, so that every bit of the double is compared.
    y[0] = (float)norm, y[1] = (float)(norm - (double)(float)norm);
    return status;
}

/// Sum of n terms: at most n roundings, each of at most u times the sum of the magnitudes.
static void expect_sum(const char *name, float got, double sum, double magnitude, size_t terms) {
    const double bound = 0x1p-24 * ((double)terms + 2) * magnitude;
    EXPECT(fabs(got - sum) <= bound, "%s: %.9g, not %.9g", name, (double)got, sum);
}

static void check(size_t rows, size_t columns, size_t gap, float scale, guard_side side) {
    const size_t ldx = columns + gap, size = rows == 0 || columns == 0 ? 0 : (rows - 1) * ldx + columns;
    float *x = guarded_floats(size, side), *y = malloc((rows + columns + 1) * sizeof *y);
    fill_uniform(x, size);
    const arguments a = {rows, columns, ldx, x, scale};
    run_everywhere("column sums", column_sums, &a, columns, y);
    for (size_t c = 0; c < columns; c++) {
        double sum = 0, magnitude = 0;
        for (size_t r = 0; r < rows; r++) sum += x[r * ldx + c], magnitude += fabs((double)x[r * ldx + c]);
        expect_sum("column sum", y[c], scale * sum, fabs(scale) * magnitude, 64 + rows / 64);
    }
    run_everywhere("row sums", row_sums, &a, rows, y);
    for (size_t r = 0; r < rows; r++) {
        double sum = 0, magnitude = 0;
        for (size_t c = 0; c < columns; c++) sum += x[r * ldx + c], magnitude += fabs((double)x[r * ldx + c]);
        expect_sum("row sum", y[r], scale * sum, fabs(scale) * magnitude, columns / 64 + 7);
    }
    free(y);
    release_guarded();
}

static void check_norm(size_t count) {
    float *x = guarded_floats(count, GUARD_BACK), halves[2];
    fill_scaled(x, count, 1e25f); // the squares overflow a float
    const arguments a = {1, count, count, x, 1};
    run_everywhere("squared norm", squared_norm, &a, 2, halves);
    double norm, want = 0;
    ck_squared_norm_f32(NULL, count, x, &norm);
    for (size_t i = 0; i < count; i++) want += (double)x[i] * x[i];
    EXPECT(fabs(norm - want) <= 1e-12 * want, "squared norm of %zu is %.17g, not %.17g", count, norm, want);
    release_guarded();
}

int main(void) {
    static const size_t sizes[] = {0, 1, 2, 7, 16, 17, 63, 64, 65, 80, 129, 200};
    seed_random(3);
    for (size_t r = 0; r < sizeof sizes / sizeof *sizes; r++)
        for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++)
            check(sizes[r], sizes[c], c % 3, r % 2 ? 1.0f : -0.25f, (guard_side)((r + c) % 2));
    check(1500, 300, 0, 1, GUARD_BACK);
    check(131, 1024, 0, 1, GUARD_BACK);
    check(67, 2300, 1, 1, GUARD_FRONT);
    check(3, 50000, 1, 1, GUARD_BACK);
    static const size_t counts[] = {0, 1, 15, 16, 17, 4095, 4096, 4097, 300000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) check_norm(counts[i]);

    float infinite[3] = {1, INFINITY, 2}, sum;
    ck_row_sums_f32(NULL, 1, 3, infinite, 3, 1, &sum);
    EXPECT(sum == INFINITY, "infinity adds up to infinity");
    EXPECT(ck_row_sums_f32(NULL, 2, 3, infinite, 2, 1, &sum) == CK_INVALID_ARGUMENT, "small ldx");
    EXPECT(ck_squared_norm_f32(NULL, 1, infinite, NULL) == CK_INVALID_ARGUMENT, "no output");
    return finish_tests();
}
