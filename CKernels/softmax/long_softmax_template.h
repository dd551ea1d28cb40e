/// Softmax and log-softmax of up to 16 rows along which the lanes run: one exponential for each element.

/// y = e · (high + low).
CK_INLINE void scale_row(size_t columns, float *y, f32x16 high, f32x16 low) {
    const f32x16 last = f_load(y + columns - 16);
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) {
        const f32x16 e = f_load(y + c);
        f_store(y + c, f_fma(e, high, f_mul(e, low)));
    }
    if (c < columns) f_store(y + columns - 16, f_fma(last, high, f_mul(last, low)));
}

CK_INLINE void softmax_long_rows(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    float maximum[16], sum[16] = {1}, high[16], low[16];
    for (size_t r = 0; r < rows; r++) maximum[r] = row_maximum(columns, x + r * ldx);
    for (size_t r = 0; r < rows; r++)
        sum[r] = row_exponentials(columns, x + r * ldx, maximum[r], SIZE_MAX, y + r * ldy);
    f32x16 of_one, lost;
    reciprocal(f_load(sum), &of_one, &lost);
    f_store(high, of_one), f_store(low, lost);
    for (size_t r = 0; r < rows; r++) scale_row(columns, y + r * ldy, f_set(high[r]), f_set(low[r]));
}

/// y = (x - maximum) - log_sum.
CK_INLINE void subtract_row(size_t columns, const float *x, f32x16 maximum, f32x16 log_sum, float *y) {
    const f32x16 last = f_load(x + columns - 16);
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) f_store(y + c, f_sub(f_sub(f_load(x + c), maximum), log_sum));
    if (c < columns) f_store(y + columns - 16, f_sub(f_sub(last, maximum), log_sum));
}

CK_INLINE void log_softmax_long_rows(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    float maximum[16], sum[16] = {1}, log_sum[16];
    for (size_t r = 0; r < rows; r++) maximum[r] = row_maximum(columns, x + r * ldx);
    for (size_t r = 0; r < rows; r++)
        sum[r] = row_exponentials(columns, x + r * ldx, maximum[r], SIZE_MAX, NULL);
    f_store(log_sum, f_log(f_mul(f_load(sum), f_set(1 / EXPONENTIAL_UNIT))));
    for (size_t r = 0; r < rows; r++)
        subtract_row(columns, x + r * ldx, f_set(maximum[r]), f_set(log_sum[r]), y + r * ldy);
}
