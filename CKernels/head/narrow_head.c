/// Heads of few classes. A block of rows goes there by rows and back by columns of X: so dW is one sum over all rows,
/// whoever computes it, and X is in the second cache for the way back.
#include "../include/ck_gemm.h"
#include "head_parts.h"

/// Elements of X in a block; rows that one task takes there; classes that one pass over X serves on the way back.
enum { block_elements = 131072, block_most_rows = 1024, task_rows = 32, one_pass_classes = 16 };

typedef struct narrow {
    ck_head_run *run;
    ck_narrow_backward layer; // for up to one_pass_classes: W and dW with a row for each class
    size_t strips;
    double sums[block_most_rows / task_rows];
} narrow;

static size_t block_rows(size_t width) {
    const size_t rows = block_elements / (width + (width == 0)) / task_rows * task_rows;
    return rows < 2 * task_rows ? 2 * task_rows : ck_lesser(rows, block_most_rows);
}

static int takes_one_pass(const ck_head *h) { return h->classes >= 1 && h->classes <= one_pass_classes; }

size_t ck_narrow_head_workspace(size_t width, size_t classes) {
    const size_t turned = classes <= one_pass_classes ? classes * width : 0;
    return block_rows(width) * (classes + (classes == 0)) + 2 * turned;
}

// ---- There: logits and losses ---------------------------------------------------------------------------------

static void rows_task(void *context, size_t index, size_t worker) {
    (void)worker;
    narrow *n = context;
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    const size_t first = index * task_rows, rows = ck_lesser(task_rows, run->rows - first);
    const ck_epilogue bias = {.bias = h->bias};
    ck_gemm_f32(NULL, 0, h->transpose_w, rows, h->classes, h->width, 1, h->x + (run->row + first) * h->ldx, h->ldx,
                h->w, h->ldw, 0, run->logits + first * run->ldl, run->ldl, &bias);
    n->sums[index] = ck_head_losses(run, first, first + rows);
}

// ---- Back: gradients ------------------------------------------------------------------------------------------

static void multiply_strip(const ck_head_run *run, size_t begin, size_t end) {
    const ck_head *h = run->head;
    const float *x = h->x + run->row * h->ldx + begin, *g = run->logits;
    const float *w = h->w + begin * (h->transpose_w ? 1 : h->ldw);
    const float beta_w = ck_head_starts(run) ? 0.0f : 1.0f;
    if (h->dx != NULL)
        ck_gemm_f32(NULL, 0, !h->transpose_w, run->rows, end - begin, h->classes, 1, g, run->ldl, w, h->ldw,
                    h->adds_dx ? 1.0f : 0.0f, h->dx + run->row * h->lddx + begin, h->lddx, NULL);
    if (h->dw == NULL) return;
    if (h->transpose_w)
        ck_gemm_f32(NULL, 1, 0, h->classes, end - begin, run->rows, 1, g, run->ldl, x, h->ldx, beta_w, h->dw + begin,
                    h->lddw, NULL);
    else
        ck_gemm_f32(NULL, 1, 0, end - begin, h->classes, run->rows, 1, x, h->ldx, g, run->ldl, beta_w,
                    h->dw + begin * h->lddw, h->lddw, NULL);
}

static void columns_task(void *context, size_t index, size_t worker) {
    (void)worker;
    const narrow *n = context;
    const ck_head *h = n->run->head;
    if (index == n->strips) {
        ck_head_add_bias_gradient(n->run, 0, h->classes);
        return;
    }
    size_t begin, end;
    ck_split(h->width, 16, n->strips, index, &begin, &end);
    if (takes_one_pass(h)) n->run->kernels->narrow_backward(&n->layer, begin, end);
    else multiply_strip(n->run, begin, end);
}

/// W and dW for the one pass: their own memory if they have a row for each class, else copies.
static void turn_weights(narrow *n, float *copies) {
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    const size_t size = h->classes * h->width;
    n->layer.w = h->transpose_w ? h->w : copies;
    n->layer.ldw = h->transpose_w ? h->ldw : h->width;
    n->layer.dw = h->transpose_w || h->dw == NULL ? h->dw : copies + size;
    n->layer.lddw = h->transpose_w ? h->lddw : h->width;
    if (h->transpose_w) return;
    run->kernels->transpose(h->width, h->classes, h->w, h->ldw, NULL, copies, h->width);
    if (h->dw != NULL && h->adds_parameters)
        run->kernels->transpose(h->width, h->classes, h->dw, h->lddw, NULL, copies + size, h->width);
}

static void go_back(narrow *n) {
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    n->layer.rows = run->rows;
    n->layer.classes = h->classes;
    n->layer.x = h->x + run->row * h->ldx;
    n->layer.ldx = h->ldx;
    n->layer.g = run->logits;
    n->layer.ldg = run->ldl;
    n->layer.dx = h->dx == NULL ? NULL : h->dx + run->row * h->lddx;
    n->layer.lddx = h->lddx;
    n->layer.starts_dx = !h->adds_dx;
    n->layer.starts_dw = ck_head_starts(run);
    ck_pool_region(run->pool, n->strips + (h->db != NULL), columns_task, n);
}

void ck_narrow_head(ck_head_run *run) {
    const ck_head *h = run->head;
    const size_t step = block_rows(h->width);
    narrow n = {.run = run};
    run->logits = run->workspace;
    run->ldl = h->classes == 0 ? 1 : h->classes;
    // By the shape alone: a narrow strip may be multiplied by another kernel.
    if (h->dx != NULL || h->dw != NULL) n.strips = ck_lesser(ck_divide_up(h->width, 32), 8);
    if (takes_one_pass(h) && n.strips > 0) turn_weights(&n, run->workspace + step * h->classes);
    do {
        run->rows = ck_lesser(step, h->rows - run->row);
        const size_t tasks = ck_divide_up(run->rows, task_rows);
        ck_pool_region(run->pool, tasks, rows_task, &n);
        for (size_t i = 0; i < tasks; i++) run->loss += n.sums[i];
        if (ck_head_has_gradients(h)) go_back(&n);
        run->row += run->rows;
    } while (run->row < h->rows);
    if (takes_one_pass(h) && h->dw != NULL && !h->transpose_w)
        run->kernels->transpose(h->classes, h->width, n.layer.dw, n.layer.lddw, NULL, h->dw, h->lddw);
}
