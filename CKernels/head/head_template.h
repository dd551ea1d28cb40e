/// What a head needs besides products and losses: transpositions, and the way back through few classes.

static void transpose(size_t rows, size_t columns, const float *x, size_t ldx, const float *offset, float *y,
                      size_t ldy) {
    f32x16 v[16];
    for (size_t r = 0; r < rows; r += 16) {
        const size_t height = rows - r < 16 ? rows - r : 16;
        const f32x16 added = offset != NULL ? f_load_up_to(offset + r, height) : f_set(0.0f);
        for (size_t c = 0; c < columns; c += 16) {
            const size_t width = columns - c < 16 ? columns - c : 16;
            load_columns(height, width, x + r * ldx + c, ldx, v);
            for (size_t i = 0; i < width; i++)
                f_store_up_to(y + (c + i) * ldy + r, offset != NULL ? f_add(v[i], added) : v[i], height);
        }
    }
}

/// Classes whose sums for dW stay in registers while the rows pass.
enum { classes_in_registers = CK_VECTOR_REGISTERS >= 32 ? 16 : 4 };

/// One row, or two: then one's chain for dX runs beside the other's.
CK_INLINE void narrow_rows(const int classes, const int rows, const size_t columns, const ck_narrow_backward *b,
                           size_t r, const f32x16 weights[16], f32x16 sums[16]) {
    const float *x = b->x + r * b->ldx, *g = b->g + r * b->ldg;
    float *dx = b->dx == NULL ? NULL : b->dx + r * b->lddx;
    const f32x16 x0 = f_load_up_to(x, columns), x1 = rows > 1 ? f_load_up_to(x + b->ldx, columns) : x0;
    f32x16 dx0 = b->starts_dx ? f_set(0.0f) : f_load_up_to(dx, columns);
    f32x16 dx1 = b->starts_dx || rows == 1 ? f_set(0.0f) : f_load_up_to(dx + b->lddx, columns);
    CK_UNROLL for (int c = 0; c < classes; c++) {
        const f32x16 g0 = f_set(g[c]);
        dx0 = f_fma(g0, weights[c], dx0);
        sums[c] = f_fma(x0, g0, sums[c]);
        if (rows > 1) {
            const f32x16 g1 = f_set(g[b->ldg + (size_t)c]);
            dx1 = f_fma(g1, weights[c], dx1);
            sums[c] = f_fma(x1, g1, sums[c]);
        }
    }
    if (dx == NULL) return;
    f_store_up_to(dx, dx0, columns);
    if (rows > 1) f_store_up_to(dx + b->lddx, dx1, columns);
}

/// `columns` (at most 16) columns of a block of rows: dX[r] += Σ_c G[r, c] W[c] and dW[c] += Σ_r G[r, c] X[r].
CK_INLINE void narrow_columns(const int classes, const size_t columns, const ck_narrow_backward *b, size_t rows) {
    f32x16 weights[16], sums[16];
    CK_UNROLL for (int c = 0; c < classes; c++) {
        weights[c] = f_load_up_to(b->w + (size_t)c * b->ldw, columns);
        sums[c] = b->starts_dw ? f_set(0.0f) : f_load_up_to(b->dw + (size_t)c * b->lddw, columns);
    }
    size_t r = 0;
    for (; r + 2 <= rows; r += 2) narrow_rows(classes, 2, columns, b, r, weights, sums);
    if (r < rows) narrow_rows(classes, 1, columns, b, r, weights, sums);
    if (b->dw == NULL) return;
    CK_UNROLL for (int c = 0; c < classes; c++) f_store_up_to(b->dw + (size_t)c * b->lddw, sums[c], columns);
}

#define NARROW_CASE(n) \
    case n: \
        if (columns >= 16) narrow_columns(n, 16, b, rows); \
        else narrow_columns(n, columns, b, rows); \
        break;

CK_INLINE void narrow_classes(size_t classes, size_t columns, const ck_narrow_backward *b, size_t rows) {
    switch (classes) {
        NARROW_CASE(1) NARROW_CASE(2) NARROW_CASE(3) NARROW_CASE(4)
#if CK_VECTOR_REGISTERS >= 32
        NARROW_CASE(5) NARROW_CASE(6) NARROW_CASE(7) NARROW_CASE(8) NARROW_CASE(9) NARROW_CASE(10)
        NARROW_CASE(11) NARROW_CASE(12) NARROW_CASE(13) NARROW_CASE(14) NARROW_CASE(15) NARROW_CASE(16)
#endif
    }
}

/// Where `all` goes on from row r, column j and class c.
CK_INLINE ck_narrow_backward narrow_from(const ck_narrow_backward *all, size_t r, size_t j, size_t c) {
    ck_narrow_backward b = *all;
    b.x += r * b.ldx + j;
    b.g += r * b.ldg + c;
    b.w += c * b.ldw + j;
    if (b.dx != NULL) b.dx += r * b.lddx + j;
    if (b.dw != NULL) b.dw += c * b.lddw + j;
    b.starts_dx = b.dx == NULL || (b.starts_dx && c == 0);
    b.starts_dw = b.dw == NULL || (b.starts_dw && r == 0);
    return b;
}

/// Rows of X and dX half a page apart or a multiple would fight for a few sets of the first cache: X is copied there.
enum { narrow_rows_near = 32, narrow_copied_columns = 64 };

CK_INLINE void copy_columns(const ck_narrow_backward *b, size_t r, size_t rows, size_t j, size_t end, float *copy) {
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < narrow_copied_columns && j + k < end; k += 16)
            f_store(copy + i * narrow_copied_columns + k, f_load_up_to(b->x + (r + i) * b->ldx + j + k, end - j - k));
}

CK_INLINE int rows_collide(const ck_narrow_backward *b) {
    return b->dx != NULL && b->ldx % 512 == 0 && b->lddx % 512 == 0;
}

static void narrow_backward(const ck_narrow_backward *all, size_t first_column, size_t end_column) {
    _Alignas(64) float copy[narrow_rows_near * narrow_copied_columns];
    const int copies = rows_collide(all);
    size_t r = 0;
    do {
        const size_t rows = all->rows - r < narrow_rows_near ? all->rows - r : narrow_rows_near;
        for (size_t j = first_column; j < end_column; j += 16) {
            const size_t columns = end_column - j < 16 ? end_column - j : 16;
            const size_t copied = (j - first_column) % narrow_copied_columns;
            if (copies && copied == 0) copy_columns(all, r, rows, j, end_column, copy);
            for (size_t c = 0; c < all->classes; c += classes_in_registers) {
                const size_t classes = all->classes - c;
                ck_narrow_backward b = narrow_from(all, r, j, c);
                if (copies) b.x = copy + copied, b.ldx = narrow_copied_columns;
                narrow_classes(classes < classes_in_registers ? classes : classes_in_registers, columns, &b, rows);
            }
        }
        r += rows;
    } while (r < all->rows);
}
