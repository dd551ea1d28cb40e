/// Sixteen short rows at once: as columns, lane r being row r. Then neither a maximum nor a sum crosses lanes, and no
/// lane idles. Columns are taken four at a time; the last four may be some that were taken before.

enum { short_columns = 112, fewest_columns = 4 };

/// How many columns there are to compute: rows of fewer than four are as if they had absent ones.
CK_INLINE size_t computed_columns(size_t columns) { return columns < fewest_columns ? fewest_columns : columns; }

/// The first of four columns: c, or less where fewer than four are left.
CK_INLINE size_t first_of_four(size_t c, size_t columns) { return c + 4 <= columns ? c : columns - 4; }

/// Rows on their way into or out of columns. What is not 16 rows of four columns or more goes by way of `padded`.
typedef struct row_tile {
    size_t rows, columns, ld;
    int whole;
    float padded[16 * short_columns];
} row_tile;

CK_INLINE void tile_make(row_tile *t, size_t rows, size_t columns, size_t ld) {
    t->rows = rows, t->columns = columns;
    t->whole = rows == 16 && columns >= fewest_columns;
    t->ld = t->whole ? ld : computed_columns(columns);
}

CK_INLINE void copy_rows(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    for (size_t c = 0; c < columns; c++)
        for (size_t r = 0; r < rows; r++) y[r * ldy + c] = x[r * ldx + c];
}

/// v[c] = column c of `rows` (at most 16) rows of at most 112 columns. 0 in the lanes of absent rows and in the absent
/// columns up to the fourth.
CK_INLINE void load_columns(size_t rows, size_t columns, const float *x, size_t ldx, f32x16 *v) {
    row_tile t;
    tile_make(&t, rows, columns, ldx);
    if (!t.whole) {
        memset(t.padded, 0, 16 * t.ld * sizeof(float));
        copy_rows(rows, columns, x, ldx, t.padded, t.ld);
        x = t.padded;
    }
    const size_t computed = computed_columns(columns);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        f_load_columns(x + first, t.ld, v + first);
    }
}

/// Puts columns first ..< first + 4 into their place in y, or into `padded`.
CK_INLINE void tile_store(row_tile *t, float *y, size_t first, const f32x16 v[4]) {
    f_store_columns((t->whole ? y : t->padded) + first, t->ld, v);
}

/// After the last columns: what is in `padded` goes to y.
CK_INLINE void tile_finish(const row_tile *t, float *y, size_t ldy) {
    if (t->whole) return;
    copy_rows(t->rows, t->columns, t->padded, t->ld, y, ldy);
}

/// The inverse of load_columns; absent rows and columns are not written.
CK_INLINE void store_columns(size_t rows, size_t columns, const f32x16 *v, float *y, size_t ldy) {
    const size_t computed = computed_columns(columns);
    row_tile t;
    tile_make(&t, rows, columns, ldy);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        tile_store(&t, y, first, v + first);
    }
    tile_finish(&t, y, ldy);
}

/// As load_columns, but with -infinity in the absent columns: their exponential is 0.
CK_INLINE void load_logits(size_t rows, size_t columns, const float *x, size_t ldx, f32x16 *v) {
    load_columns(rows, columns, x, ldx, v);
    for (size_t c = columns; c < fewest_columns; c++) v[c] = f_negate(F_INFINITY);
}

/// The rows' maxima; in a row with a NaN any: the NaN shows in the sum of exponentials.
CK_INLINE f32x16 columns_maximum(size_t columns, const f32x16 *v) {
    const f32x16 lowest = f_negate(F_INFINITY);
    const size_t computed = computed_columns(columns);
    f32x16 chain[4] = {lowest, lowest, lowest, lowest};
    for (size_t c = 0; c < computed; c += 4)
        CK_UNROLL for (int i = 0; i < 4; i++) chain[i] = f_max(chain[i], v[first_of_four(c, computed) + (size_t)i]);
    return f_max(f_max(chain[0], chain[1]), f_max(chain[2], chain[3]));
}

/// e[c] = exponentials of v[c] - shift, which are at most `bound`; returns their sum. e may be v.
CK_INLINE exact_sum columns_exponentials(size_t columns, const f32x16 *v, f32x16 shift, f32x16 bound, f32x16 *e) {
    exact_sum sum = exact_sum_begin(bound);
    exponentials(columns, (const float *)v, &shift, SIZE_MAX, (float *)e, (const float *)v, &sum);
    return exact_sum_end(sum, bound);
}
