/// Sums with trees that depend on the shape alone.

enum { rows_per_block = 64 };

/// Sums of `vectors` (1 or 4) times 16 columns, of which the last vector has `last` that exist.
CK_INLINE void column_strip(int vectors, size_t last, size_t rows, const float *x, size_t ldx, float scale, float *y) {
    f32x16 total[4];
    for (int v = 0; v < vectors; v++) total[v] = f_set(0.0f);
    for (size_t first = 0; first < rows; first += rows_per_block) {
        const size_t end = rows - first < rows_per_block ? rows : first + rows_per_block;
        f32x16 block[4];
        for (int v = 0; v < vectors; v++) block[v] = f_set(0.0f);
        for (size_t r = first; r < end; r++)
            for (int v = 0; v < vectors; v++)
                block[v] = f_add(block[v], f_load_up_to(x + r * ldx + 16 * v, v + 1 < vectors ? 16 : last));
        for (int v = 0; v < vectors; v++) total[v] = f_add(total[v], block[v]);
    }
    for (int v = 0; v < vectors; v++)
        f_store_up_to(y + 16 * v, f_mul(f_set(scale), total[v]), v + 1 < vectors ? 16 : last);
}

enum { wide_columns = 1024, rows_side_by_side = 4 };

/// block += a few rows, one after the other.
CK_INLINE void add_wide_rows(size_t rows, size_t columns, const float *x, size_t ldx, float *block) {
    for (size_t c = 0; c < columns; c += 16) {
        f32x16 sum = f_load(block + c);
        for (size_t r = 0; r < rows; r++) sum = f_add(sum, f_load(x + r * ldx + c));
        f_store(block + c, sum);
    }
}

/// Sums of many columns, of whole vectors of them: rows are read along their length, a few side by side, because a strip of
/// rows that lie pages apart would be fetched line by line.
static void wide_strip(size_t rows, size_t columns, const float *x, size_t ldx, float scale, float *y) {
    float total[wide_columns], block[wide_columns];
    const f32x16 zero = f_set(0.0f);
    for (size_t c = 0; c < columns; c += 16) f_store(total + c, zero);
    for (size_t first = 0; first < rows; first += rows_per_block) {
        const size_t end = rows - first < rows_per_block ? rows : first + rows_per_block;
        size_t r = first;
        for (size_t c = 0; c < columns; c += 16) f_store(block + c, zero);
        for (; r + rows_side_by_side <= end; r += rows_side_by_side)
            add_wide_rows(rows_side_by_side, columns, x + r * ldx, ldx, block);
        if (r < end) add_wide_rows(end - r, columns, x + r * ldx, ldx, block);
        for (size_t c = 0; c < columns; c += 16) f_store(total + c, f_add(f_load(total + c), f_load(block + c)));
    }
    for (size_t c = 0; c < columns; c += 16) f_store(y + c, f_mul(f_set(scale), f_load(total + c)));
}

static void column_sums(size_t rows, size_t columns, const float *x, size_t ldx, float scale, float *y) {
    size_t c = 0;
    while (rows >= rows_per_block && columns - c >= 128) {
        const size_t left = (columns - c) / 16 * 16, wide = left < wide_columns ? left : wide_columns;
        wide_strip(rows, wide, x + c, ldx, scale, y + c);
        c += wide;
    }
    for (; c + 64 <= columns; c += 64) column_strip(4, 16, rows, x + c, ldx, scale, y + c);
    for (; c < columns; c += 16) column_strip(1, columns - c, rows, x + c, ldx, scale, y + c);
}

/// Σ of a row by lanes. Four chains of vectors, so that one addition need not wait for the last.
CK_INLINE f32x16 row_sum_lanes(size_t columns, const float *x) {
    f32x16 sum[4] = {f_set(0.0f), f_set(0.0f), f_set(0.0f), f_set(0.0f)};
    size_t c = 0;
    for (; c + 64 <= columns; c += 64)
        CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = f_add(sum[v], f_load(x + c + 16 * v));
    CK_UNROLL for (int v = 0; v < 4; v++, c += 16)
        if (c < columns) sum[v] = f_add(sum[v], f_load_up_to(x + c, columns - c));
    return f_add(f_add(sum[0], sum[2]), f_add(sum[1], sum[3]));
}

/// The same of products.
CK_INLINE f32x16 row_dot_lanes(size_t columns, const float *x, const float *y) {
    f32x16 sum[4] = {f_set(0.0f), f_set(0.0f), f_set(0.0f), f_set(0.0f)};
    size_t c = 0;
    for (; c + 64 <= columns; c += 64)
        CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = f_fma(f_load(x + c + 16 * v), f_load(y + c + 16 * v), sum[v]);
    CK_UNROLL for (int v = 0; v < 4; v++, c += 16)
        if (c < columns)
            sum[v] = f_fma(f_load_up_to(x + c, columns - c), f_load_up_to(y + c, columns - c), sum[v]);
    return f_add(f_add(sum[0], sum[2]), f_add(sum[1], sum[3]));
}

static void row_sums(size_t rows, size_t columns, const float *x, size_t ldx, float scale, float *y) {
    for (size_t r = 0; r < rows; r++) y[r] = scale * f_sum(row_sum_lanes(columns, x + r * ldx));
}

static double squared_norm(size_t count, const float *x) {
    f64x16 sum = d_zero();
    for (size_t i = 0; i < count; i += 16) sum = d_add_squares(sum, f_load_up_to(x + i, count - i));
    return d_sum(sum);
}
