/// Rows along which the lanes run: at least 16 columns. What is left of the last full vector is done with the 16 last
/// columns: some are computed twice, to the same bits, which costs less than masks. They are read before anything is
/// written, because the result may take the input's place.

/// As many rows at a time as fit in the first-level cache with their results, at most 16: what is done once for a row
/// (a maximum, a sum, a quotient) then waits for nothing.
CK_INLINE size_t rows_at_once(size_t columns) {
    const size_t fitting = 4096 / columns;
    return fitting < 1 ? 1 : fitting < 16 ? fitting : 16;
}

/// Puts `replacement` into lane `left_out` of the vectors in a row, if there is one.
CK_INLINE void leave_out(int count, f32x16 *v, size_t left_out, float replacement) {
    if (left_out >= 16 * (size_t)count) return;
    CK_UNROLL for (int i = 0; i < count; i++)
        v[i] = f_select(i_equal(i_add(i_lanes(), i_set(16 * i)), i_set((int32_t)left_out)), f_set(replacement), v[i]);
}

/// The largest element but the column `left_out` (SIZE_MAX: none); in a row with a NaN any: the NaN shows in the sum of
/// exponentials.
CK_INLINE float row_maximum(size_t columns, const float *x, size_t left_out) {
    f32x16 v[4] = {f_load(x + columns - 16)};
    leave_out(1, v, left_out - (columns - 16), -INFINITY);
    f32x16 chain[4] = {v[0], v[0], v[0], v[0]};
    size_t c = 0;
    for (; c + 64 <= columns; c += 64) {
        CK_UNROLL for (int i = 0; i < 4; i++) v[i] = f_load(x + c + 16 * i);
        leave_out(4, v, left_out - c, -INFINITY);
        CK_UNROLL for (int i = 0; i < 4; i++) chain[i] = f_max(chain[i], v[i]);
    }
    for (; c + 16 <= columns; c += 16) {
        v[0] = f_load(x + c);
        leave_out(1, v, left_out - c, -INFINITY);
        chain[0] = f_max(chain[0], v[0]);
    }
    return f_largest(f_max(f_max(chain[0], chain[1]), f_max(chain[2], chain[3])));
}

/// Σ exponentials of a row but for the column `left_out` (SIZE_MAX: none), which then is 0; they are at most `bound`.
/// They go into e unless it is NULL; e may be x. Meanwhile `next`, as long a row, is fetched into the second cache.
CK_INLINE double row_exponentials(size_t columns, const float *x, float maximum, float bound, size_t left_out, float *e,
                                  const float *next) {
    const f32x16 start = f_set(bound), shift = f_set(maximum);
    const size_t rest = columns % 16, before = columns - 16; // the last 16 columns; `rest` of them are new
    float last[16];
    exact_sum sum = exact_sum_begin(start);
    if (rest > 0) f_store(last, f_select(m_first(16 - rest), f_negate(F_INFINITY), f_load(x + before)));
    exponentials(columns / 16, x, &shift, left_out, e, next, &sum);
    if (rest > 0) {
        exponentials(1, last, &shift, left_out - before, last, last, &sum);
        for (size_t c = 16 - rest; e != NULL && c < 16; c++) e[before + c] = last[c];
    }
    return d_sum(d_add(d_add(d_zero(), f_sub(sum.high, start)), sum.low));
}

/// Row r of the group after this one, which is to be near by then; row r itself if there is none.
CK_INLINE const float *row_of_next(size_t rows, size_t rows_after, size_t r, const float *x, size_t ldx) {
    return x + (r < rows_after ? rows + r : r) * ldx;
}

/// The sums of up to 16 rows.
typedef struct row_totals {
    float high[16], low[16];
} row_totals;

CK_INLINE void row_total_set(row_totals *t, size_t r, double sum) {
    t->high[r] = (float)sum;
    t->low[r] = (float)(sum - (double)t->high[r]);
}
CK_INLINE exact_sum row_totals_load(const row_totals *t) { return (exact_sum){f_load(t->high), f_load(t->low)}; }
