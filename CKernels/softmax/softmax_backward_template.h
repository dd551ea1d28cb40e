/// From the output of (log-)softmax and its gradient to the gradient of the input. There is so little to compute that
/// turning rows into columns and back pays only where lanes along a row would idle.
enum { backward_short_columns = 24 };

/// y is the probability, or its logarithm; sum that of the row.
CK_INLINE f32x16 input_gradient(int logarithmic, f32x16 y, f32x16 dy, f32x16 sum) {
    return logarithmic ? f_fma(f_exp(y), f_negate(sum), dy) : f_mul(y, f_sub(dy, sum));
}

CK_INLINE void softmax_backward_short_rows(int logarithmic, size_t rows, size_t columns, const float *y, size_t ldy,
                                           const float *dy, size_t lddy, float *dx, size_t lddx) {
    const size_t computed = computed_columns(columns);
    f32x16 p[backward_short_columns], g[backward_short_columns];
    load_columns(rows, columns, y, ldy, p);
    load_columns(rows, columns, dy, lddy, g);
    f32x16 chain[4] = {f_set(0.0f), f_set(0.0f), f_set(0.0f), f_set(0.0f)};
    for (size_t c = 0; c < columns; c++)
        chain[c % 4] = logarithmic ? f_add(g[c], chain[c % 4]) : f_fma(p[c], g[c], chain[c % 4]);
    const f32x16 sum = f_add(f_add(chain[0], chain[2]), f_add(chain[1], chain[3]));

    float padded[padded_elements];
    const row_tile t = tile_make(rows, columns, dx, lddx, padded);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        f32x16 four[4];
        CK_UNROLL for (size_t i = 0; i < 4; i++)
            four[i] = input_gradient(logarithmic, p[first + i], g[first + i], sum);
        f_store_columns(t.rows + first, t.ld, four);
    }
    tile_finish(t, padded, rows, columns, dx, lddx);
}

/// Rows along which the lanes run, four at a time: their sums across the lanes then wait for nothing.
CK_INLINE void softmax_backward_four_rows(int logarithmic, size_t rows, size_t columns, const float *y, size_t ldy,
                                          const float *dy, size_t lddy, float *dx, size_t lddx) {
    f32x16 lanes[4];
    float sums[4];
    for (size_t r = 0; r < 4; r++) {
        const float *p = y + (r < rows ? r : 0) * ldy, *g = dy + (r < rows ? r : 0) * lddy;
        lanes[r] = logarithmic ? row_sum_lanes(columns, g) : row_dot_lanes(columns, p, g);
    }
    f_store_sums(sums, lanes[0], lanes[1], lanes[2], lanes[3]);
    for (size_t r = 0; r < rows; r++) {
        const float *p = y + r * ldy, *g = dy + r * lddy;
        float *d = dx + r * lddx;
        const f32x16 sum = f_set(sums[r]);
        size_t c = 0;
        for (; c + 16 <= columns; c += 16)
            f_store(d + c, input_gradient(logarithmic, f_load(p + c), f_load(g + c), sum));
        if (c == columns) continue;
        const size_t n = columns - c;
        f_store_part(d + c, input_gradient(logarithmic, f_load_part(p + c, n), f_load_part(g + c, n), sum), n);
    }
}

CK_INLINE void softmax_backward_rows(int logarithmic, size_t rows, size_t columns, const float *y, size_t ldy,
                                     const float *dy, size_t lddy, float *dx, size_t lddx) {
    const int is_short = columns <= backward_short_columns && columns != 16;
    const size_t group = is_short ? 16 : 4;
    for (size_t r = 0; r < rows; r += group) {
        const size_t n = rows - r < group ? rows - r : group;
        const float *of_y = y + r * ldy, *of_dy = dy + r * lddy;
        if (is_short)
            softmax_backward_short_rows(logarithmic, n, columns, of_y, ldy, of_dy, lddy, dx + r * lddx, lddx);
        else
            softmax_backward_four_rows(logarithmic, n, columns, of_y, ldy, of_dy, lddy, dx + r * lddx, lddx);
    }
}

static void softmax_backward(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                             float *dx, size_t lddx) {
    softmax_backward_rows(0, rows, columns, y, ldy, dy, lddy, dx, lddx);
}

static void log_softmax_backward(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                                 float *dx, size_t lddx) {
    softmax_backward_rows(1, rows, columns, y, ldy, dy, lddy, dx, lddx);
}
