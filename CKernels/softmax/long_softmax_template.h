/// Softmax and log-softmax of up to 16 rows along which the lanes run: one exponential for each element.

/// y = e · factor. y may be e.
CK_INLINE void scale_row(size_t columns, const float *e, exact_sum factor, float *y) {
    const f32x16 last = f_load(e + columns - 16);
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) f_store(y + c, scaled(f_load(e + c), factor));
    if (c < columns) f_store(y + columns - 16, scaled(last, factor));
}

/// y = (x - maximum) - log_sum. y may be x.
CK_INLINE void subtract_row(size_t columns, const float *x, f32x16 maximum, f32x16 log_sum, float *y) {
    const f32x16 last = f_load(x + columns - 16);
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) f_store(y + c, f_sub(f_sub(f_load(x + c), maximum), log_sum));
    if (c < columns) f_store(y + columns - 16, f_sub(f_sub(last, maximum), log_sum));
}

CK_INLINE void softmax_long_rows(int logarithmic, size_t rows, size_t rows_after, size_t columns, const float *x,
                                 size_t ldx, float *y, size_t ldy) {
    float maximum[16];
    row_view view[16];
    row_totals totals = {{1}, {0}};
    for (size_t r = 0; r < rows; r++) {
        row_view_make(&view[r], x + r * ldx, columns, SIZE_MAX);
        maximum[r] = row_maximum(&view[r]);
    }
    for (size_t r = 0; r < rows; r++) {
        float *e = logarithmic ? NULL : y + r * ldy;
        const float *next = row_of_next(rows, rows_after, r, x, ldx);
        row_total_set(&totals, r, row_exponentials(&view[r], maximum[r], EXPONENTIAL_UNIT, e, next));
    }
    const exact_sum sum = row_totals_load(&totals), of_one = reciprocal(sum);
    float high[16], low[16], log_sum[16];
    f_store(high, of_one.high), f_store(low, of_one.low);
    f_store(log_sum, f_log(f_mul(sum.high, f_set(1 / EXPONENTIAL_UNIT))));
    for (size_t r = 0; r < rows; r++) {
        if (logarithmic)
            subtract_row(columns, x + r * ldx, f_set(maximum[r]), f_set(log_sum[r]), y + r * ldy);
        else
            scale_row(columns, y + r * ldy, (exact_sum){f_set(high[r]), f_set(low[r])}, y + r * ldy);
    }
}
