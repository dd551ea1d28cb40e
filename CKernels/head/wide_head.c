/// Heads of many classes. A block of rows keeps its logits, so that every product is computed once, and W and dW travel
/// once for each block: a sweep over panels of classes takes the last block back and makes the next block's logits while
/// a panel of W is near.
///
/// W is the larger operand by far and is read where it is, along its rows. So where it has a row for each class, the
/// logits are made transposed, Wᵀ's product: W Xᵀ; where it has a row for each column of X, dX is: W Gᵀ.
///
/// What meets every panel again, a block's X, is packed once for all of them.
#include <stdint.h>
#include <string.h>

#include "../include/ck_gemm.h"
#include "head_parts.h"

/// Logits of a block, its elements of X, the fewest and the most rows of one.
enum { block_logits = 3276800, block_elements = 262144, fewest_rows = 16, most_rows = 64 };
/// A panel's logits, on the stack, also packed; the most classes of one.
enum { panel_elements = 12288, panel_most_classes = 256 };
/// Of a packed matrix, with any instruction set: floats before its own, and the most columns that round up its panels.
enum { packed_header = 16, packed_rounding = 31 };
/// The classes are cut into parts, which threads share; dX is the sum of the parts' sums, so many elements together.
enum { most_parts = 8, parts_elements = 1048576, loss_rows = 8, dw_rows = 28 };

typedef struct wide {
    ck_head_run *run; // its block is the one that goes back
    size_t next_row, next_rows; // the block whose logits are made
    int goes_back;
    size_t step, panel, parts;
    float *turned_x; // Xᵀ, width x padded rows: of the next block if W is transposed, else of the one that goes back
    void *next_x, *x; // packed for the logits of the next block and for dW, if W is transposed
    float *dx_parts; // of each part: rows x width if W is transposed, else width x padded rows
    double sums[most_rows / loss_rows];
} wide;

static size_t block_rows(size_t width, size_t classes) {
    const size_t rows = ck_lesser(block_logits / classes, block_elements / (width + 1)) / 16 * 16;
    return rows < fewest_rows ? fewest_rows : ck_lesser(rows, most_rows);
}

/// Rows as columns of a product: whole vectors, because a product of few columns may be another kernel's.
static size_t padded(size_t rows) { return rows == 0 ? 16 : ck_divide_up(rows, 16) * 16; }

/// The logits' rows must not lie a power of two apart: they would share a few sets of the caches.
static size_t logits_stride(size_t classes) { return ck_divide_up(classes, 256) * 256 + 16; }

static size_t class_parts(size_t width, size_t classes) {
    const size_t parts = parts_elements / (block_rows(width, classes) * (width + 1));
    return parts == 0 ? 1 : ck_lesser(parts, ck_lesser(classes / 64, most_parts));
}

/// Floats for an op(B): k x n that is packed, and for its alignment.
static size_t packed_floats(size_t n, size_t k) { return 2 * packed_header + (n + packed_rounding) * k; }

/// Packs an op(B) of n columns that lies in rows.
static void pack(size_t n, size_t k, const float *b, size_t ldb, void *to) {
    ck_gemm_pack_f32(0, n, k, b, ldb, to, ck_gemm_packed_bytes(0, n, k));
}

static void *aligned(float *memory) { return (void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63); }

size_t ck_wide_head_workspace(size_t width, size_t classes) {
    const size_t rows = block_rows(width, classes);
    return rows * (logits_stride(classes) + (1 + class_parts(width, classes)) * width) + packed_floats(rows, width) +
           packed_floats(width, rows);
}

// ---- The sweep ------------------------------------------------------------------------------------------------

/// The next block's logits of classes first ..< end, into a panel: transposed if W is.
static void make_logits(const wide *s, size_t first, size_t end, float *panel) {
    const ck_head *h = s->run->head;
    if (h->transpose_w) {
        const size_t columns = padded(s->next_rows);
        ck_gemm_packed_f32(NULL, end - first, columns, h->width, 1, h->w + first * h->ldw, h->ldw, s->next_x, 0, panel,
                           columns, NULL);
    } else {
        const ck_epilogue bias = {.bias = h->bias == NULL ? NULL : h->bias + first};
        ck_gemm_f32(NULL, 0, 0, s->next_rows, end - first, h->width, 1, h->x + s->next_row * h->ldx, h->ldx,
                    h->w + first, h->ldw, 0, panel, end - first, &bias);
    }
}

static void keep_logits(const wide *s, size_t first, size_t end, const float *panel) {
    const ck_head_run *run = s->run;
    const ck_head *h = run->head;
    if (h->transpose_w) {
        run->kernels->transpose(end - first, s->next_rows, panel, padded(s->next_rows),
                                h->bias == NULL ? NULL : h->bias + first, run->logits + first, run->ldl);
        return;
    }
    for (size_t r = 0; r < s->next_rows; r++)
        memcpy(run->logits + r * run->ldl + first, panel + r * (end - first), (end - first) * sizeof(float));
}

/// Adds G W of classes first ..< end to a part of dX; `turned` is Gᵀ.
static void add_dx(const wide *s, size_t first, size_t end, const float *turned, float beta, float *dx) {
    const ck_head_run *run = s->run;
    const ck_head *h = run->head;
    const size_t classes = end - first, columns = padded(run->rows);
    if (h->transpose_w)
        ck_gemm_f32(NULL, 0, 0, run->rows, h->width, classes, 1, run->logits + first, run->ldl, h->w + first * h->ldw,
                    h->ldw, beta, dx, h->width, NULL);
    else
        ck_gemm_f32(NULL, 0, 0, h->width, columns, classes, 1, h->w + first, h->ldw, turned, columns, beta, dx,
                    columns, NULL);
}

/// dW is larger than the caches: a few of its rows at a time, so that they come and go from end to end.
/// `room` holds a panel of the logits.
static void add_dw(const wide *s, size_t first, size_t end, const float *turned, float *room) {
    const ck_head_run *run = s->run;
    const ck_head *h = run->head;
    const size_t classes = end - first, ld = padded(run->rows);
    const size_t lines = h->transpose_w ? classes : h->width, columns = h->transpose_w ? h->width : classes;
    if (!h->transpose_w) pack(columns, run->rows, run->logits + first, run->ldl, room);
    const float *a = h->transpose_w ? turned : s->turned_x;
    const float beta = ck_head_starts(run) ? 0.0f : 1.0f;
    float *dw = h->dw + (h->transpose_w ? first * h->lddw : first);
    for (size_t i = 0; i < lines; i += dw_rows)
        ck_gemm_packed_f32(NULL, ck_lesser(dw_rows, lines - i), columns, run->rows, 1, a + i * ld, ld,
                           h->transpose_w ? s->x : room, beta, dw + i * h->lddw, h->lddw, NULL);
}

/// A part of the classes, panel by panel. Whatever reads W cold should read it along its rows.
static void sweep_task(void *context, size_t part, size_t worker) {
    (void)worker;
    const wide *s = context;
    const ck_head_run *run = s->run;
    const ck_head *h = run->head;
    const size_t columns = padded(run->rows);
    _Alignas(64) float logits[panel_elements + packed_header], turned[panel_elements];
    // Products take the columns beyond the rows along; nobody looks at what becomes of them.
    memset(turned, 0, s->panel * columns * sizeof(float));
    size_t begin, end;
    ck_split(h->classes, 16, s->parts, part, &begin, &end);
    for (size_t first = begin; first < end; first += s->panel) {
        const size_t last = ck_lesser(first + s->panel, end);
        if (s->next_rows > 0 && h->transpose_w) make_logits(s, first, last, logits);
        if (s->goes_back) {
            run->kernels->transpose(run->rows, last - first, run->logits + first, run->ldl, NULL, turned, columns);
            if (h->dx != NULL)
                add_dx(s, first, last, turned, first == begin ? 0.0f : 1.0f, s->dx_parts + part * s->step * h->width);
            if (h->dw != NULL) add_dw(s, first, last, turned, logits);
            if (h->db != NULL) ck_head_add_bias_gradient(run, first, last);
        }
        if (s->next_rows > 0 && !h->transpose_w) make_logits(s, first, last, logits);
        if (s->next_rows > 0) keep_logits(s, first, last, logits);
    }
}

// ---- Between sweeps -------------------------------------------------------------------------------------------

static void losses_task(void *context, size_t index, size_t worker) {
    (void)worker;
    wide *s = context;
    const size_t first = index * loss_rows;
    s->sums[index] = ck_head_losses(s->run, first, ck_lesser(first + loss_rows, s->run->rows));
}

static void add(const wide *s, size_t count, const float *x, float *y) {
    const ck_binary_operands operands = {.columns = count, .a = y, .a_column = 1, .b = x, .b_column = 1, .y = y};
    s->run->kernels->binary(CK_ADD, &operands, 0, 1);
}

/// Adds the parts' sums in a tree and stores dX: 16 rows, or 16 columns if W is not transposed.
static void sum_dx_task(void *context, size_t index, size_t worker) {
    (void)worker;
    const wide *s = context;
    const ck_head *h = s->run->head;
    const size_t block = s->run->rows, lines = h->transpose_w ? block : h->width;
    const size_t length = h->transpose_w ? h->width : padded(block), part = s->step * h->width;
    const size_t first = 16 * index, count = ck_lesser(16, lines - first);
    float *sums = s->dx_parts + first * length;
    for (size_t gap = 1; gap < s->parts; gap *= 2)
        for (size_t p = 0; p + gap < s->parts; p += 2 * gap)
            add(s, count * length, sums + (p + gap) * part, sums + p * part);
    float turned[16 * most_rows];
    if (!h->transpose_w) s->run->kernels->transpose(count, block, sums, length, NULL, turned, 16);
    const float *from = h->transpose_w ? sums : turned;
    const size_t ld = h->transpose_w ? length : 16;
    const size_t rows = h->transpose_w ? count : block, columns = h->transpose_w ? h->width : count;
    float *dx = h->dx + s->run->row * h->lddx + first * (h->transpose_w ? h->lddx : 1);
    for (size_t r = 0; r < rows; r++) {
        if (h->adds_dx) add(s, columns, from + r * ld, dx + r * h->lddx);
        else memcpy(dx + r * h->lddx, from + r * ld, columns * sizeof(float));
    }
}

static void turn_x(const wide *s, size_t row, size_t rows) {
    const ck_head *h = s->run->head;
    const size_t columns = padded(rows);
    s->run->kernels->transpose(rows, h->width, h->x + row * h->ldx, h->ldx, NULL, s->turned_x, columns);
    for (size_t k = 0; k < h->width; k++) memset(s->turned_x + k * columns + rows, 0, (columns - rows) * sizeof(float));
}

/// Makes of X what all panels use.
static void prepare_x(const wide *s) {
    const ck_head_run *run = s->run;
    const ck_head *h = run->head;
    const int wants_dw = s->goes_back && h->dw != NULL;
    if (!h->transpose_w) {
        if (wants_dw) turn_x(s, run->row, run->rows);
        return;
    }
    if (wants_dw) pack(h->width, run->rows, h->x + run->row * h->ldx, h->ldx, s->x);
    if (s->next_rows == 0) return;
    turn_x(s, s->next_row, s->next_rows);
    pack(padded(s->next_rows), h->width, s->turned_x, padded(s->next_rows), s->next_x);
}

static void sweep(wide *s) {
    const ck_head *h = s->run->head;
    prepare_x(s);
    ck_pool_region(s->run->pool, s->parts, sweep_task, s);
    if (!s->goes_back || h->dx == NULL) return;
    const size_t lines = h->transpose_w ? s->run->rows : h->width;
    ck_pool_region(s->run->pool, ck_divide_up(lines, 16), sum_dx_task, s);
}

static void find_losses(wide *s) {
    const size_t tasks = ck_divide_up(s->run->rows, loss_rows);
    ck_pool_region(s->run->pool, tasks, losses_task, s);
    for (size_t i = 0; i < tasks; i++) s->run->loss += s->sums[i];
}

void ck_wide_head(ck_head_run *run) {
    const ck_head *h = run->head;
    wide s = {.run = run, .step = block_rows(h->width, h->classes),
              .parts = class_parts(h->width, h->classes)};
    s.panel = ck_lesser((panel_elements / s.step - packed_rounding) / 16 * 16, panel_most_classes);
    run->logits = run->workspace;
    run->ldl = logits_stride(h->classes);
    s.turned_x = run->logits + s.step * run->ldl;
    s.dx_parts = s.turned_x + s.step * h->width;
    float *const packed = s.dx_parts + s.parts * s.step * h->width;
    s.next_x = aligned(packed);
    s.x = aligned(packed + packed_floats(s.step, h->width));
    // Without rows, a block of none goes back: it writes the zeros.
    int holds_block = h->rows == 0;
    for (;;) {
        s.next_rows = ck_lesser(s.step, h->rows - s.next_row);
        s.goes_back = holds_block && ck_head_has_gradients(h);
        if (s.next_rows > 0 || s.goes_back) sweep(&s);
        if (s.next_rows == 0) return;
        run->row = s.next_row;
        run->rows = s.next_rows;
        s.next_row += s.next_rows;
        holds_block = 1;
        find_losses(&s);
    }
}
