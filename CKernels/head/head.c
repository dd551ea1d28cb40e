#include "../loss/loss_parts.h"
#include "../runtime/dispatch.h"
#include "head_parts.h"

/// Multiply-adds of a product below which threads do not pay.
static const double threads_work = 1 << 18;

double ck_head_losses(const ck_head_run *run, size_t first, size_t end) {
    // The kernel counts rows from its batch's first one.
    const size_t row = run->row + first;
    ck_cross_entropy_batch batch = run->batch;
    batch.logits = run->logits + first * run->ldl;
    batch.ldl = batch.output.ldg = run->ldl;
    batch.targets += row;
    batch.output.cotangent += row * batch.output.cotangent_step;
    if (batch.output.row_loss != NULL) batch.output.row_loss += row;
    if (ck_head_has_gradients(run->head)) batch.output.gradient = run->logits + first * run->ldl;
    return run->kernels->cross_entropy(&batch, 0, end - first);
}

void ck_head_add_bias_gradient(const ck_head_run *run, size_t first, size_t end) {
    enum { step = 512 };
    float sums[step], *db = run->head->db;
    for (size_t j = first; j < end; j += step) {
        const size_t n = ck_lesser(step, end - j);
        run->kernels->column_sums(run->rows, n, run->logits + j, run->ldl, 1.0f, sums);
        for (size_t i = 0; i < n; i++) db[j + i] = ck_head_starts(run) ? sums[i] : db[j + i] + sums[i];
    }
}

size_t ck_head_workspace(size_t width, size_t classes) {
    return sizeof(float) * (classes <= CK_NARROW_CLASSES ? ck_narrow_head_workspace(width, classes)
                                                         : ck_wide_head_workspace(width, classes));
}

static int is_matrix(const float *matrix, size_t rows, size_t columns, size_t ld) {
    return ld >= columns && (matrix != NULL || rows == 0 || columns == 0);
}

static int is_valid(const ck_head *h) {
    if (h == NULL || !ck_cross_entropy_is_valid(h->options)) return 0;
    const size_t w_rows = h->transpose_w ? h->classes : h->width, w_columns = h->transpose_w ? h->width : h->classes;
    return is_matrix(h->x, h->rows, h->width, h->ldx) && is_matrix(h->w, w_rows, w_columns, h->ldw) &&
           (h->targets != NULL || h->rows == 0) && (h->dx == NULL || h->lddx >= h->width) &&
           (h->dw == NULL || h->lddw >= w_columns);
}

/// Of what is not there nothing is read, but a product wants strides of at least 1, and a block's address is computed.
static ck_head with_strides(const ck_head *head, float *anything) {
    ck_head h = *head;
    if (h.width == 0) h.x = anything;
    if (h.ldx == 0) h.ldx = 1;
    if (h.ldw == 0) h.ldw = 1;
    if (h.lddx == 0) h.lddx = 1;
    if (h.lddw == 0) h.lddw = 1;
    return h;
}

ck_status ck_head_cross_entropy_f32(ck_pool *pool, const ck_head *head, void *workspace, size_t workspace_bytes,
                                    size_t *bad_row) {
    if (!is_valid(head)) return CK_INVALID_ARGUMENT;
    const size_t bytes = ck_head_workspace(head->width, head->classes);
    if (workspace == NULL || workspace_bytes < bytes) return CK_INVALID_ARGUMENT;
    const ck_cross_entropy_options *options = head->options;
    double counted;
    const size_t bad = ck_cross_entropy_count(head->rows, head->classes, head->targets, options, &counted);
    if (bad < head->rows) {
        if (bad_row != NULL) *bad_row = bad;
        return CK_INDEX_OUT_OF_RANGE;
    }
    const ck_head plain = with_strides(head, workspace);
    ck_head_run run = {.head = &plain, .kernels = ck_dispatch_current()->vector, .workspace = workspace};
    run.batch = ck_cross_entropy_batch_make(head->classes, NULL, 0, options);
    run.batch.targets = head->targets;
    run.batch.output = ck_loss_output_make(options->reduction, counted, head->cotangent, head->loss, NULL, 0);
    const double work = (double)head->rows * (double)head->width * (double)head->classes;
    run.pool = work < threads_work ? NULL : ck_pool_acquire(pool);
    if (head->classes <= CK_NARROW_CLASSES) ck_narrow_head(&run);
    else ck_wide_head(&run);
    ck_pool_release(run.pool);
    if (head->loss != NULL && options->reduction != CK_NONE)
        *head->loss = ck_loss_reduced(options->reduction, counted, run.loss);
    return CK_OK;
}
