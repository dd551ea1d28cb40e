#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

typedef struct arguments {
    size_t rows, classes, ldl, ldp, ldg;
    const float *logits, *probabilities, *mask, *cotangent;
    const int32_t *targets; ///< NULL: soft
    ck_cross_entropy_options options;
    int wants_loss, wants_gradient, in_place;
} arguments;

static size_t losses(const arguments *a) { return a->options.reduction == CK_NONE ? a->rows : 1; }
static size_t gradient_size(const arguments *a) { return a->rows == 0 ? 0 : (a->rows - 1) * a->ldg + a->classes; }

/// y: the gradient, then the losses.
static ck_status run(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    float *gradient = a->wants_gradient ? y : NULL, *loss = a->wants_loss ? y + gradient_size(a) : NULL;
    const float *logits = a->logits;
    size_t ldl = a->ldl;
    if (a->in_place) {
        for (size_t r = 0; r < a->rows; r++) memcpy(y + r * a->ldg, logits + r * ldl, a->classes * sizeof *y);
        logits = y, ldl = a->ldg;
    }
    if (a->targets != NULL)
        return ck_softmax_cross_entropy_f32(pool, a->rows, a->classes, logits, ldl, a->targets, &a->options,
                                            a->cotangent, loss, gradient, a->ldg, NULL);
    return ck_softmax_cross_entropy_soft_f32(pool, a->rows, a->classes, logits, ldl, a->probabilities, a->ldp, a->mask,
                                             &a->options, a->cotangent, loss, gradient, a->ldg);
}

// ---- The reference: losses only; gradients are their finite differences

/// What row r counts in a mean; 0 if it does not count.
static double row_weight(const arguments *a, size_t r) {
    if (a->targets == NULL) return a->mask == NULL ? 1 : a->mask[r];
    if (a->targets[r] == a->options.ignore_index) return 0;
    return a->options.class_weights == NULL ? 1 : a->options.class_weights[a->targets[r]];
}

static double row_loss(const arguments *a, size_t r, const double *x) {
    if (row_weight(a, r) == 0) return 0;
    const double s = a->options.label_smoothing;
    double maximum = -INFINITY, sum = 0, loss = 0;
    for (size_t j = 0; j < a->classes; j++) maximum = fmax(maximum, x[j]);
    for (size_t j = 0; j < a->classes; j++) sum += exp(x[j] - maximum);
    for (size_t j = 0; j < a->classes; j++) {
        const double hard = a->targets == NULL ? a->probabilities[r * a->ldp + j] : (size_t)a->targets[r] == j;
        const double w = a->options.class_weights == NULL ? 1 : a->options.class_weights[j];
        const double target = w * ((1 - s) * hard + s / (double)a->classes);
        if (target != 0) loss += target * (maximum + log(sum) - x[j]);
    }
    return a->targets == NULL && a->mask != NULL ? a->mask[r] * loss : loss;
}

static double mean_divisor(const arguments *a) {
    double sum = 0;
    for (size_t r = 0; r < a->rows; r++) sum += row_weight(a, r);
    return a->options.reduction == CK_MEAN ? sum : 1;
}

static void expect_losses(const arguments *a, const float *loss) {
    const double divisor = mean_divisor(a);
    double *x = malloc((a->classes + 1) * sizeof *x), total = 0;
    for (size_t r = 0; r < a->rows; r++) {
        for (size_t j = 0; j < a->classes; j++) x[j] = a->logits[r * a->ldl + j];
        const double want = row_loss(a, r, x);
        total += want;
        if (a->options.reduction == CK_NONE)
            EXPECT(fabs(loss[r] - want) <= 2e-6 * (1 + want), "row loss %.9g, not %.9g", (double)loss[r], want);
    }
    if (a->options.reduction != CK_NONE) {
        const double want = divisor == 0 ? 0 : total / divisor;
        EXPECT(fabs(loss[0] - want) <= 2e-6 * (fabs(want) + (double)a->rows / (divisor + 1)),
               "loss %.9g, not %.9g (%zu x %zu)", (double)loss[0], want, a->rows, a->classes);
    }
    free(x);
}

static void expect_gradient(const arguments *a, const float *gradient) {
    const double divisor = mean_divisor(a), h = 1e-4;
    double *x = malloc((a->classes + 1) * sizeof *x);
    for (size_t r = 0; r < a->rows; r++) {
        const double cotangent = a->cotangent == NULL ? 1 : a->cotangent[a->options.reduction == CK_NONE ? r : 0];
        for (size_t j = 0; j < a->classes; j++) x[j] = a->logits[r * a->ldl + j];
        for (size_t j = 0; j < a->classes; j++) {
            const double here = x[j];
            x[j] = here + h;
            const double above = row_loss(a, r, x);
            x[j] = here - h;
            const double below = row_loss(a, r, x);
            x[j] = here;
            const double scale = divisor == 0 ? 0 : cotangent / divisor, want = scale * (above - below) / (2 * h);
            const float got = gradient[r * a->ldg + j];
            if (row_weight(a, r) == 0)
                EXPECT(got == 0, "gradient of a row that does not count: %a", (double)got);
            else
                EXPECT(fabs(got - want) <= 2e-6 * fabs(scale), "gradient %.9g, not %.9g", (double)got, want);
        }
        for (size_t j = a->classes; j < a->ldg && r + 1 < a->rows; j++)
            EXPECT(is_poison(gradient[r * a->ldg + j]), "wrote between rows");
    }
    free(x);
}

static void check(arguments a) {
    const size_t size = gradient_size(&a), all = size + losses(&a);
    float *both = malloc((all + 1) * sizeof *both), *other = malloc((all + 1) * sizeof *other);
    a.wants_gradient = a.wants_loss = 1, a.in_place = 0;
    run_everywhere("cross-entropy", run, &a, all, both);
    expect_losses(&a, both + size);
    expect_gradient(&a, both);
    a.in_place = 1;
    run_everywhere("cross-entropy in place", run, &a, all, other);
    for (size_t r = 0; r < a.rows; r++)
        EXPECT(first_difference(both + r * a.ldg, other + r * a.ldg, a.classes) == a.classes, "gradient in place");
    a.in_place = a.wants_gradient = 0;
    run_everywhere("loss alone", run, &a, all, other);
    EXPECT(first_difference(both + size, other + size, losses(&a)) == losses(&a), "the loss alone has other bits");
    a.wants_gradient = 1, a.wants_loss = 0;
    run_everywhere("gradient alone", run, &a, all, other);
    EXPECT(first_difference(both, other, size) == size, "the gradient alone has other bits");
    free(both), free(other);
}

/// A row alone must have the bits it has in its batch: short rows are computed sixteen at a time.
static void check_rows_alone(arguments a) {
    const size_t size = gradient_size(&a);
    float *y = malloc((size + a.rows + a.classes + 2) * sizeof *y), *alone = y + size + a.rows;
    a.wants_loss = a.wants_gradient = 1, a.options.reduction = CK_NONE, a.cotangent = NULL;
    run(NULL, &a, y);
    for (size_t r = 0; r < a.rows; r += 3) {
        arguments one = a;
        one.rows = 1, one.logits += r * a.ldl;
        if (a.targets != NULL) one.targets += r;
        if (a.probabilities != NULL) one.probabilities += r * a.ldp;
        if (a.mask != NULL) one.mask += r;
        run(NULL, &one, alone);
        EXPECT(first_difference(alone, y + r * a.ldg, a.classes) == a.classes && alone[a.classes] == y[size + r],
               "row %zu of %zu alone, %zu classes", r, a.rows, a.classes);
    }
    free(y);
}

/// All variants of one shape.
static void check_shape(size_t rows, size_t classes, size_t gap, guard_side side) {
    arguments a = {.rows = rows, .classes = classes, .ldl = classes + gap, .ldp = classes, .ldg = classes + 2 * gap};
    const size_t size = rows == 0 ? 0 : (rows - 1) * a.ldl + classes;
    float *logits = guarded_floats(size, side), *probabilities = guarded_floats(rows * classes, side);
    float *mask = guarded_floats(rows, side), *weights = guarded_floats(classes, side);
    float *cotangent = guarded_floats(rows + 1, side);
    int32_t *targets = guarded_ints(rows, side);
    fill_scaled(logits, size, 6), fill_uniform(probabilities, rows * classes), fill_uniform(weights, classes);
    fill_uniform(cotangent, rows + 1);
    for (size_t i = 0; i < rows * classes; i++)
        probabilities[i] = i % 5 == 0 ? 0 : fabsf(probabilities[i]) * 2 / (float)classes;
    for (size_t j = 0; j < classes; j++) weights[j] = fabsf(weights[j]) + 0.25f;
    for (size_t r = 0; r < rows; r++) {
        targets[r] = r % 4 == 2 ? -1 : (int32_t)random_below(classes);
        mask[r] = r % 4 == 1 ? 0 : (float)(r % 3 + 1) / 2;
    }
    a.logits = logits;
    for (int variant = 0; variant < 24; variant++) {
        a.options = (ck_cross_entropy_options){(ck_reduction)(variant % 3), -1, variant / 6 % 2 ? 0.1f : 0.0f,
                                               variant / 12 % 2 ? weights : NULL};
        a.cotangent = variant / 3 % 2 ? cotangent : NULL;
        a.targets = targets, a.probabilities = a.mask = NULL;
        check(a);
        check_rows_alone(a);
        a.targets = NULL, a.probabilities = probabilities, a.mask = variant % 2 ? mask : NULL;
        check(a);
        check_rows_alone(a);
    }
    release_guarded();
}

// ---- Promises that finite differences are too coarse for

/// As many classes as a large vocabulary has: the loss, and every element of the gradient.
static void a_long_row(ck_isa isa) {
    enum { classes = 100003, target = 77777 };
    float *x = guarded_floats(classes, GUARD_FRONT), *gradient = guarded_floats(classes, GUARD_BACK), loss;
    const int32_t targets[] = {target};
    const ck_cross_entropy_options options = {CK_SUM, -1, 0, NULL};
    fill_scaled(x, classes, 8);
    ck_softmax_cross_entropy_f32(NULL, 1, classes, x, classes, targets, &options, NULL, &loss, gradient, classes, NULL);
    double sum = 0, worst = 0;
    for (size_t c = 0; c < classes; c++) sum += exp(x[c]);
    for (size_t c = 0; c < classes; c++)
        if (c != target) worst = fmax(worst, ulp_distance(gradient[c], exp(x[c]) / sum));
    EXPECT(worst <= 4, "%.2f ULP in a gradient of %d classes on %s", worst, classes, ck_isa_name(isa));
    EXPECT(ulp_distance(gradient[target], exp(x[target]) / sum - 1) <= 4, "the target's gradient on %s", ck_isa_name(isa));
    EXPECT(fabs(loss - (log(sum) - x[target])) <= 0x1p-22 * loss, "loss %a on %s", (double)loss, ck_isa_name(isa));
    release_guarded();
}

static void gradients_without_cancellation(ck_isa isa) {
    const float logits[] = {30, 0, 1};
    const int32_t target = 0;
    const ck_cross_entropy_options options = {CK_SUM, -1, 0, NULL};
    float loss, gradient[3];
    ck_softmax_cross_entropy_f32(NULL, 1, 3, logits, 3, &target, &options, NULL, &loss, gradient, 3, NULL);
    const double others = exp(-30) + exp(-29), want = -others / (1 + others);
    EXPECT(ulp_distance(gradient[0], want) <= 4, "gradient at a sure target is %a, not %a on %s", (double)gradient[0],
           want, ck_isa_name(isa));
    EXPECT(ulp_distance(loss, log1p(others)) <= 4, "loss of a sure target is %a, not %a", (double)loss, log1p(others));
}

/// Hard targets: each loss and each element of the gradient in ULP, for targets likely, unlikely and all but impossible.
static void losses_in_ulp(ck_isa isa) {
    static const size_t lengths[] = {2, 3, 5, 10, 16, 33, 64, 65, 100, 128, 129, 1100};
    static const float scales[] = {0.01f, 1, 6, 45};
    const ck_cross_entropy_options options = {CK_NONE, -1, 0, NULL};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int variant = 0; variant < 24; variant++) {
            enum { rows = 19 };
            static float logits[rows * 1100], gradient[rows * 1100];
            const size_t n = lengths[i];
            int32_t targets[rows];
            float losses[rows];
            fill_scaled(logits, rows * n, scales[variant % 4]);
            for (size_t r = 0; r < rows; r++) {
                targets[r] = (int32_t)random_below(n);
                logits[r * n + (size_t)targets[r]] += (float)(variant / 4 * 6); // up to p = 1 - 1e-13
            }
            ck_softmax_cross_entropy_f32(NULL, rows, n, logits, n, targets, &options, NULL, losses, gradient, n, NULL);
            for (size_t r = 0; r < rows; r++) {
                const float *x = logits + r * n, *g = gradient + r * n;
                const size_t y = (size_t)targets[r];
                double others = 0, maximum = x[0];
                for (size_t j = 0; j < n; j++) maximum = fmax(maximum, x[j]);
                for (size_t j = 0; j < n; j++) others += j == y ? 0 : exp(x[j] - maximum);
                const double own = exp(x[y] - maximum), d = others + own;
                const double loss = own == 1 ? log1p(others) : log(d) - (x[y] - maximum);
                EXPECT(ulp_distance(losses[r], loss) <= 6, "loss %a, not %a: %zu classes on %s", (double)losses[r], loss,
                       n, ck_isa_name(isa));
                for (size_t j = 0; j < n; j++) {
                    const double want = j == y ? -others / d : exp(x[j] - maximum) / d;
                    EXPECT(ulp_distance(g[j], want) <= 6, "gradient %a, not %a: %zu classes on %s", (double)g[j], want, n,
                           ck_isa_name(isa));
                }
            }
        }
}

/// p_y = 1 - 1e-7 and less: its gradient keeps all digits, with smoothing and weights too.
static void gradients_at_sure_targets(ck_isa isa) {
    for (size_t n = 2; n <= 100; n += 49)
        for (float lead = 16.118f; lead < 80; lead += 15) {
            float logits[100] = {0}, gradient[100], loss;
            logits[1] = lead;
            const int32_t target = 1;
            const ck_cross_entropy_options options = {CK_SUM, -1, 0, NULL};
            ck_softmax_cross_entropy_f32(NULL, 1, n, logits, n, &target, &options, NULL, &loss, gradient, n, NULL);
            const double others = (double)(n - 1) * exp(-(double)lead), want = -others / (1 + others);
            EXPECT(ulp_distance(gradient[1], want) <= 4, "p - 1 is %a, not %a on %s", (double)gradient[1], want,
                   ck_isa_name(isa));
            double sum = 0;
            for (size_t j = 0; j < n; j++) sum += gradient[j];
            EXPECT(fabs(sum) <= -want * (double)n * 0x1p-22, "the gradient sums to %g", sum);
        }
}

/// Offsets that are added exactly change no bit.
static void shifted_logits(ck_isa isa) {
    static const float offsets[] = {1e6f, -4194304, 3};
    for (size_t n = 10; n <= 100; n += 45)
        for (int variant = 0; variant < 6; variant++) {
            float logits[400], shifted[400], loss[2], gradient[400], shifted_gradient[400];
            fill_integers(logits, 4 * n, 8);
            for (size_t i = 0; i < 4 * n; i++) shifted[i] = logits[i] + offsets[variant / 2];
            const int32_t targets[4] = {0, 3, 9, 5};
            const ck_cross_entropy_options options = {CK_MEAN, -1, variant % 2 ? 0.1f : 0, NULL};
            ck_softmax_cross_entropy_f32(NULL, 4, n, logits, n, targets, &options, NULL, loss, gradient, n, NULL);
            ck_softmax_cross_entropy_f32(NULL, 4, n, shifted, n, targets, &options, NULL, loss + 1, shifted_gradient, n,
                                         NULL);
            EXPECT(loss[0] == loss[1] && first_difference(gradient, shifted_gradient, 4 * n) == 4 * n,
                   "a shift of %g changes bits on %s", (double)offsets[variant / 2], ck_isa_name(isa));
        }
}

static void rows_that_do_not_count(ck_isa isa) {
    const float logits[] = {NAN, 1, INFINITY, 2, -INFINITY, -INFINITY}, probabilities[] = {0, 1, 1, 0, 0.5f, 0.5f};
    const float mask[] = {0, 0, 0};
    const int32_t targets[] = {-100, -100, -100};
    for (int variant = 0; variant < 4; variant++) {
        const int soft = variant % 2, nan = variant / 2;
        const ck_cross_entropy_options options = {nan ? CK_MEAN_OR_NAN : CK_MEAN, -100, 0.1f, NULL};
        float loss = 1, gradient[6];
        poison(gradient, 6);
        if (soft)
            ck_softmax_cross_entropy_soft_f32(NULL, 3, 2, logits, 2, probabilities, 2, mask, &options, NULL, &loss,
                                              gradient, 2);
        else
            ck_softmax_cross_entropy_f32(NULL, 3, 2, logits, 2, targets, &options, NULL, &loss, gradient, 2, NULL);
        EXPECT(nan ? isnan(loss) : loss == 0, "nothing counts, the mean is %g on %s", (double)loss, ck_isa_name(isa));
        for (int i = 0; i < 6; i++) EXPECT(gradient[i] == 0, "nothing counts, gradient %g", (double)gradient[i]);
    }
    // Rows that count are the same with either mean.
    const int32_t one_counts[] = {-100, -100, 1};
    const float finite[] = {NAN, 1, INFINITY, 2, 0.5f, 1};
    float losses[2];
    for (int nan = 0; nan < 2; nan++) {
        const ck_cross_entropy_options options = {nan ? CK_MEAN_OR_NAN : CK_MEAN, -100, 0, NULL};
        ck_softmax_cross_entropy_f32(NULL, 3, 2, finite, 2, one_counts, &options, NULL, &losses[nan], NULL, 2, NULL);
    }
    EXPECT(losses[0] == losses[1] && fabsf(losses[0] - 0.474077f) < 1e-6f, "one row counts: %g, %g", (double)losses[0],
           (double)losses[1]);
}

/// Rows of special values, short and long.
static void special_rows(ck_isa isa) {
    for (size_t n = 5; n <= 105; n += 50)
        for (int kind = 0; kind < 3; kind++) {
            float logits[105], gradient[105], loss;
            for (size_t j = 0; j < n; j++) logits[j] = kind == 2 ? -INFINITY : (float)j / 64;
            logits[4] = kind == 0 ? NAN : kind == 1 ? INFINITY : -INFINITY;
            const int32_t target = 1;
            const ck_cross_entropy_options options = {CK_SUM, -1, 0, NULL};
            ck_softmax_cross_entropy_f32(NULL, 1, n, logits, n, &target, &options, NULL, &loss, gradient, n, NULL);
            size_t nans = 0;
            for (size_t j = 0; j < n; j++) nans += isnan(gradient[j]) ? 1 : 0;
            EXPECT(isnan(loss) && nans == n, "row %d of %zu classes: loss %g, %zu NaN on %s", kind, n, (double)loss, nans,
                   ck_isa_name(isa));
        }
}

static void special_logits(ck_isa isa) {
    const float logits[] = {-INFINITY, 0, 0, 1, NAN, 0}, probabilities[] = {0, 0.5f, 0.5f};
    float loss, gradient[3];
    ck_cross_entropy_options options = {CK_SUM, -1, 0, NULL};
    ck_softmax_cross_entropy_soft_f32(NULL, 1, 3, logits, 3, probabilities, 3, NULL, &options, NULL, &loss, gradient,
                                      3);
    EXPECT(fabsf(loss - 0.6931472f) < 1e-6f && gradient[0] == 0, "target 0 at -infinity: %g on %s", (double)loss,
           ck_isa_name(isa));
    int32_t target = 0;
    ck_softmax_cross_entropy_f32(NULL, 1, 3, logits, 3, &target, &options, NULL, &loss, gradient, 3, NULL);
    EXPECT(loss == INFINITY && gradient[0] == -1, "an impossible target: %g, %g", (double)loss, (double)gradient[0]);
    ck_softmax_cross_entropy_f32(NULL, 1, 3, logits + 3, 3, &target, &options, NULL, &loss, gradient, 3, NULL);
    EXPECT(isnan(loss) && isnan(gradient[0]) && isnan(gradient[2]), "a NaN logit must show");
    ck_softmax_cross_entropy_f32(NULL, 1, 1, logits + 1, 1, &target, &options, NULL, &loss, gradient, 1, NULL);
    EXPECT(loss == 0 && gradient[0] == 0, "a single class: %g, %g", (double)loss, (double)gradient[0]);
}

/// No classes: nothing may be read but the targets, and every row's loss is 0.
static void no_classes(ck_isa isa) {
    float losses[3];
    poison(losses, 3);
    const ck_cross_entropy_options options = {CK_NONE, 0, 0, NULL};
    const ck_status status = ck_softmax_cross_entropy_soft_f32(NULL, 3, 0, NULL, 0, NULL, 0, NULL, &options, NULL,
                                                               losses, NULL, 0);
    EXPECT(status == CK_OK && losses[0] == 0 && losses[1] == 0 && losses[2] == 0, "no classes: %g, %g, %g on %s",
           (double)losses[0], (double)losses[1], (double)losses[2], ck_isa_name(isa));
    const int32_t ignored[3] = {0, 0, 0};
    poison(losses, 3);
    EXPECT(ck_softmax_cross_entropy_f32(NULL, 3, 0, NULL, 0, ignored, &options, NULL, losses, NULL, 0, NULL) == CK_OK &&
               losses[0] == 0 && losses[1] == 0 && losses[2] == 0, "no classes, hard, on %s", ck_isa_name(isa));
    // 2^61 rows of nothing take no time.
    const size_t many = (size_t)1 << 61;
    const ck_cross_entropy_options mean = {CK_MEAN, 0, 0, NULL};
    EXPECT(ck_softmax_cross_entropy_soft_f32(NULL, many, 0, NULL, 0, NULL, 0, NULL, &mean, NULL, losses, losses, 0) ==
                   CK_OK && losses[0] == 0, "very many rows of no classes on %s", ck_isa_name(isa));
}

static void bad_arguments(void) {
    float x[6] = {0}, loss, gradient[6];
    poison(gradient, 6), poison(&loss, 1);
    int32_t targets[] = {0, -1, 3};
    ck_cross_entropy_options options = {CK_MEAN, -1, 0, NULL};
    size_t bad = 99;
    EXPECT(ck_softmax_cross_entropy_f32(NULL, 3, 2, x, 2, targets, &options, NULL, &loss, gradient, 2, &bad) ==
                   CK_INDEX_OUT_OF_RANGE && bad == 2, "target 3 of 2 classes");
    options.label_smoothing = 1.5f;
    EXPECT(ck_softmax_cross_entropy_f32(NULL, 2, 2, x, 2, targets, &options, NULL, &loss, gradient, 2, &bad) ==
                   CK_INVALID_ARGUMENT, "smoothing 1.5");
    options.label_smoothing = 0;
    EXPECT(ck_softmax_cross_entropy_f32(NULL, 2, 2, x, 1, targets, &options, NULL, &loss, gradient, 2, &bad) ==
                   CK_INVALID_ARGUMENT, "small ldl");
    for (int i = 0; i < 6; i++) EXPECT(is_poison(gradient[i]) && is_poison(loss), "written on an error");
    EXPECT(ck_softmax_cross_entropy_f32(NULL, 0, 2, NULL, 2, NULL, &options, NULL, &loss, NULL, 2, NULL) == CK_OK &&
                   loss == 0, "no rows: mean 0");
}

int main(void) {
    seed_random(9);
    static const size_t shapes[][2] = {{0, 3}, {1, 1}, {2, 2}, {17, 3}, {16, 10}, {33, 10}, {5, 16}, {19, 17}, {7, 33},
                                       {3, 64}, {17, 128}, {4, 129}, {3, 300}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(shapes[i][0], shapes[i][1], i % 3, (guard_side)(i % 2));
    check_shape(1100, 12, 0, GUARD_BACK);
    for_each_isa(gradients_without_cancellation);
    for_each_isa(losses_in_ulp);
    for_each_isa(a_long_row);
    for_each_isa(gradients_at_sure_targets);
    for_each_isa(shifted_logits);
    for_each_isa(rows_that_do_not_count);
    for_each_isa(special_rows);
    for_each_isa(special_logits);
    for_each_isa(no_classes);
    bad_arguments();
    return finish_tests();
}
