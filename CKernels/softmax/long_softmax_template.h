/// Softmax and log-softmax of up to 16 rows along which the lanes run: one exponential for each element.

/// y = e · factor.
CK_INLINE void scale_row(size_t columns, float *y, exact_sum factor) {
    const f32x16 last = f_load(y + columns - 16);
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) f_store(y + c, scaled(f_load(y + c), factor));
    if (c < columns) f_store(y + columns - 16, scaled(last, factor));
}

CK_INLINE void softmax_long_rows(size_t rows, size_t rows_after, size_t columns, const float *x, size_t ldx,
                                 float *y, size_t ldy) {
    float maximum[16], high[16], low[16];
    row_totals sums = {{1}, {0}};
    for (size_t r = 0; r < rows; r++) maximum[r] = row_maximum(columns, x + r * ldx, SIZE_MAX);
    for (size_t r = 0; r < rows; r++)
        row_total_set(&sums, r, row_exponentials(columns, x + r * ldx, maximum[r], EXPONENTIAL_UNIT, SIZE_MAX, y + r * ldy,
                                                 row_of_next(rows, rows_after, r, x, ldx)));
    const exact_sum of_one = reciprocal(row_totals_load(&sums));
    f_store(high, of_one.high), f_store(low, of_one.low);
    for (size_t r = 0; r < rows; r++) scale_row(columns, y + r * ldy, (exact_sum){f_set(high[r]), f_set(low[r])});
}

/// y = (x - maximum) - log_sum.
CK_INLINE void subtract_row(size_t columns, const float *x, f32x16 maximum, f32x16 log_sum, float *y) {
    const f32x16 last = f_load(x + columns - 16);
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) f_store(y + c, f_sub(f_sub(f_load(x + c), maximum), log_sum));
    if (c < columns) f_store(y + columns - 16, f_sub(f_sub(last, maximum), log_sum));
}

CK_INLINE void log_softmax_long_rows(size_t rows, size_t rows_after, size_t columns, const float *x, size_t ldx,
                                 float *y, size_t ldy) {
    float maximum[16], log_sum[16];
    row_totals sums = {{1}, {0}};
    for (size_t r = 0; r < rows; r++) maximum[r] = row_maximum(columns, x + r * ldx, SIZE_MAX);
    for (size_t r = 0; r < rows; r++)
        row_total_set(&sums, r, row_exponentials(columns, x + r * ldx, maximum[r], EXPONENTIAL_UNIT, SIZE_MAX, NULL,
                                                 row_of_next(rows, rows_after, r, x, ldx)));
    f_store(log_sum, f_log(f_mul(row_totals_load(&sums).high, f_set(1 / EXPONENTIAL_UNIT))));
    for (size_t r = 0; r < rows; r++)
        subtract_row(columns, x + r * ldx, f_set(maximum[r]), f_set(log_sum[r]), y + r * ldy);
}
