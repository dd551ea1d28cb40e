#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

/// A head whose outputs lie in one array, in the order dX, dW, db, loss. `head`'s outputs are not used, but those that
/// are NULL there are left out.
typedef struct arguments {
    ck_head head;
    ck_cross_entropy_options options;
    const float *before; ///< what the outputs hold, if they are added to
    guard_side side;
} arguments;

static size_t span(size_t rows, size_t columns, size_t ld) { return rows == 0 ? 0 : (rows - 1) * ld + columns; }
static size_t w_rows(const ck_head *h) { return h->transpose_w ? h->classes : h->width; }
static size_t w_columns(const ck_head *h) { return h->transpose_w ? h->width : h->classes; }
static size_t dx_size(const ck_head *h) { return span(h->rows, h->width, h->lddx); }
static size_t dw_size(const ck_head *h) { return span(w_rows(h), w_columns(h), h->lddw); }
static size_t losses(const arguments *a) { return a->options.reduction == CK_NONE ? a->head.rows : 1; }
static size_t db_at(const ck_head *h) { return dx_size(h) + dw_size(h); }
static size_t loss_at(const ck_head *h) { return db_at(h) + h->classes; }
static size_t all_outputs(const arguments *a) { return loss_at(&a->head) + losses(a); }

static ck_status run(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    ck_head h = a->head;
    h.options = &a->options;
    if (a->before != NULL) memcpy(y, a->before, loss_at(&h) * sizeof *y);
    h.dx = h.dx == NULL ? NULL : y;
    h.dw = h.dw == NULL ? NULL : y + dx_size(&h);
    h.db = h.db == NULL ? NULL : y + db_at(&h);
    h.loss = h.loss == NULL ? NULL : y + loss_at(&h);
    const size_t bytes = ck_head_workspace(h.width, h.classes);
    return ck_head_cross_entropy_f32(pool, &h, guarded_bytes(bytes, a->side), bytes, NULL);
}

// ---- The reference --------------------------------------------------------------------------------------------

static double weight_at(const ck_head *h, size_t k, size_t c) {
    return h->transpose_w ? h->w[c * h->ldw + k] : h->w[k * h->ldw + c];
}

static double class_weight(const arguments *a, size_t c) {
    return a->options.class_weights == NULL ? 1 : a->options.class_weights[c];
}

static int counts(const arguments *a, size_t r) { return a->head.targets[r] != a->options.ignore_index; }

/// A row in double: its loss, its logits' gradient g for a cotangent of 1, and how far a float logit may be off.
static double reference_row(const arguments *a, size_t r, double *g, double *logit_error) {
    const ck_head *h = &a->head;
    const double s = a->options.label_smoothing;
    double *x = malloc((h->classes + 1) * sizeof *x), maximum = -INFINITY, sum = 0, loss = 0, total = 0;
    *logit_error = 0;
    for (size_t c = 0; c < h->classes; c++) {
        double magnitude = x[c] = h->bias == NULL ? 0 : h->bias[c];
        magnitude = fabs(magnitude);
        for (size_t k = 0; k < h->width; k++) {
            const double term = h->x[r * h->ldx + k] * weight_at(h, k, c);
            x[c] += term, magnitude += fabs(term);
        }
        maximum = fmax(maximum, x[c]);
        *logit_error = fmax(*logit_error, magnitude * (double)(h->width + 2) * 0x1p-24);
        g[c] = 0;
    }
    if (counts(a, r)) {
        for (size_t c = 0; c < h->classes; c++) sum += exp(x[c] - maximum);
        for (size_t c = 0; c < h->classes; c++) {
            const double hard = (size_t)h->targets[r] == c;
            const double target = class_weight(a, c) * ((1 - s) * hard + s / (double)h->classes);
            loss += target * (maximum + log(sum) - x[c]);
            total += target;
            g[c] -= target;
        }
        for (size_t c = 0; c < h->classes; c++) g[c] += total * exp(x[c] - maximum) / sum;
    }
    free(x);
    return loss;
}

static double mean_divisor(const arguments *a) {
    double sum = 0;
    for (size_t r = 0; r < a->head.rows; r++) sum += counts(a, r) ? class_weight(a, (size_t)a->head.targets[r]) : 0;
    return a->options.reduction == CK_MEAN ? sum : 1;
}

static void expect_near(const char *what, float got, double want, double tolerance, const ck_head *h) {
    EXPECT(fabs(got - want) <= tolerance, "%s %.9g, not %.9g within %.2g (%zu x %zu x %zu%s)", what, (double)got, want,
           tolerance, h->rows, h->width, h->classes, h->transpose_w ? ", transposed" : "");
}

/// Every output against the formulas: an error of the logits and of the softmax's gradient reaches it through the
/// product, which has its own.
static void expect_outputs(const arguments *a, const float *y) {
    const ck_head *h = &a->head;
    const double divisor = mean_divisor(a), u = 0x1p-24;
    double *g = malloc((h->rows * h->classes + 1) * sizeof *g), *g_error = malloc((h->rows + 1) * sizeof *g_error);
    double loss = 0, loss_error = 0;
    for (size_t r = 0; r < h->rows; r++) {
        double logit_error;
        const double one = reference_row(a, r, g + r * h->classes, &logit_error);
        const double error = counts(a, r) ? 4 * (2 * logit_error + 32 * u * (1 + one)) : 0;
        loss += one, loss_error += error;
        if (a->options.reduction == CK_NONE) expect_near("row loss", y[loss_at(h) + r], one, error, h);
        double scale = h->cotangent == NULL ? 1 : h->cotangent[a->options.reduction == CK_NONE ? r : 0];
        scale = divisor == 0 ? 0 : scale / divisor;
        g_error[r] = fabs(scale) * error;
        for (size_t c = 0; c < h->classes; c++) g[r * h->classes + c] *= scale;
    }
    if (a->options.reduction != CK_NONE)
        expect_near("loss", y[loss_at(h)], divisor == 0 ? 0 : loss / divisor, divisor == 0 ? 0 : loss_error / divisor, h);
    for (size_t r = 0; r < h->rows; r++)
        for (size_t k = 0; k < h->width; k++) {
            const size_t at = r * h->lddx + k;
            double sum = h->adds_dx ? a->before[at] : 0, magnitude = fabs(sum), inherited = 0;
            for (size_t c = 0; c < h->classes; c++) {
                const double term = g[r * h->classes + c] * weight_at(h, k, c);
                sum += term, magnitude += fabs(term), inherited += g_error[r] * fabs(weight_at(h, k, c));
            }
            expect_near("dX", y[at], sum, 1e-37 + inherited + (double)(h->classes + 2) * u * magnitude, h);
        }
    for (size_t c = 0; c < h->classes; c++)
        for (size_t k = 0; k <= h->width; k++) { // the last one is db
            const size_t at = k == h->width ? db_at(h) + c
                                            : dx_size(h) + (h->transpose_w ? c * h->lddw + k : k * h->lddw + c);
            double sum = h->adds_parameters ? a->before[at] : 0, magnitude = fabs(sum), inherited = 0;
            for (size_t r = 0; r < h->rows; r++) {
                const double x = k == h->width ? 1 : h->x[r * h->ldx + k], term = g[r * h->classes + c] * x;
                sum += term, magnitude += fabs(term), inherited += g_error[r] * fabs(x);
            }
            expect_near(k == h->width ? "db" : "dW", y[at], sum,
                        1e-37 + inherited + (double)(h->rows + 2) * u * magnitude, h);
        }
    for (size_t r = 0; r + 1 < h->rows; r++)
        for (size_t k = h->width; k < h->lddx; k++) EXPECT(is_poison(y[r * h->lddx + k]), "wrote between rows of dX");
    for (size_t r = 0; r + 1 < w_rows(h); r++)
        for (size_t k = w_columns(h); k < h->lddw; k++)
            EXPECT(is_poison(y[dx_size(h) + r * h->lddw + k]), "wrote between rows of dW");
    free(g), free(g_error);
}

// ---- What must not matter -------------------------------------------------------------------------------------

/// An output that is left out changes no bit of the others, and is not written.
static void check_left_out(const arguments *a, const float *y) {
    const size_t ends[] = {0, dx_size(&a->head), db_at(&a->head), loss_at(&a->head), all_outputs(a)};
    float *other = malloc((all_outputs(a) + 1) * sizeof *other);
    for (int wanted = 0; wanted < 16; wanted++) {
        arguments some = *a;
        if (!(wanted & 1)) some.head.dx = NULL;
        if (!(wanted & 2)) some.head.dw = NULL;
        if (!(wanted & 4)) some.head.db = NULL;
        if (!(wanted & 8)) some.head.loss = NULL;
        poison(other, all_outputs(a));
        run(test_pool((size_t)wanted % test_pool_count), &some, other);
        for (int i = 0; i < 4; i++) {
            const float *part = other + ends[i], *before = a->before + ends[i];
            const size_t n = ends[i + 1] - ends[i];
            if (wanted & 1 << i)
                EXPECT(first_difference(part, y + ends[i], n) == n, "output %d among those of %d", i, wanted);
            else if (i == 3)
                for (size_t j = 0; j < n; j++) EXPECT(is_poison(part[j]), "a loss nobody asked for");
            else EXPECT(first_difference(part, before, n) == n, "output %d was written, not asked for", i);
        }
    }
    free(other);
}

/// A row alone has the loss and the dX it has in its batch.
static void check_rows_alone(arguments a) {
    a.options.reduction = CK_NONE, a.head.cotangent = NULL;
    const size_t loss = loss_at(&a.head);
    float *y = malloc((all_outputs(&a) + 1) * sizeof *y), *alone = malloc((all_outputs(&a) + 1) * sizeof *alone);
    run(NULL, &a, y);
    for (size_t r = 0; r < a.head.rows; r += 1 + a.head.rows / 5) {
        arguments one = a;
        one.head.rows = 1, one.head.x += r * a.head.ldx, one.head.targets += r;
        float *before = malloc((loss_at(&one.head) + 1) * sizeof *before);
        memcpy(before, a.before + r * a.head.lddx, a.head.width * sizeof *before);
        memcpy(before + a.head.width, a.before + dx_size(&a.head),
               (loss_at(&one.head) - a.head.width) * sizeof *before);
        one.before = before;
        run(NULL, &one, alone);
        EXPECT(first_difference(alone, y + r * a.head.lddx, a.head.width) == a.head.width &&
                   alone[loss_at(&one.head)] == y[loss + r],
               "row %zu of %zu alone, %zu x %zu", r, a.head.rows, a.head.width, a.head.classes);
        free(before);
    }
    free(y), free(alone);
}

/// Some variants of one shape; `variants` of 12.
static void check_shape(size_t rows, size_t width, size_t classes, size_t gap, guard_side side, int variants) {
    for (int variant = 0; variant < variants; variant++) {
        arguments a = {.side = side};
        ck_head *h = &a.head;
        h->rows = rows, h->width = width, h->classes = classes, h->transpose_w = variant % 2;
        h->ldx = width + gap, h->ldw = w_columns(h) + gap, h->lddx = width + 2 * gap, h->lddw = w_columns(h) + gap;
        const size_t x_size = span(rows, width, h->ldx), w_size = span(w_rows(h), w_columns(h), h->ldw);
        float *x = guarded_floats(x_size, side), *w = guarded_floats(w_size, side), *b = guarded_floats(classes, side);
        float *weights = guarded_floats(classes, side), *cotangent = guarded_floats(rows + 1, side);
        int32_t *targets = guarded_ints(rows, side);
        fill_uniform(x, x_size), fill_scaled(w, w_size, 4 / sqrtf((float)width + 1)), fill_uniform(b, classes);
        fill_uniform(weights, classes), fill_uniform(cotangent, rows + 1);
        for (size_t c = 0; c < classes; c++) weights[c] = fabsf(weights[c]) + 0.25f;
        for (size_t r = 0; r < rows; r++)
            targets[r] = r % 4 == 2 || classes == 0 ? -1 : (int32_t)random_below(classes);
        a.options = (ck_cross_entropy_options){.reduction = (ck_reduction)(variant % 3), .ignore_index = -1,
                                               .label_smoothing = variant % 4 == 1 ? 0.1f : 0,
                                               .class_weights = variant % 4 == 2 ? weights : NULL};
        h->x = x, h->w = w, h->bias = variant % 5 == 4 ? NULL : b, h->targets = targets;
        h->cotangent = variant % 4 == 3 ? cotangent : NULL;
        h->adds_dx = variant / 2 % 2, h->adds_parameters = variant / 3 % 2;
        float there; // the outputs' own place is in `run`
        h->loss = h->dx = h->dw = h->db = &there;
        const size_t all = all_outputs(&a);
        float *before = guarded_floats(all, side), *y = malloc((all + 1) * sizeof *y);
        for (size_t r = 0; r < rows && h->adds_dx; r++) fill_uniform(before + r * h->lddx, width);
        for (size_t r = 0; r < w_rows(h) && h->adds_parameters; r++)
            fill_uniform(before + dx_size(h) + r * h->lddw, w_columns(h));
        if (h->adds_parameters) fill_uniform(before + db_at(h), classes);
        a.before = before;
        run_everywhere("head", run, &a, all, y);
        expect_outputs(&a, y);
        check_left_out(&a, y);
        check_rows_alone(a);
        free(y);
        release_guarded();
    }
}

// ---- Finite differences: the reference's own gradients ------------------------------------------------------------

static double total_loss(const arguments *a) {
    double sum = 0, error, *g = malloc((a->head.classes + 1) * sizeof *g);
    for (size_t r = 0; r < a->head.rows; r++) sum += reference_row(a, r, g, &error);
    free(g);
    return sum;
}

static void expect_slope(const arguments *a, const char *what, float *variable, float slope) {
    const float here = *variable, h = 0x1p-10f;
    *variable = here + h;
    const double above = total_loss(a);
    *variable = here - h;
    const double below = total_loss(a);
    *variable = here;
    // The quotient's own error is h² of the third derivative, which is small for these logits.
    expect_near(what, slope, (above - below) / (2 * (double)h), 4e-6, &a->head);
}

static void finite_differences(size_t classes, int transpose_w) {
    enum { rows = 5, width = 4 };
    float *w = malloc(width * classes * sizeof *w), *b = malloc(classes * sizeof *b), x[rows * width], loss;
    int32_t targets[rows];
    arguments a = {.options = {.reduction = CK_SUM, .ignore_index = -1, .label_smoothing = 0.1f}};
    ck_head *h = &a.head;
    *h = (ck_head){.rows = rows, .width = width, .classes = classes, .x = x, .ldx = width, .w = w,
                   .ldw = transpose_w ? width : classes, .transpose_w = transpose_w, .bias = b, .targets = targets,
                   .loss = &loss, .dx = &loss, .lddx = width, .dw = &loss, .lddw = transpose_w ? width : classes,
                   .db = &loss};
    fill_uniform(x, rows * width), fill_uniform(w, width * classes), fill_uniform(b, classes);
    for (int r = 0; r < rows; r++) targets[r] = r == 3 ? -1 : (int32_t)random_below(classes);
    float *y = malloc(all_outputs(&a) * sizeof *y);
    run(NULL, &a, y);
    for (size_t i = 0; i < rows * width; i++) expect_slope(&a, "slope by x", x + i, y[i]);
    for (size_t i = 0; i < width * classes; i++) expect_slope(&a, "slope by w", w + i, y[dx_size(h) + i]);
    for (size_t i = 0; i < classes; i++) expect_slope(&a, "slope by b", b + i, y[db_at(h) + i]);
    free(w), free(b), free(y);
    release_guarded();
}

// ---- Rows that do not count, and mistakes -------------------------------------------------------------------------

/// Rows without a label may have any logits: huge X makes them infinite and NaN.
static void ignored_rows(size_t classes) {
    enum { rows = 40, width = 24 };
    float *x = malloc(rows * width * sizeof *x), *w = malloc(width * classes * sizeof *w);
    int32_t targets[rows];
    arguments a = {.options = {.reduction = CK_MEAN, .ignore_index = -1, .label_smoothing = 0.1f}};
    float there;
    a.head = (ck_head){.rows = rows, .width = width, .classes = classes, .x = x, .ldx = width, .w = w, .ldw = classes,
                       .targets = targets, .loss = &there, .dx = &there, .lddx = width, .dw = &there, .lddw = classes,
                       .db = &there};
    fill_uniform(x, rows * width), fill_scaled(w, width * classes, 8);
    const size_t all = all_outputs(&a);
    float *y = malloc(all * sizeof *y), *huge = malloc(all * sizeof *huge);
    for (size_t r = 0; r < rows; r++) targets[r] = r % 3 == 0 ? -1 : (int32_t)random_below(classes);
    run_everywhere("head", run, &a, all, y);
    for (size_t i = 0; i < rows * width; i++)
        if (i / width % 3 == 0) x[i] = i % 2 ? 3e38f : -3e38f;
    run_everywhere("head of huge rows that do not count", run, &a, all, huge);
    for (size_t i = 0; i < all; i++) EXPECT(y[i] == huge[i], "an ignored row's logits show, %zu classes", classes);
    for (size_t i = 0; i < rows * width; i += 3 * width) EXPECT(huge[i] == 0, "dX of an ignored row");
    for (size_t r = 0; r < rows; r++) targets[r] = -1;
    run(NULL, &a, y);
    for (size_t i = 0; i < all; i++) EXPECT(y[i] == 0, "no row counts, output %zu is %g", i, (double)y[i]);
    a.options.reduction = CK_MEAN_OR_NAN;
    run(NULL, &a, y);
    for (size_t i = 0; i < loss_at(&a.head); i++) EXPECT(y[i] == 0, "no row counts, gradient %zu is %g", i, (double)y[i]);
    EXPECT(isnan(y[loss_at(&a.head)]), "no row counts: the mean as in PyTorch is %g", (double)y[loss_at(&a.head)]);
    free(x), free(w), free(y), free(huge);
    release_guarded();
}

static void mistakes(void) {
    float x[6] = {0}, w[6] = {0}, dx[6], loss, workspace[4096];
    int32_t targets[3] = {0, -1, 2};
    const ck_cross_entropy_options options = {.reduction = CK_MEAN, .ignore_index = -1};
    poison(dx, 6), poison(&loss, 1);
    const ck_head head = {.rows = 3, .width = 2, .classes = 2, .x = x, .ldx = 2, .w = w, .ldw = 2, .targets = targets,
                          .options = &options, .loss = &loss, .dx = dx, .lddx = 2};
    const size_t bytes = ck_head_workspace(2, 2);
    size_t bad = 99;
    float *room = malloc(bytes);
    EXPECT(ck_head_cross_entropy_f32(NULL, &head, room, bytes, &bad) == CK_INDEX_OUT_OF_RANGE && bad == 2,
           "target 2 of 2 classes, at %zu", bad);
    targets[2] = 1;
    EXPECT(ck_head_cross_entropy_f32(NULL, &head, room, bytes - 1, &bad) == CK_INVALID_ARGUMENT, "a small workspace");
    EXPECT(ck_head_cross_entropy_f32(NULL, &head, NULL, bytes, &bad) == CK_INVALID_ARGUMENT, "no workspace");
    EXPECT(ck_head_cross_entropy_f32(NULL, NULL, workspace, bytes, &bad) == CK_INVALID_ARGUMENT, "no head");
    ck_head wrong = head;
    wrong.ldx = 1;
    EXPECT(ck_head_cross_entropy_f32(NULL, &wrong, room, bytes, &bad) == CK_INVALID_ARGUMENT, "small ldx");
    wrong = head, wrong.lddx = 1;
    EXPECT(ck_head_cross_entropy_f32(NULL, &wrong, room, bytes, &bad) == CK_INVALID_ARGUMENT, "small lddx");
    wrong = head, wrong.w = NULL;
    EXPECT(ck_head_cross_entropy_f32(NULL, &wrong, room, bytes, &bad) == CK_INVALID_ARGUMENT, "no weights");
    for (int i = 0; i < 6; i++) EXPECT(is_poison(dx[i]) && is_poison(loss), "written on an error");
    free(room);
}

/// No more than the header says, for any number of rows.
static void workspaces(void) {
    static const size_t classes[] = {1, 10, 64, 65, 1000, 30522, 50257, 204800}, widths[] = {1, 17, 512, 4096, 16384};
    for (size_t c = 0; c < sizeof classes / sizeof *classes; c++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            const double bytes = (double)ck_head_workspace(widths[w], classes[c]), mebibyte = 1 << 20;
            const double most = classes[c] <= 64 ? mebibyte / 4 + 8.0 * (double)(widths[w] * classes[c]) : 21.8 * mebibyte;
            EXPECT(bytes <= most, "%zu classes, %zu columns: %g bytes", classes[c], widths[w], bytes);
        }
    EXPECT(ck_head_workspace(512, 50257) <= (size_t)(13.85 * (1 << 20)), "a vocabulary: %zu bytes",
           ck_head_workspace(512, 50257));
}

int main(void) {
    seed_random(11);
    workspaces();
    static const size_t shapes[][3] = {
        {0, 4, 3}, {5, 0, 4}, {3, 4, 0}, {1, 1, 1}, {7, 5, 2}, {33, 17, 3}, {70, 40, 10}, {130, 64, 16}, {40, 33, 17},
        {65, 48, 64}, {0, 4, 70}, {5, 0, 80}, {3, 20, 65}, {50, 33, 130}, {17, 50, 1000}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(shapes[i][0], shapes[i][1], shapes[i][2], i % 3, (guard_side)(i % 2), 12);
    // W without gaps and of few classes or columns, which is turned as if it had four.
    check_shape(40, 33, 3, 0, GUARD_BACK, 12);
    check_shape(40, 48, 2, 0, GUARD_FRONT, 12);
    check_shape(50, 3, 33, 0, GUARD_BACK, 12);
    check_shape(50, 2, 100, 0, GUARD_BACK, 12);
    // A dX that goes past the caches.
    check_shape(4100, 528, 5, 0, GUARD_BACK, 2);
    // Several blocks of rows.
    check_shape(300, 1024, 5, 0, GUARD_BACK, 2);
    check_shape(270, 2100, 20, 0, GUARD_FRONT, 2);
    check_shape(300, 20, 200, 1, GUARD_BACK, 4);
    check_shape(90, 5, 40000, 0, GUARD_FRONT, 2);
    for (int transpose_w = 0; transpose_w < 2; transpose_w++) {
        finite_differences(3, transpose_w);
        finite_differences(20, transpose_w);
        finite_differences(100, transpose_w);
    }
    ignored_rows(4);
    ignored_rows(40);
    ignored_rows(90);
    mistakes();
    return finish_tests();
}
