/// Softmax and log-softmax of up to 16 rows of at most 128 columns at once.

/// Of so many columns on a logarithm takes less time from the rows, read again, than from columns that have to be turned.
enum { fewest_subtracted = 24 };

CK_INLINE void softmax_short_rows(int logarithmic, argument_kind kind, size_t rows, size_t rows_after, size_t columns,
                                  const float *x, size_t ldx, float *y, size_t ldy) {
    const size_t computed = computed_columns(columns);
    f32x16 v[most_columns]; // the columns, then their exponentials, which the logarithm needs not
    const f32x16 maximum = load_logits(rows, columns, x, ldx, NULL, v);
    const exact_sum sum = columns_exponentials(kind, computed, v, maximum, f_set(EXPONENTIAL_UNIT),
                                               logarithmic ? NULL : v, rows_of_next(rows_after, columns, x, ldx));
    const f32x16 log_sum = f_log(f_mul(sum.high, f_set(1 / EXPONENTIAL_UNIT)));
    if (logarithmic && columns >= fewest_subtracted) {
        float of_row[16], log_of_row[16];
        f_store(of_row, maximum), f_store(log_of_row, log_sum);
        for (size_t r = 0; r < rows; r++)
            subtract_row(columns, x + r * ldx, f_set(of_row[r]), f_set(log_of_row[r]), y + r * ldy);
        return;
    }
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
