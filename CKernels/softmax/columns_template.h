/// Sixteen short rows at once: as columns, lane r being row r. Then neither a maximum nor a sum crosses lanes, and no
/// lane idles. Columns are taken four at a time; the last four may be some that were taken before.

enum { most_columns = 128, fewest_columns = 4 };

/// How many columns there are to compute: rows of fewer than four are as if they had absent ones.
CK_INLINE size_t computed_columns(size_t columns) { return columns < fewest_columns ? fewest_columns : columns; }

/// The first of four columns: c, or less where fewer than four are left.
CK_INLINE size_t first_of_four(size_t c, size_t columns) { return c + 4 <= columns ? c : columns - 4; }

/// Where rows begin on their way into or out of columns: where they lie, or in `padded` if they are fewer than 16, or of
/// fewer than four columns.
typedef struct row_tile {
    float *rows;
    size_t ld;
} row_tile;
enum { padded_elements = 16 * most_columns };

CK_INLINE row_tile tile_make(size_t rows, size_t columns, const float *x, size_t ldx, float *padded) {
    if (rows == 16 && columns >= fewest_columns) return (row_tile){(float *)x, ldx};
    return (row_tile){padded, computed_columns(columns)};
}

CK_INLINE void copy_rows(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    for (size_t c = 0; c < columns; c++)
        for (size_t r = 0; r < rows; r++) y[r * ldy + c] = x[r * ldx + c];
}

/// A tile to load from. Absent rows, and absent columns up to the fourth, hold `absent`.
CK_INLINE row_tile tile_load(size_t rows, size_t columns, const float *x, size_t ldx, float *padded, float absent) {
    const row_tile t = tile_make(rows, columns, x, ldx, padded);
    if (t.rows != padded) return t;
    for (size_t i = 0; i < 16 * t.ld; i++) padded[i] = absent;
    copy_rows(rows, columns, x, ldx, padded, t.ld);
    return t;
}

/// v[c] = column c of `rows` (at most 16) rows of at most 128 columns; 0 for what is absent.
CK_INLINE void load_columns(size_t rows, size_t columns, const float *x, size_t ldx, f32x16 *v) {
    float padded[padded_elements];
    const row_tile t = tile_load(rows, columns, x, ldx, padded, 0.0f);
    const size_t computed = computed_columns(columns);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        f_load_columns(t.rows + first, t.ld, v + first);
    }
}

/// After the last columns: what is in `padded` goes to y.
CK_INLINE void tile_finish(row_tile t, const float *padded, size_t rows, size_t columns, float *y, size_t ldy) {
    if (t.rows == padded) copy_rows(rows, columns, padded, t.ld, y, ldy);
}

/// The inverse of load_columns; absent rows and columns are not written.
CK_INLINE void store_columns(size_t rows, size_t columns, const f32x16 *v, float *y, size_t ldy) {
    float padded[padded_elements];
    const row_tile t = tile_make(rows, columns, y, ldy, padded);
    const size_t computed = computed_columns(columns);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        f_store_columns(t.rows + first, t.ld, v + first);
    }
    tile_finish(t, padded, rows, columns, y, ldy);
}

/// As load_columns, but -infinity for what is absent and for row r's column left_out[r], if left_out is not NULL: their
/// exponentials are 0. Returns the rows' maxima; in a row with a NaN any: the NaN shows in the sum of exponentials.
/// Inlined in every set: then `padded` lies where the caller's later arrays do.
CK_INLINE __attribute__((always_inline)) f32x16 load_logits(size_t rows, size_t columns, const float *x, size_t ldx,
                                                            const i32x16 *left_out, f32x16 *v) {
    float padded[padded_elements];
    const row_tile t = tile_load(rows, columns, x, ldx, padded, -INFINITY);
    const size_t computed = computed_columns(columns);
    const f32x16 lowest = f_negate(F_INFINITY);
    f32x16 maximum = lowest;
    for (size_t c = 0; c < computed; c += 4) {
        const size_t first = first_of_four(c, computed);
        const i32x16 place = left_out == NULL ? i_set(-1) : i_sub(*left_out, i_set((int32_t)first));
        f32x16 four[4];
        f_load_columns(t.rows + first, t.ld, four);
        CK_UNROLL for (int i = 0; i < 4; i++) {
            if (left_out != NULL) four[i] = f_select(i_equal(place, i_set(i)), lowest, four[i]);
            maximum = f_max(maximum, four[i]);
            v[first + (size_t)i] = four[i];
        }
    }
    return maximum;
}

/// The rows after these 16, to be fetched meanwhile; x where there are not as many.
CK_INLINE const float *rows_of_next(size_t rows_after, size_t columns, const float *x, size_t ldx) {
    return x + (rows_after >= 16 && columns >= fewest_columns ? 16 * ldx : 0);
}

/// e[c] = exponentials of v[c] - shift, which are at most `bound`; returns their sum. e may be v, or NULL. Meanwhile
/// as many vectors of `next` are fetched into the second cache.
CK_INLINE exact_sum columns_exponentials(argument_kind kind, size_t columns, const f32x16 *v, f32x16 shift, f32x16 bound,
                                         f32x16 *e, const float *next) {
    exact_sum sum = exact_sum_begin(bound);
    const patched_vectors vectors = {(const float *)v, SIZE_MAX, NULL};
    exponentials(kind, columns, vectors, &shift, (float *)e, next, &sum);
    return exact_sum_end(sum, bound);
}
