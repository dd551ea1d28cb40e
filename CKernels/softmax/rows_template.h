/// Rows along which the lanes run: at least 16 columns. What is left of the last full vector is done with the 16 last
/// columns: some are computed twice, to the same bits, which costs less than masks. They are read before anything is
/// written, because the result may take the input's place.

/// As many rows at a time as fit in the first-level cache with their results, at most 16: what is done once for a row
/// (a maximum, a sum, a quotient) then waits for nothing.
CK_INLINE size_t rows_at_once(size_t columns) {
    const size_t fitting = 4096 / columns;
    return fitting < 1 ? 1 : fitting < 16 ? fitting : 16;
}

/// A row as it is read: where one column is left out, and what is behind the last full vector. -infinity stands for what
/// shall not count: its exponential is 0.
typedef struct row_view {
    const float *x;
    size_t columns;
    size_t patched; ///< the vector that `patch` stands for, or SIZE_MAX
    float patch[16], last[16]; ///< `last`: the 16 last columns, without those of full vectors; if there are such
} row_view;

/// Stands for a row without the column `left_out` (SIZE_MAX: with all).
CK_INLINE void row_view_make(row_view *v, const float *x, size_t columns, size_t left_out) {
    const size_t rest = columns % 16, before = columns - 16;
    v->x = x, v->columns = columns, v->patched = left_out < columns - rest ? left_out / 16 : SIZE_MAX;
    if (v->patched != SIZE_MAX) {
        f_store(v->patch, f_load(x + left_out / 16 * 16));
        v->patch[left_out % 16] = -INFINITY;
    }
    if (rest == 0) return;
    f_store(v->last, f_select(m_first(16 - rest), f_negate(F_INFINITY), f_load(x + before)));
    if (left_out != SIZE_MAX && v->patched == SIZE_MAX) v->last[left_out - before] = -INFINITY;
}

CK_INLINE patched_vectors row_vectors(const row_view *v) { return (patched_vectors){v->x, v->patched, v->patch}; }

/// The largest element; in a row with a NaN any: the NaN shows in the sum of exponentials.
CK_INLINE float row_maximum(const row_view *v) {
    const f32x16 lowest = f_negate(F_INFINITY), last = v->columns % 16 == 0 ? lowest : f_load(v->last);
    const size_t count = v->columns / 16;
    const patched_vectors x = row_vectors(v);
    f32x16 chain[4] = {last, lowest, lowest, lowest};
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        CK_UNROLL for (size_t j = 0; j < 4; j++) chain[j] = f_max(chain[j], patched_load(x, i + j));
    for (; i < count; i++) chain[0] = f_max(chain[0], patched_load(x, i));
    return f_largest(f_max(f_max(chain[0], chain[1]), f_max(chain[2], chain[3])));
}

/// Σ exponentials, which are at most `bound`. They go into e unless it is NULL; e may be the row.
/// Meanwhile `next`, as long a row, is fetched into the second cache.
CK_INLINE double row_exponentials(row_view *v, float maximum, float bound, float *e, const float *next) {
    const f32x16 start = f_set(bound), shift = f_set(maximum);
    const size_t rest = v->columns % 16;
    exact_sum sum = exact_sum_begin(start);
    exponentials(EXACT_ARGUMENT, v->columns / 16, row_vectors(v), &shift, e, next, &sum);
    if (rest > 0) {
        exponentials(EXACT_ARGUMENT, 1, (patched_vectors){v->last, SIZE_MAX, NULL}, &shift, v->last, v->last, &sum);
        for (size_t c = 16 - rest; e != NULL && c < 16; c++) e[v->columns - 16 + c] = v->last[c];
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
