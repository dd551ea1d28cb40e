/// The fused head: beside the separate kernels, everywhere, and row by row.
#include <math.h>

#include "../loss/loss_parts.h"
#include "fuzz_kernels.h"

typedef struct head_call {
    ck_head head;
    ck_cross_entropy_options options;
    matrix x, w, dx, dw, db, loss, before_dx;
} head_call;

static matrix result(int is_wanted, int is_added_to, size_t rows, size_t columns) {
    return !is_wanted ? (matrix){0} : is_added_to ? an_update(rows, columns) : an_output(rows, columns);
}

static void draw_head(head_call *c) {
    ck_head *h = &c->head;
    const int most = most_product_steps();
    do h->rows = any_size(300), h->width = any_size(300), h->classes = 1 + any_size(500);
    while ((double)h->rows * (double)(h->width + 8) * (double)h->classes > most);
    h->transpose_w = one_in(2), h->adds_dx = one_in(3), h->adds_parameters = one_in(3);
    c->options = (ck_cross_entropy_options){.reduction = (ck_reduction)random_below(CK_MEAN_OR_NAN + 1),
                                            .ignore_index = -1, .label_smoothing = one_in(2) ? 0 : 0.1f};
    if (one_in(3)) c->options.class_weights = any_weights(1, h->classes).at;
    const size_t w_rows = h->transpose_w ? h->classes : h->width, w_columns = h->transpose_w ? h->width : h->classes;
    const size_t losses = c->options.reduction == CK_NONE ? h->rows : 1;
    c->x = any_input(h->rows, h->width), c->w = any_input(w_rows, w_columns);
    if (one_in(2)) h->bias = any_input(1, h->classes).at;
    if (one_in(3)) h->cotangent = an_input_between(-2, 2, 1, losses).at;
    c->before_dx = any_input(h->rows, h->width);
    c->dx = !one_in(4) ? (h->adds_dx ? an_update_of(c->before_dx) : an_output(h->rows, h->width)) : (matrix){0};
    c->dw = result(!one_in(4), h->adds_parameters, w_rows, w_columns);
    c->db = result(!one_in(4), h->adds_parameters, 1, h->classes);
    c->loss = result(!one_in(4), 0, 1, losses);
    h->x = c->x.at, h->ldx = c->x.ld, h->w = c->w.at, h->ldw = c->w.ld, h->options = &c->options;
    h->dx = c->dx.at, h->lddx = c->dx.ld, h->dw = c->dw.at, h->lddw = c->dw.ld;
    h->db = c->db.at, h->loss = c->loss.at;
}

/// dX by the separate kernels. The logits of both sides are off by what rounding does, and their gradients by as much.
static void expect_like_separate_kernels(const head_call *c) {
    const ck_head *h = &c->head;
    float *logits = a_row(h->rows * h->classes), *dx = a_row(h->rows * h->width);
    const ck_epilogue epilogue = {.bias = h->bias};
    const size_t n = h->classes;
    ck_gemm_f32(NULL, 0, h->transpose_w, h->rows, n, h->width, 1, h->x, h->ldx + (h->ldx == 0), h->w,
                h->ldw + (h->ldw == 0), 0, logits, n, &epilogue);
    double largest_x = 0, largest_w = 0, total = 0;
    for (size_t r = 0; r < h->rows; r++)
        for (size_t k = 0; k < h->width; k++) largest_x = fmax(largest_x, fabs(get(c->x, r, k)));
    for (size_t r = 0; r < c->w.rows; r++)
        for (size_t k = 0; k < c->w.columns; k++) largest_w = fmax(largest_w, fabs(get(c->w, r, k)));
    ck_softmax_cross_entropy_f32(NULL, h->rows, n, logits, n, h->targets, h->options, h->cotangent, NULL, logits, n,
                                 NULL);
    ck_gemm_f32(NULL, 0, !h->transpose_w, h->rows, h->width, n, 1, logits, n, h->w, h->ldw + (h->ldw == 0), 0, dx,
                h->width + (h->width == 0), NULL);
    for (size_t r = 0; r < h->rows; r++) {
        total = 0;
        for (size_t j = 0; j < n; j++) total += fabs(logits[r * n + j]);
        for (size_t k = 0; k < h->width; k++) {
            const double before = h->adds_dx ? get(c->before_dx, r, k) : 0, want = before + dx[r * h->width + k];
            // |ΔG| <= 2 G · |Δlogit|, and a gradient that is nearly 0 is so by cancellation of parts of its weight's size.
            const double logit_error = ROUNDINGS(2 * h->width + 8, (double)h->width * largest_x * largest_w + 60);
            const double bound = (total + 4) * largest_w * (4 * logit_error + ROUNDINGS(n + 8, 1)) + ROUNDINGS(4, fabs(before));
            EXPECT(fabs(get(c->dx, r, k) - want) <= bound, "dx %a, not %a", (double)get(c->dx, r, k), want);
        }
    }
}

void fuzz_head(void) {
    head_call c = {0};
    draw_head(&c);
    ck_head *h = &c.head;
    const int32_t bad = one_in(2) ? (int32_t)h->classes : -9;
    h->targets = any_indices(h->rows, h->classes, one_in(16) ? bad : -1);
    size_t first_bad = 0, reported = 0;
    while (first_bad < h->rows && h->targets[first_bad] != bad) first_bad++;
    if (first_bad < h->rows) must_return(CK_INDEX_OUT_OF_RANGE);
    const size_t bytes = ck_head_workspace(h->width, h->classes);
    float *workspace = a_row(bytes / sizeof(float) + 1);
    RUN_EVERYWHERE(ck_head_cross_entropy_f32(fuzz_pool(), h, workspace, bytes, &reported));
    if (first_bad < h->rows) {
        EXPECT(reported == first_bad, "bad row %zu, not %zu", reported, first_bad);
        return;
    }
    if (c.dx.at == NULL || h->rows == 0) return;
    if (!is_wild()) expect_like_separate_kernels(&c);
    if (ck_is_mean(h->options->reduction) || h->adds_dx) return;
    const size_t row = random_below(h->rows);
    float *alone = a_row(h->width);
    ck_head one = *h;
    one.rows = 1, one.x += row * h->ldx, one.targets += row, one.dx = alone, one.lddx = h->width;
    one.dw = one.db = one.loss = NULL;
    if (one.cotangent != NULL && h->options->reduction == CK_NONE) one.cotangent += row;
    ck_head_cross_entropy_f32(NULL, &one, workspace, bytes, NULL);
    expect_same_row(c.dx, row, alone);
}
