/// Rows along which the lanes run: at least 16 columns. What is left of the last full vector is done with the 16 last
/// columns: some are computed twice, to the same bits, which costs less than masks. They are read before anything is
/// written, because the result may take the input's place.

/// As many rows at a time as fit in the first-level cache with their results, at most 16: what is done once for a row
/// (a maximum, a sum, a quotient) then waits for nothing.
CK_INLINE size_t rows_at_once(size_t columns) {
    const size_t fitting = 4096 / columns;
    return fitting < 1 ? 1 : fitting < 16 ? fitting : 16;
}

/// The largest element; in a row with a NaN any: the NaN shows in the sum of exponentials.
CK_INLINE float row_maximum(size_t columns, const float *x) {
    const f32x16 last = f_load(x + columns - 16);
    f32x16 chain[4] = {last, last, last, last};
    size_t c = 0;
    for (; c + 64 <= columns; c += 64)
        CK_UNROLL for (int i = 0; i < 4; i++) chain[i] = f_max(chain[i], f_load(x + c + 16 * i));
    for (; c + 16 <= columns; c += 16) chain[0] = f_max(chain[0], f_load(x + c));
    return f_largest(f_max(f_max(chain[0], chain[1]), f_max(chain[2], chain[3])));
}

/// Σ v[i], in which lane `left_out` of the vectors in a row (if there is one) counts as 0.
CK_INLINE f32x16 sum_without(int count, f32x16 *v, size_t left_out) {
    if (left_out < 16 * (size_t)count)
        CK_UNROLL for (int i = 0; i < count; i++)
            v[i] = f_select(i_equal(i_lanes(), i_set((int32_t)left_out - 16 * i)), f_set(0.0f), v[i]);
    return count == 1 ? v[0] : f_add(f_add(v[0], v[1]), f_add(v[2], v[3]));
}

/// Σ exponentials of a row without the column `left_out` (SIZE_MAX: none). They go into e unless it is NULL; e may be x.
CK_INLINE float row_exponentials(size_t columns, const float *x, float maximum, size_t left_out, float *e) {
    const f32x16 shift = f_set(maximum);
    f32x16 v[4], last = f_load(x + columns - 16);
    lane_sum sum = lane_sum_zero();
    size_t c = 0;
    for (; c + 64 <= columns; c += 64) {
        CK_UNROLL for (int i = 0; i < 4; i++) v[i] = f_load(x + c + 16 * i);
        four_exponentials(v, shift, v);
        if (e != NULL) CK_UNROLL for (int i = 0; i < 4; i++) f_store(e + c + 16 * i, v[i]);
        lane_sum_add(&sum, sum_without(4, v, left_out - c));
    }
    f32x16 rest = f_set(0.0f);
    for (; c + 16 <= columns; c += 16) {
        v[0] = f_load(x + c);
        exponentials(1, v, shift, v);
        if (e != NULL) f_store(e + c, v[0]);
        rest = f_add(rest, sum_without(1, v, left_out - c));
    }
    if (c < columns) {
        exponentials(1, &last, shift, &last);
        if (e != NULL) f_store(e + columns - 16, last);
        last = f_select(m_first(16 - (columns - c)), f_set(0.0f), last);
        rest = f_add(rest, sum_without(1, &last, left_out - (columns - 16)));
    }
    lane_sum_add(&sum, rest);
    return lane_sum_close(sum);
}
