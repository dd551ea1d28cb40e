/// Heads of few classes. A block of rows goes by rows of X, but dW by columns: so it is one sum over all rows, whoever
/// computes it, and X is in the second cache when it is read for that.
#include "../gemm/gemm_blocks.h"
#include "head_parts.h"

/// Elements of X in a block and its most rows; rows of a task; the fewest columns of one.
enum { block_elements = 65536, block_most_rows = 1024, task_rows = 32, strip_columns = 64 };

typedef struct narrow {
    ck_head_run *run;
    const float *w_by_class, *w_by_column; // classes x width and width x classes: one is the head's own, one turned
    size_t ld_by_class, ld_by_column;
    float *dw_by_class; // the head's own, or turned at the end
    size_t lddw_by_class;
    size_t strips;
    double sums[block_most_rows / task_rows];
} narrow;

static size_t block_rows(size_t width) {
    const size_t rows = block_elements / (width + (width == 0)) / task_rows * task_rows;
    return rows < 2 * task_rows ? 2 * task_rows : ck_lesser(rows, block_most_rows);
}

size_t ck_narrow_head_workspace(size_t width, size_t classes) {
    return block_rows(width) * (classes + (classes == 0)) + 2 * classes * width;
}

/// Whether the logits are made as dots, from W by class: where vectors of classes would idle. gemm/family.h has to
/// agree, or W would be turned for every task.
static int makes_dots(const ck_head *h) { return h->classes <= 8 || (h->classes <= 12 && h->width >= 128); }

// ---- By rows: logits, losses and dX ---------------------------------------------------------------------------

static void make_logits(const narrow *n, size_t first, size_t rows) {
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    const ck_epilogue bias = {.bias = h->bias};
    const int dots = makes_dots(h);
    ck_gemm_f32(NULL, 0, dots, rows, h->classes, h->width, 1, h->x + (run->row + first) * h->ldx, h->ldx,
                dots ? n->w_by_class : n->w_by_column, dots ? n->ld_by_class : n->ld_by_column, 0,
                run->logits + first * run->ldl, run->ldl, &bias);
}

static void make_dx(const narrow *n, size_t first, size_t rows) {
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    ck_gemm_call call = {
        .m = rows, .n = h->width, .k = h->classes, .alpha = 1, .a = run->logits + first * run->ldl, .lda = run->ldl,
        .b = n->w_by_class, .ldb = n->ld_by_class, .beta = h->adds_dx ? 1.0f : 0.0f,
        .c = h->dx + (run->row + first) * h->lddx, .ldc = h->lddx,
        .is_large = h->rows * h->width > CK_STREAMED_FLOATS};
    if (ck_gemm_begin(&call) == CK_OK && h->width != 0) ck_gemm_multiply(NULL, &call);
}

static void rows_task(void *context, size_t index, size_t worker) {
    (void)worker;
    narrow *n = context;
    const size_t first = index * task_rows, rows = ck_lesser(task_rows, n->run->rows - first);
    make_logits(n, first, rows);
    n->sums[index] = ck_head_losses(n->run, first, first + rows);
    if (n->run->head->dx != NULL) make_dx(n, first, rows);
}

// ---- By columns: dW and db ------------------------------------------------------------------------------------

static void make_dw(const narrow *n, size_t begin, size_t end) {
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    ck_gemm_f32(NULL, 1, 0, h->classes, end - begin, run->rows, 1, run->logits, run->ldl,
                h->x + run->row * h->ldx + begin, h->ldx, ck_head_starts(run) ? 0.0f : 1.0f, n->dw_by_class + begin,
                n->lddw_by_class, NULL);
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
    make_dw(n, begin, end);
}

// ---- Both -----------------------------------------------------------------------------------------------------

/// Both forms of W, and where dW is added up: along rows of X in any case.
static void turn_weights(narrow *n, float *copies) {
    const ck_head_run *run = n->run;
    const ck_head *h = run->head;
    const size_t by_class = h->width == 0 ? 1 : h->width, by_column = h->classes == 0 ? 1 : h->classes;
    n->w_by_class = h->transpose_w ? h->w : copies;
    n->ld_by_class = h->transpose_w ? h->ldw : by_class;
    n->w_by_column = h->transpose_w ? copies : h->w;
    n->ld_by_column = h->transpose_w ? by_column : h->ldw;
    const size_t rows = h->transpose_w ? h->classes : h->width, columns = h->transpose_w ? h->width : h->classes;
    run->kernels->transpose(rows, columns, h->w, h->ldw, NULL, copies, h->transpose_w ? by_column : by_class);
    if (h->dw == NULL) return;
    n->dw_by_class = h->transpose_w ? h->dw : copies + h->classes * h->width;
    n->lddw_by_class = h->transpose_w ? h->lddw : by_class;
    if (!h->transpose_w && h->adds_parameters)
        run->kernels->transpose(h->width, h->classes, h->dw, h->lddw, NULL, n->dw_by_class, by_class);
}

void ck_narrow_head(ck_head_run *run) {
    const ck_head *h = run->head;
    const size_t step = block_rows(h->width);
    narrow n = {.run = run};
    run->logits = run->workspace;
    run->ldl = h->classes == 0 ? 1 : h->classes;
    turn_weights(&n, run->workspace + step * run->ldl);
    // Strips of so many columns are chains, however many of them there are.
    const size_t threads = run->pool == NULL ? 1 : ck_pool_threads(run->pool);
    if (h->dw != NULL) n.strips = ck_lesser(ck_divide_up(h->width, strip_columns), threads);
    do {
        run->rows = ck_lesser(step, h->rows - run->row);
        const size_t tasks = ck_divide_up(run->rows, task_rows);
        ck_pool_region(run->pool, tasks, rows_task, &n);
        for (size_t i = 0; i < tasks; i++) run->loss += n.sums[i];
        ck_pool_region(run->pool, n.strips + (h->db != NULL), columns_task, &n);
        run->row += run->rows;
    } while (run->row < h->rows);
    if (n.dw_by_class != NULL && !h->transpose_w)
        run->kernels->transpose(h->classes, h->width, n.dw_by_class, n.lddw_by_class, NULL, h->dw, h->lddw);
}
