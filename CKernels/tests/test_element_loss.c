#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

enum { sigmoid_kind = 3 }; ///< beside the kinds of ck_regression

typedef struct arguments {
    int kind;
    size_t rows, columns, ldx, ldt, ldm, ldg;
    const float *x, *t, *mask, *cotangent;
    ck_reduction reduction;
    int wants_loss, wants_gradient, in_place;
} arguments;

static const float delta = 0.7f;

static size_t losses(const arguments *a) { return a->reduction == CK_NONE ? a->rows : 1; }
static size_t gradient_size(const arguments *a) {
    return a->rows == 0 || a->columns == 0 ? 0 : (a->rows - 1) * a->ldg + a->columns;
}

/// y: the gradient, then the losses.
static ck_status run(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    float *gradient = a->wants_gradient ? y : NULL, *loss = a->wants_loss ? y + gradient_size(a) : NULL;
    const float *x = a->x;
    size_t ldx = a->ldx;
    if (a->in_place) {
        for (size_t r = 0; r < a->rows; r++) memcpy(y + r * a->ldg, x + r * ldx, a->columns * sizeof *y);
        x = y, ldx = a->ldg;
    }
    if (a->kind == sigmoid_kind)
        return ck_sigmoid_cross_entropy_f32(pool, a->rows, a->columns, x, ldx, a->t, a->ldt, a->mask, a->ldm,
                                            a->reduction, a->cotangent, loss, gradient, a->ldg);
    return ck_regression_loss_f32(pool, (ck_regression)a->kind, delta, a->rows, a->columns, x, ldx, a->t, a->ldt,
                                  a->mask, a->ldm, a->reduction, a->cotangent, loss, gradient, a->ldg);
}

static double element(int kind, double x, double t) {
    const double d = x - t;
    switch (kind) {
    case CK_SQUARED: return d * d;
    case CK_ABSOLUTE: return fabs(d);
    case CK_HUBER: return fabs(d) <= delta ? d * d / 2 : delta * (fabs(d) - (double)delta / 2);
    default: return fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
    }
}

static double weight(const arguments *a, size_t r, size_t c) { return a->mask == NULL ? 1 : a->mask[r * a->ldm + c]; }

static void expect_results(const arguments *a, const float *gradient, const float *loss) {
    double total = 0, counted = 0;
    for (size_t r = 0; r < a->rows; r++)
        for (size_t c = 0; c < a->columns; c++) counted += weight(a, r, c);
    const double divisor = a->reduction == CK_MEAN ? counted : 1, h = 1e-4;
    for (size_t r = 0; r < a->rows; r++) {
        const double cotangent = a->cotangent == NULL ? 1 : a->cotangent[a->reduction == CK_NONE ? r : 0];
        double row = 0;
        for (size_t c = 0; c < a->columns; c++) {
            const double x = a->x[r * a->ldx + c], t = a->t[r * a->ldt + c], w = weight(a, r, c);
            const float got = gradient[r * a->ldg + c];
            if (w == 0) {
                EXPECT(got == 0, "gradient of a masked element: %a", (double)got);
                continue;
            }
            row += w * element(a->kind, x, t);
            const double slope = (element(a->kind, x + h, t) - element(a->kind, x - h, t)) / (2 * h);
            const double want = cotangent * w * slope / divisor;
            // No difference quotient serves where the derivative jumps or bends.
            const int bends = fabs(x - t) < 2 * h || (a->kind == CK_HUBER && fabs(fabs(x - t) - delta) < 2 * h);
            EXPECT(fabs(got - want) <= 2e-6 * w / divisor * (1 + fabs(slope)) || bends,
                   "kind %d gradient at %g, %g: %.9g, not %.9g", a->kind, x, t, (double)got, want);
        }
        total += row;
        if (a->reduction == CK_NONE)
            EXPECT(fabs(loss[r] - row) <= 2e-6 * (row + 1), "row loss %.9g, not %.9g", (double)loss[r], row);
    }
    const double want = a->reduction == CK_MEAN && counted == 0 ? 0 : total / divisor;
    if (a->reduction != CK_NONE)
        EXPECT(fabs(loss[0] - want) <= 2e-6 * (want + 1e-3), "loss %.9g, not %.9g", (double)loss[0], want);
}

static void check(arguments a) {
    const size_t size = gradient_size(&a), all = size + losses(&a);
    float *both = malloc((all + 1) * sizeof *both), *other = malloc((all + 1) * sizeof *other);
    a.wants_gradient = a.wants_loss = 1, a.in_place = 0;
    run_everywhere("element loss", run, &a, all, both);
    expect_results(&a, both, both + size);
    a.in_place = 1;
    run_everywhere("element loss in place", run, &a, all, other);
    for (size_t r = 0; r < a.rows; r++)
        EXPECT(first_difference(both + r * a.ldg, other + r * a.ldg, a.columns) == a.columns, "gradient in place");
    if (a.columns == 1 && a.ldg == 1) {
        // One column goes sixteen rows at a time; with a gap it does not: the same bits.
        float *gaps = malloc((2 * a.rows + losses(&a)) * sizeof *gaps);
        a.ldg = 2, a.in_place = 0;
        run(NULL, &a, gaps);
        for (size_t r = 0; r < a.rows; r++) EXPECT(both[r] == gaps[2 * r], "gradient of row %zu with gaps", r);
        EXPECT(first_difference(both + size, gaps + 2 * a.rows - 1, losses(&a)) == losses(&a), "loss with gaps");
        a.ldg = 1;
        free(gaps);
    }
    a.in_place = a.wants_gradient = 0;
    run_everywhere("element loss alone", run, &a, all, other);
    EXPECT(first_difference(both + size, other + size, losses(&a)) == losses(&a), "the loss alone has other bits");
    a.wants_gradient = 1, a.wants_loss = 0;
    run_everywhere("its gradient alone", run, &a, all, other);
    EXPECT(first_difference(both, other, size) == size, "the gradient alone has other bits");
    free(both), free(other);
}

static void check_shape(size_t rows, size_t columns, size_t gap, guard_side side) {
    arguments a = {.rows = rows, .columns = columns, .ldx = columns + gap, .ldt = columns + 2 * gap, .ldm = columns,
                   .ldg = columns + 3 * gap};
    const size_t xs = rows * columns == 0 ? 0 : (rows - 1) * a.ldx + columns;
    const size_t ts = rows * columns == 0 ? 0 : (rows - 1) * a.ldt + columns;
    float *x = guarded_floats(xs, side), *t = guarded_floats(ts, side), *mask = guarded_floats(rows * columns, side);
    float *cotangent = guarded_floats(rows + 1, side);
    fill_scaled(x, xs, 3), fill_uniform(cotangent, rows + 1);
    for (size_t i = 0; i < rows * columns; i++) mask[i] = i % 4 == 1 ? 0 : i % 4 == 2 ? 0.5f : 1;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            if (mask[r * columns + c] == 0 && c % 2) x[r * a.ldx + c] = c % 3 ? NAN : INFINITY;
    a.x = x, a.t = t;
    for (int variant = 0; variant < 4 * 3 * 2; variant++) {
        a.kind = variant % 4, a.reduction = (ck_reduction)(variant / 4 % 3);
        for (size_t i = 0; i < ts; i++) t[i] = a.kind == sigmoid_kind ? (float)(i % 5) / 4 : (float)(i % 9) - 4;
        a.mask = mask, a.cotangent = variant / 12 ? cotangent : NULL;
        check(a);
    }
    for (size_t i = 0; i < xs; i++)
        if (!isfinite(x[i])) x[i] = 0.25f;
    a.mask = NULL;
    for (a.kind = 0; a.kind < 4; a.kind++) check(a);
    release_guarded();
}

static void promises(ck_isa isa) {
    float x = 40, t = 1, loss, gradient;
    ck_sigmoid_cross_entropy_f32(NULL, 1, 1, &x, 1, &t, 1, NULL, 0, CK_SUM, NULL, &loss, &gradient, 1);
    EXPECT(ulp_distance(loss, exp(-40)) <= 4 && ulp_distance(gradient, -exp(-40)) <= 4, "a sure label: %a, %a on %s",
           (double)loss, (double)gradient, ck_isa_name(isa));
    x = -40, t = 0;
    ck_sigmoid_cross_entropy_f32(NULL, 1, 1, &x, 1, &t, 1, NULL, 0, CK_SUM, NULL, &loss, &gradient, 1);
    EXPECT(ulp_distance(loss, exp(-40)) <= 4 && ulp_distance(gradient, exp(-40)) <= 4, "a sure absence: %a, %a",
           (double)loss, (double)gradient);
    x = t = 2;
    ck_regression_loss_f32(NULL, CK_ABSOLUTE, 0, 1, 1, &x, 1, &t, 1, NULL, 0, CK_SUM, NULL, &loss, &gradient, 1);
    EXPECT(loss == 0 && gradient == 0, "absolute error at 0");
    x = NAN;
    for (int kind = CK_SQUARED; kind <= CK_HUBER; kind++) {
        ck_regression_loss_f32(NULL, (ck_regression)kind, 1, 1, 1, &x, 1, &t, 1, NULL, 0, CK_SUM, NULL, &loss,
                               &gradient, 1);
        EXPECT(isnan(loss) && isnan(gradient), "a NaN prediction must show in kind %d", kind);
    }
    const float mask = 0;
    ck_regression_loss_f32(NULL, CK_SQUARED, 1, 1, 1, &x, 1, &t, 1, &mask, 1, CK_MEAN, NULL, &loss, &gradient, 1);
    EXPECT(loss == 0 && gradient == 0, "nothing counts");
    ck_regression_loss_f32(NULL, CK_SQUARED, 1, 1, 1, &x, 1, &t, 1, &mask, 1, CK_MEAN_OR_NAN, NULL, &loss, &gradient, 1);
    EXPECT(isnan(loss) && gradient == 0, "nothing counts, and NaN is wanted");
    // 2^61 rows of nothing take no time.
    const size_t many = (size_t)1 << 61;
    EXPECT(ck_sigmoid_cross_entropy_f32(NULL, many, 0, NULL, 0, NULL, 0, &mask, 0, CK_MEAN, NULL, &loss, NULL, 0) ==
                   CK_OK && loss == 0, "very many rows of no columns");
}

int main(void) {
    seed_random(10);
    static const size_t shapes[][2] = {{0, 3}, {3, 0}, {1, 1}, {17, 1}, {50, 1}, {5, 2}, {16, 2}, {35, 3}, {33, 4},
                                       {16, 7}, {21, 15}, {16, 16}, {9, 17}, {4, 40}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(shapes[i][0], shapes[i][1], i % 3, (guard_side)(i % 2));
    check_shape(50, 1, 0, GUARD_BACK);
    check_shape(1300, 30, 0, GUARD_BACK);
    for_each_isa(promises);
    float x[2] = {0};
    EXPECT(ck_regression_loss_f32(NULL, CK_HUBER, 0, 1, 1, x, 1, x, 1, NULL, 0, CK_SUM, NULL, NULL, x, 1) ==
                   CK_INVALID_ARGUMENT, "delta 0");
    EXPECT(ck_sigmoid_cross_entropy_f32(NULL, 1, 2, x, 2, x, 1, NULL, 0, CK_SUM, NULL, NULL, NULL, 2) ==
                   CK_INVALID_ARGUMENT, "small ldt");
    return finish_tests();
}
