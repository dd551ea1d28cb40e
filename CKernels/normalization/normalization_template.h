/// Layer normalization. The statistics of a row are two passes over it: the mean, then the squared distances.

CK_INLINE float squared_distances(size_t columns, const float *x, f32x16 mean) {
    f32x16 sum[4] = {f_set(0.0f), f_set(0.0f), f_set(0.0f), f_set(0.0f)};
    size_t c = 0;
    for (; c + 64 <= columns; c += 64)
        for (int v = 0; v < 4; v++) {
            const f32x16 d = f_sub(f_load(x + c + 16 * v), mean);
            sum[v] = f_fma(d, d, sum[v]);
        }
    for (int v = 0; c < columns; c += 16, v++) {
        const size_t n = columns - c;
        f32x16 d = f_sub(f_load_up_to(x + c, n), mean);
        if (n < 16) d = f_select(m_first(n), d, f_set(0.0f));
        sum[v] = f_fma(d, d, sum[v]);
    }
    return f_sum(f_add(f_add(sum[0], sum[2]), f_add(sum[1], sum[3])));
}

/// *inverse = 1 / sqrt(variance + epsilon).
CK_INLINE void row_statistics(size_t columns, const float *x, float epsilon, float *mean, float *inverse) {
    const float count = (float)columns;
    *mean = f_sum(row_sum_lanes(columns, x)) / count;
    const float variance = squared_distances(columns, x, f_set(*mean)) / count;
    *inverse = f_largest(f_div(f_set(1.0f), f_sqrt(f_set(variance + epsilon)))); // all lanes are alike
}

static void layer_normalization(size_t rows, size_t columns, const float *x, size_t ldx, const float *gain,
                                const float *bias, float epsilon, float *y, size_t ldy) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * ldx;
        float *out = y + r * ldy, mean_value, inverse_value;
        row_statistics(columns, row, epsilon, &mean_value, &inverse_value);
        const f32x16 mean = f_set(mean_value), inverse = f_set(inverse_value);
        for (size_t c = 0; c < columns; c += 16) {
            const size_t n = columns - c;
            f32x16 v = f_mul(f_sub(f_load_up_to(row + c, n), mean), inverse);
            const f32x16 offset = bias == NULL ? f_set(0.0f) : f_load_up_to(bias + c, n);
            if (gain != NULL)
                v = f_fma(f_load_up_to(gain + c, n), v, offset);
            else if (bias != NULL)
                v = f_add(v, offset);
            f_store_up_to(out + c, v, n);
        }
    }
}

/// g = gain · dy of columns c..<c+n.
CK_INLINE f32x16 gained(const float *gain, const float *dy, size_t c, size_t n) {
    const f32x16 g = f_load_up_to(dy + c, n);
    return gain == NULL ? g : f_mul(g, f_load_up_to(gain + c, n));
}

static void layer_normalization_backward(size_t rows, size_t columns, const float *x, size_t ldx, const float *gain,
                                         float epsilon, const float *dy, size_t lddy, float *dx, size_t lddx) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * ldx, *cotangent = dy + r * lddy;
        float *out = dx + r * lddx, mean_value, inverse_value;
        row_statistics(columns, row, epsilon, &mean_value, &inverse_value);
        const f32x16 mean = f_set(mean_value), inverse = f_set(inverse_value);
        f32x16 g_sum = f_set(0.0f), dot = f_set(0.0f);
        for (size_t c = 0; c < columns; c += 16) {
            const size_t n = columns - c;
            const f32x16 g = gained(gain, cotangent, c, n);
            const f32x16 normal = f_mul(f_sub(f_load_up_to(row + c, n), mean), inverse);
            g_sum = f_add(g_sum, g);
            dot = f_fma(g, n < 16 ? f_select(m_first(n), normal, f_set(0.0f)) : normal, dot);
        }
        const f32x16 g_mean = f_set(f_sum(g_sum) / (float)columns), minus_dot = f_set(-f_sum(dot) / (float)columns);
        for (size_t c = 0; c < columns; c += 16) {
            const size_t n = columns - c;
            const f32x16 g = gained(gain, cotangent, c, n);
            const f32x16 normal = f_mul(f_sub(f_load_up_to(row + c, n), mean), inverse);
            f_store_up_to(out + c, f_mul(f_fma(normal, minus_dot, f_sub(g, g_mean)), inverse), n);
        }
    }
}

static void layer_statistics(size_t rows, size_t columns, const float *x, size_t ldx, float epsilon, float *mean,
                             float *inverse) {
    for (size_t r = 0; r < rows; r++) row_statistics(columns, x + r * ldx, epsilon, mean + r, inverse + r);
}

/// dgain += Σ_r dy · x̂ of one strip of columns; blocks of rows as in column_sums.
static void layer_gain(size_t rows, size_t columns, const float *x, size_t ldx, const float *mean,
                       const float *inverse, const float *dy, size_t lddy, float *dgain) {
    for (size_t c = 0; c < columns; c += 16) {
        const size_t n = columns - c;
        f32x16 total = f_load_up_to(dgain + c, n);
        for (size_t first = 0; first < rows; first += rows_per_block) {
            const size_t end = rows - first < rows_per_block ? rows : first + rows_per_block;
            f32x16 block = f_set(0.0f);
            for (size_t r = first; r < end; r++) {
                const f32x16 d = f_sub(f_load_up_to(x + r * ldx + c, n), f_set(mean[r]));
                block = f_fma(f_load_up_to(dy + r * lddy + c, n), f_mul(d, f_set(inverse[r])), block);
            }
            total = f_add(total, block);
        }
        f_store_up_to(dgain + c, total, n);
    }
}
