/// Losses and their gradients.
#include <math.h>

#include "../loss/loss_parts.h"
#include "fuzz_kernels.h"

enum { most_elements = 20000 };

/// What all losses take: the operands, and which of the results are wanted.
typedef struct loss_call {
    size_t rows, columns;
    matrix logits, gradient, loss, cotangent;
    const float *from; ///< the logits, or a copy of them that becomes the gradient
    size_t ldl;
    ck_reduction reduction;
} loss_call;

static loss_call any_loss(void) {
    loss_call c = {.reduction = (ck_reduction)random_below(CK_MEAN_OR_NAN + 1)};
    any_shape(&c.rows, &c.columns, most_elements);
    c.logits = one_in(2) ? any_input(c.rows, c.columns) : an_input_between(-40, 40, c.rows, c.columns);
    const size_t losses = c.reduction == CK_NONE ? c.rows : 1;
    const int wants = (int)random_below(3), in_place = wants > 0 && one_in(2);
    if (wants < 2) c.loss = an_output(1, losses);
    if (wants > 0) c.gradient = in_place ? an_update_of(c.logits) : an_output(c.rows, c.columns);
    if (one_in(3)) c.cotangent = an_input_between(-2, 2, 1, losses);
    c.from = in_place ? c.gradient.at : c.logits.at, c.ldl = in_place ? c.gradient.ld : c.logits.ld;
    return c;
}

/// Whether a loss is what it should be where nothing counts.
static int is_empty_loss(const loss_call *c, float loss) {
    return c->reduction == CK_MEAN_OR_NAN ? isnan(loss) : loss == 0;
}

/// A row that does not count gives exact zeros, whatever it holds.
static void expect_zeros(const loss_call *c, size_t row) {
    EXPECT(c->loss.at == NULL || c->reduction != CK_NONE || c->loss.at[row] == 0, "loss of row %zu", row);
    for (size_t j = 0; c->gradient.at != NULL && j < c->columns; j++)
        EXPECT(get(c->gradient, row, j) == 0, "gradient of row %zu", row);
}

static double cotangent_of(const loss_call *c, size_t row) {
    return c->cotangent.at == NULL ? 1 : c->cotangent.at[c->reduction == CK_NONE ? row : 0];
}

// ---- Softmax cross-entropy ------------------------------------------------------------------------------------

typedef struct targets {
    const int32_t *classes; ///< or NULL: then `shares`, and rows counted by `mask` if there is one
    matrix shares, mask, class_weights;
    ck_cross_entropy_options options;
} targets;

static double row_weight(const targets *t, size_t r) {
    if (t->classes == NULL) return t->mask.at == NULL ? 1 : t->mask.at[r];
    if (t->classes[r] == t->options.ignore_index) return 0;
    return t->class_weights.at == NULL ? 1 : t->class_weights.at[t->classes[r]];
}

/// What multiplies -log p[j] in the loss of row r, but for the row's mask.
static double target_weight(const targets *t, size_t columns, size_t r, size_t j) {
    const double hard = t->classes == NULL ? get(t->shares, r, j) : (size_t)t->classes[r] == j;
    const double s = t->options.label_smoothing, w = t->class_weights.at == NULL ? 1 : t->class_weights.at[j];
    return w * ((1 - s) * hard + s / (double)columns);
}

static int counts(const targets *t, size_t r) {
    return t->classes == NULL ? row_weight(t, r) != 0
                              : t->classes[r] != t->options.ignore_index &&
                                    (t->options.label_smoothing > 0 || row_weight(t, r) != 0);
}

/// The loss of a row, and its gradient compared.
static double expect_row(const loss_call *c, const targets *t, size_t r, double divisor) {
    const double mask = t->classes == NULL ? row_weight(t, r) : 1;
    const double scale = divisor == 0 ? 0 : mask * cotangent_of(c, r) / divisor;
    double maximum = -INFINITY, sum = 0, all = 0, loss = 0, size = 0;
    for (size_t j = 0; j < c->columns; j++) maximum = fmax(maximum, get(c->logits, r, j));
    for (size_t j = 0; j < c->columns; j++) sum += exp(get(c->logits, r, j) - maximum);
    for (size_t j = 0; j < c->columns; j++) {
        const double weight = target_weight(t, c->columns, r, j), z = maximum - get(c->logits, r, j);
        all += weight, loss += weight * (log(sum) + z), size += fabs(weight) * (log(sum) + z);
    }
    for (size_t j = 0; c->gradient.at != NULL && j < c->columns; j++) {
        const double p = exp(get(c->logits, r, j) - maximum) / sum, weight = target_weight(t, c->columns, r, j);
        const double want = scale * (p * all - weight), got = get(c->gradient, r, j);
        // At the target the gradient is made from 1 - p, so that it is exact where p comes near 1.
        const int is_target = t->classes != NULL && (size_t)t->classes[r] == j;
        EXPECT(fabs(got - want) <= 3e-6 * fabs(scale) * ((is_target ? 1 : p) * all + fabs(weight)) + 1e-37,
               "gradient %a, not %a", got, want);
    }
    if (c->reduction == CK_NONE && c->loss.at != NULL)
        EXPECT(fabs(c->loss.at[r] - mask * loss) <= 3e-6 * mask * (size + all), "loss of row %zu: %a, not %a", r,
               (double)c->loss.at[r], mask * loss);
    return mask * loss;
}

static void expect_cross_entropy(const loss_call *c, const targets *t) {
    double counted = 0, total = 0, most = 0;
    for (size_t r = 0; r < c->rows; r++) {
        counted += row_weight(t, r);
        if (!counts(t, r)) expect_zeros(c, r);
    }
    if (is_wild()) return;
    const double divisor = ck_is_mean(c->reduction) ? counted : 1;
    for (size_t r = 0; r < c->rows; r++)
        if (counts(t, r)) {
            const double loss = expect_row(c, t, r, divisor);
            total += loss, most += fabs(loss) + 1;
        }
    if (c->reduction == CK_NONE || c->loss.at == NULL) return;
    const double want = divisor == 0 ? 0 : total / divisor;
    EXPECT(divisor == 0 ? is_empty_loss(c, c->loss.at[0]) : fabs(c->loss.at[0] - want) <= 3e-6 * most / divisor,
           "loss %a, not %a", (double)c->loss.at[0], want);
}

static ck_cross_entropy_options any_options(const loss_call *c, matrix *class_weights) {
    *class_weights = one_in(3) ? any_weights(1, c->columns) : (matrix){0};
    return (ck_cross_entropy_options){.reduction = c->reduction, .ignore_index = one_in(2) ? -1 : -100,
                                      .label_smoothing = one_in(2) ? 0 : 0.1f, .class_weights = class_weights->at};
}

void fuzz_cross_entropy(void) {
    const loss_call c = any_loss();
    targets t = {0};
    t.options = any_options(&c, &t.class_weights);
    // One time in sixteen targets may be out of range: then nothing is written.
    const int32_t bad = one_in(2) ? (int32_t)c.columns : -7, special = one_in(16) ? bad : t.options.ignore_index;
    t.classes = any_indices(c.rows, c.columns, special);
    size_t first_bad = 0, reported = 0;
    while (first_bad < c.rows && t.classes[first_bad] != bad) first_bad++;
    if (first_bad < c.rows) must_return(CK_INDEX_OUT_OF_RANGE);
    RUN_EVERYWHERE(ck_softmax_cross_entropy_f32(fuzz_pool(), c.rows, c.columns, c.from, c.ldl, t.classes, &t.options,
                                                c.cotangent.at, c.loss.at, c.gradient.at, c.gradient.ld, &reported));
    if (first_bad < c.rows)
        EXPECT(reported == first_bad, "bad row %zu, not %zu", reported, first_bad);
    else
        expect_cross_entropy(&c, &t);
}

void fuzz_soft_cross_entropy(void) {
    const loss_call c = any_loss();
    targets t = {.shares = any_weights(c.rows, c.columns)};
    t.options = any_options(&c, &t.class_weights);
    if (one_in(2)) t.mask = any_weights(1, c.rows);
    RUN_EVERYWHERE(ck_softmax_cross_entropy_soft_f32(fuzz_pool(), c.rows, c.columns, c.from, c.ldl, t.shares.at,
                                                     t.shares.ld, t.mask.at, &t.options, c.cotangent.at, c.loss.at,
                                                     c.gradient.at, c.gradient.ld));
    expect_cross_entropy(&c, &t);
}

// ---- Losses of each element -----------------------------------------------------------------------------------

enum { sigmoid_kind = CK_HUBER + 1 };

/// The loss of one element, and its derivative.
static double element_loss(int kind, double delta, double x, double t, double *slope) {
    const double d = x - t;
    switch (kind) {
    case CK_SQUARED: *slope = 2 * d; return d * d;
    case CK_ABSOLUTE: *slope = (d > 0) - (d < 0); return fabs(d);
    case CK_HUBER:
        *slope = fabs(d) <= delta ? d : delta * ((d > 0) - (d < 0));
        return fabs(d) <= delta ? d * d / 2 : delta * (fabs(d) - delta / 2);
    default: *slope = 1 / (1 + exp(-x)) - t; return fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
    }
}

static void expect_element_loss(const loss_call *c, int kind, float delta, matrix target, matrix mask) {
    double counted = 0, total = 0, most = 0;
    for (size_t r = 0; r < c->rows; r++)
        for (size_t j = 0; j < c->columns; j++) counted += mask.at == NULL ? 1 : get(mask, r, j);
    const double divisor = ck_is_mean(c->reduction) ? counted : 1;
    for (size_t r = 0; r < c->rows; r++) {
        const double scale = divisor == 0 ? 0 : cotangent_of(c, r) / divisor;
        double row = 0, row_most = 0, slope;
        for (size_t j = 0; j < c->columns; j++) {
            const double m = mask.at == NULL ? 1 : get(mask, r, j), x = get(c->logits, r, j), t = get(target, r, j);
            const double got = c->gradient.at == NULL ? 0 : get(c->gradient, r, j);
            if (m == 0) EXPECT(got == 0, "gradient of an element that does not count");
            if (m == 0 || is_wild()) continue;
            const double loss = element_loss(kind, delta, x, t, &slope);
            row += m * loss, row_most += m * (fabs(loss) + fabs(x * t) + fabs(x) + 1e-6);
            if (c->gradient.at != NULL)
                EXPECT(fabs(got - m * scale * slope) <= 3e-6 * m * fabs(scale) * (fabs(slope) + fabs(t)) + 1e-37,
                       "kind %d at %g, %g: gradient %a, not %a", kind, x, t, got, m * scale * slope);
        }
        total += row, most += row_most;
        if (!is_wild() && c->reduction == CK_NONE && c->loss.at != NULL)
            EXPECT(fabs(c->loss.at[r] - row) <= 3e-6 * row_most, "kind %d: loss of row %zu: %a, not %a", kind, r,
                   (double)c->loss.at[r], row);
    }
    if (is_wild() || c->reduction == CK_NONE || c->loss.at == NULL) return;
    const double want = divisor == 0 ? 0 : total / divisor;
    EXPECT(divisor == 0 ? is_empty_loss(c, c->loss.at[0]) : fabs(c->loss.at[0] - want) <= 3e-6 * most / divisor,
           "kind %d: loss %a, not %a", kind, (double)c->loss.at[0], want);
}

void fuzz_sigmoid_cross_entropy(void) {
    const loss_call c = any_loss();
    const matrix target = an_input_between(0, 1, c.rows, c.columns);
    const matrix mask = one_in(2) ? any_weights(c.rows, c.columns) : (matrix){0};
    RUN_EVERYWHERE(ck_sigmoid_cross_entropy_f32(fuzz_pool(), c.rows, c.columns, c.from, c.ldl, target.at, target.ld,
                                                mask.at, mask.ld, c.reduction, c.cotangent.at, c.loss.at,
                                                c.gradient.at, c.gradient.ld));
    expect_element_loss(&c, sigmoid_kind, 0, target, mask);
}

void fuzz_regression_loss(void) {
    const loss_call c = any_loss();
    const ck_regression kind = (ck_regression)random_below(CK_HUBER + 1);
    const float delta = one_in(2) ? 1 : 0.3f;
    const matrix target = any_input(c.rows, c.columns);
    const matrix mask = one_in(2) ? any_weights(c.rows, c.columns) : (matrix){0};
    RUN_EVERYWHERE(ck_regression_loss_f32(fuzz_pool(), kind, delta, c.rows, c.columns, c.from, c.ldl, target.at,
                                          target.ld, mask.at, mask.ld, c.reduction, c.cotangent.at, c.loss.at,
                                          c.gradient.at, c.gradient.ld));
    expect_element_loss(&c, kind, delta, target, mask);
}
