/// From the output of (log-)softmax and its gradient to the gradient of the input. There is so little to compute that
/// turning rows into columns and back pays only where lanes along a row would idle.
enum { backward_short_columns = 32 };

CK_INLINE void softmax_backward_short_rows(int logarithmic, size_t rows, size_t columns, const float *y, size_t ldy,
                                           const float *dy, size_t lddy, float *dx, size_t lddx) {
    const size_t computed = computed_columns(columns);
    f32x16 p[backward_short_columns], g[backward_short_columns];
    load_columns(rows, columns, y, ldy, p);
    load_columns(rows, columns, dy, lddy, g);
    f32x16 chain[4] = {f_set(0.0f), f_set(0.0f), f_set(0.0f), f_set(0.0f)};
    for (size_t c = 0; c < columns; c++)
        chain[c % 4] = logarithmic ? f_add(g[c], chain[c % 4]) : f_fma(p[c], g[c], chain[c % 4]);
    const f32x16 sum = f_add(f_add(chain[0], chain[2]), f_add(chain[1], chain[3])), minus_sum = f_negate(sum);

    row_tile t;
    tile_make(&t, rows, columns, lddx);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        f32x16 four[4];
        CK_UNROLL for (size_t i = 0; i < 4; i++)
            four[i] = logarithmic ? f_fma(f_exp(p[first + i]), minus_sum, g[first + i])
                                  : f_mul(p[first + i], f_sub(g[first + i], sum));
        tile_store(&t, dx, first, four);
    }
    tile_finish(&t, dx, lddx);
}

CK_INLINE void softmax_backward_row(size_t columns, const float *p, const float *g, float *dx) {
    const f32x16 dot = f_set(row_dot(columns, p, g));
    for (size_t c = 0; c < columns; c += 16) {
        const f32x16 difference = f_sub(f_load_up_to(g + c, columns - c), dot);
        f_store_up_to(dx + c, f_mul(f_load_up_to(p + c, columns - c), difference), columns - c);
    }
}

CK_INLINE void log_softmax_backward_row(size_t columns, const float *log_p, const float *g, float *dx) {
    const f32x16 minus_sum = f_set(-row_sum(columns, g));
    for (size_t c = 0; c < columns; c += 16) {
        const f32x16 p = f_exp(f_load_up_to(log_p + c, columns - c));
        f_store_up_to(dx + c, f_fma(p, minus_sum, f_load_up_to(g + c, columns - c)), columns - c);
    }
}

static void softmax_backward(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                             float *dx, size_t lddx) {
    if (columns > backward_short_columns)
        for (size_t r = 0; r < rows; r++) softmax_backward_row(columns, y + r * ldy, dy + r * lddy, dx + r * lddx);
    else
        for (size_t r = 0; r < rows; r += 16)
            softmax_backward_short_rows(0, rows - r < 16 ? rows - r : 16, columns, y + r * ldy, ldy, dy + r * lddy,
                                        lddy, dx + r * lddx, lddx);
}

static void log_softmax_backward(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                                 float *dx, size_t lddx) {
    if (columns > backward_short_columns)
        for (size_t r = 0; r < rows; r++) log_softmax_backward_row(columns, y + r * ldy, dy + r * lddy, dx + r * lddx);
    else
        for (size_t r = 0; r < rows; r += 16)
            softmax_backward_short_rows(1, rows - r < 16 ? rows - r : 16, columns, y + r * ldy, ldy, dy + r * lddy,
                                        lddy, dx + r * lddx, lddx);
}
