/// Blocks of sixteen rows of 64 to 128 columns, along which the lanes run. What crosses lanes, a maximum and a sum, is done
/// for the sixteen at once.
///
/// Three blocks are under way: while the exponentials of one are computed, the maxima of the next one are found, and what
/// comes of the last one is written. So a processor always has something to do that waits for nothing.

enum { block_columns = 128 };

/// Whether blocks pay: at most a sixteenth of their lanes may idle.
CK_INLINE int is_block(size_t columns) {
    const size_t idle = (16 - columns % 16) % 16;
    return columns >= 64 && columns <= block_columns && 16 * idle <= columns;
}

/// How many rows there are in block number `block`, less `behind`.
CK_INLINE size_t rows_of_block(size_t rows, size_t block, size_t behind) {
    const size_t first = 16 * (block - behind);
    if (block < behind || first >= rows) return 0;
    return rows - first < 16 ? rows - first : 16;
}

/// What is behind the whole vectors, if anything is: the 16 last columns, -infinity standing for those that are in others.
CK_INLINE f32x16 block_rest(const float *row, size_t columns) {
    return f_select(m_first(16 - columns % 16), f_negate(F_INFINITY), f_load(row + columns - 16));
}

/// Its largest element is the row's; in a row with a NaN any: the NaN shows in the sum of exponentials.
CK_INLINE f32x16 block_maximum(const float *row, size_t columns) {
    f32x16 largest = columns % 16 > 0 ? block_rest(row, columns) : f_negate(F_INFINITY);
    for (size_t c = 0; c + 16 <= columns; c += 16) largest = f_max(largest, f_load(row + c));
    return largest;
}

/// The lanes of sixteen rows' sums.
typedef struct block_sums {
    float high[16 * 16], low[16 * 16];
} block_sums;

/// Rows that the first block lacks are folded with those that it has.
CK_INLINE void clear_absent_rows(size_t rows, float *largest, block_sums *sums) {
    const f32x16 zero = f_set(0.0f);
    for (size_t r = rows; r < 16; r++)
        f_store(largest + 16 * r, zero), f_store(sums->high + 16 * r, zero), f_store(sums->low + 16 * r, zero);
}

CK_INLINE void add_exponential(f32x16 v, float *e, exact_sum *sum) {
    if (e != NULL) f_store(e, v);
    exact_sum_add(sum, v);
}

// In both, what is behind the whole vectors comes first: it has 0 for what they have. Why there may be two passes is said
// in exponentials_template.h.

CK_INLINE void block_exponentials_in_one_pass(argument_kind kind, const float *row, size_t columns, f32x16 minus_shift,
                                              float *e, exact_sum *sum) {
    const size_t last = columns - 16;
    if (columns % 16 > 0)
        add_exponential(exponential(kind, block_rest(row, columns), minus_shift), e == NULL ? NULL : e + last, sum);
    for (size_t c = 0; c + 16 <= columns; c += 16)
        add_exponential(exponential(kind, f_load(row + c), minus_shift), e == NULL ? NULL : e + c, sum);
}

CK_INLINE void block_exponentials_in_two_passes(argument_kind kind, const float *row, size_t columns, f32x16 minus_shift,
                                                float *e, exact_sum *sum) {
    const size_t rest = columns % 16 > 0, count = columns / 16 + rest;
    reduced_argument part[block_columns / 16];
    for (size_t i = 0; i < count; i++) {
        const f32x16 v = i < rest ? block_rest(row, columns) : f_load(row + 16 * (i - rest));
        part[i] = exponential_argument(kind, v, minus_shift);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t c = i < rest ? columns - 16 : 16 * (i - rest);
        add_exponential(expand(part[i]), e == NULL ? NULL : e + c, sum);
    }
}

/// e = 2^32 e^(x - maximum) of row r, unless e is NULL.
CK_INLINE void block_exponentials(argument_kind kind, const float *row, size_t columns, float maximum, float *e,
                                  block_sums *sums, size_t r) {
    const f32x16 minus_shift = f_set(-maximum), start = f_set(EXPONENTIAL_UNIT * block_columns);
    exact_sum sum = exact_sum_begin(start);
    if (CK_PART_LANES == 16) block_exponentials_in_one_pass(kind, row, columns, minus_shift, e, &sum);
    else block_exponentials_in_two_passes(kind, row, columns, minus_shift, e, &sum);
    f_store(sums->high + 16 * r, f_sub(sum.high, start)), f_store(sums->low + 16 * r, sum.low);
}

/// The sums. Those of `high` are exact: as they began at 128 units, the unit being e^0, they are multiples of 2^-16 of one,
/// and 2^7 at most. Those of `low` are below 2^-10, and lose 2^-30 at most.
CK_INLINE exact_sum block_totals(const block_sums *sums) {
    return exact_sum_of(f_row_sums(sums->high), f_row_sums(sums->low));
}
