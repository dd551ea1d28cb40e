/// Sixteen short rows at once: after a transposition lane r is row r, so that neither the maximum nor the sum crosses
/// lanes and no lane idles. The sums follow the tree of one row's lanes: a row's bits do not tell which way it went.

enum { short_columns = 16, fewest_short_rows = 4 };

CK_INLINE int are_short_rows(size_t rows, size_t columns) {
    return rows >= fewest_short_rows && columns <= short_columns;
}

/// v[c] = column c of `rows` (at most 16) rows.
CK_INLINE void load_columns(size_t rows, size_t columns, const float *x, size_t ldx, f32x16 v[16]) {
    for (size_t r = 0; r < 16; r++) v[r] = r < rows ? f_load_up_to(x + r * ldx, columns) : f_set(0.0f);
    f_transpose(v);
}

CK_INLINE void store_columns(size_t rows, size_t columns, f32x16 v[16], float *y, size_t ldy) {
    f_transpose(v);
    for (size_t r = 0; r < rows; r++) f_store_up_to(y + r * ldy, v[r], columns);
}

CK_INLINE f32x16 columns_maximum(size_t columns, const f32x16 v[16]) {
    f32x16 maximum = f_negate(F_INFINITY);
    for (size_t c = 0; c < columns; c++) maximum = f_max(v[c], maximum);
    return maximum;
}

/// The tree of f_sum over columns. Columns from `columns` on count as 0; v is used up.
CK_INLINE f32x16 columns_sum(size_t columns, f32x16 v[16]) {
    for (size_t c = columns; c < 16; c++) v[c] = f_set(0.0f);
    for (int half = 8; half > 0; half /= 2)
        for (int c = 0; c < half; c++) v[c] = f_add(v[c], v[c + half]);
    return v[0];
}

/// Into y the softmax, or the log-softmax, of up to 16 short rows.
CK_INLINE void softmax_short_rows(int logarithmic, size_t rows, size_t columns, const float *x, size_t ldx, float *y,
                                  size_t ldy) {
    f32x16 v[16], e[16], terms[16];
    load_columns(rows, columns, x, ldx, v);
    const f32x16 maximum = columns_maximum(columns, v);
    for (size_t c = 0; c < columns; c++) terms[c] = e[c] = f_exp_shifted(v[c], maximum);
    const f32x16 sum = columns_sum(columns, terms);
    if (logarithmic) {
        const f32x16 log_sum = f_log(sum);
        for (size_t c = 0; c < columns; c++) v[c] = f_sub(f_sub(v[c], maximum), log_sum);
    } else {
        f32x16 high, low;
        reciprocal(sum, &high, &low);
        for (size_t c = 0; c < columns; c++) v[c] = f_fma(e[c], high, f_mul(e[c], low));
    }
    store_columns(rows, columns, v, y, ldy);
}
