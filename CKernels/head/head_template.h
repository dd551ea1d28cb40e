/// What a head needs besides products and losses: transpositions.

/// Rows of fewer than four columns without gaps are read as of four, the others being those of the next rows. Returns how
/// many rows are done: those after which there are enough.
CK_INLINE size_t transpose_narrow(size_t rows, size_t columns, const float *x, const float *offset, float *y, size_t ldy) {
    size_t r = 0;
    for (; (r + 15) * columns + 4 <= rows * columns; r += 16) {
        f32x16 v[4];
        f_load_columns(x + r * columns, columns, v);
        for (size_t c = 0; c < columns; c++)
            f_store(y + c * ldy + r, offset != NULL ? f_add(v[c], f_load(offset + r)) : v[c]);
    }
    return r;
}

/// y = xᵀ, plus offset[r] for what was row r, unless that is NULL.
static void transpose(size_t rows, size_t columns, const float *x, size_t ldx, const float *offset, float *y,
                      size_t ldy) {
    f32x16 v[16];
    size_t r = columns < 4 && ldx == columns ? transpose_narrow(rows, columns, x, offset, y, ldy) : 0;
    for (; r + 16 <= rows; r += 16) {
        const f32x16 added = offset != NULL ? f_load(offset + r) : f_set(0.0f);
        for (size_t c = 0; c < columns; c += 16) {
            const size_t width = columns - c < 16 ? columns - c : 16;
            load_columns(16, width, x + r * ldx + c, ldx, v);
            for (size_t i = 0; i < width; i++)
                f_store(y + (c + i) * ldy + r, offset != NULL ? f_add(v[i], added) : v[i]);
        }
    }
    if (r == rows || columns == 0) return;
    gemm_turn(&(ck_turned_block){.rows = columns, .columns = rows - r, .turned = x + r * ldx, .width = ldx, .c = y + r,
                                 .ldc = ldy, .bias = offset == NULL ? NULL : offset + r, .relu = 0});
}
