/// Softmax and log-softmax of up to 16 rows of at most 128 columns at once.

CK_INLINE void softmax_short_rows(int logarithmic, argument_kind kind, size_t rows, size_t rows_after, size_t columns,
                                  const float *x, size_t ldx, float *y, size_t ldy) {
    const size_t computed = computed_columns(columns);
    f32x16 v[most_columns]; // the columns, then their exponentials, which the logarithm needs not
    const f32x16 maximum = load_logits(rows, columns, x, ldx, NULL, v);
    const exact_sum sum = columns_exponentials(kind, computed, v, maximum, f_set(EXPONENTIAL_UNIT),
                                               logarithmic ? NULL : v, rows_of_next(rows_after, columns, x, ldx));
    const f32x16 log_sum = f_log(f_mul(sum.high, f_set(1 / EXPONENTIAL_UNIT)));
    const exact_sum of_one = reciprocal(sum);

    float padded[padded_elements];
    const row_tile t = tile_make(rows, columns, y, ldy, padded);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        f32x16 four[4];
        CK_UNROLL for (size_t i = 0; i < 4; i++)
            four[i] = logarithmic ? f_sub(f_sub(v[first + i], maximum), log_sum) : scaled(v[first + i], of_one);
        f_store_columns(t.rows + first, t.ld, four);
    }
    tile_finish(t, padded, rows, columns, y, ldy);
}
