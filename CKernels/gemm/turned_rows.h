/// A few rows of A times a transposed B by chains: so many rows of B at a time are turned in registers, four columns after
/// four, on their way into the sums. Written once over the operations of microkernel.h and packing.h.

/// Two vectors of sums a row of A, that do not wait for each other.
#define TURNED_GROUPS 2
#define TURNED_ROWS (TURNED_GROUPS * LANES)

/// Adds a column of B, whose elements lie in a vector, to the sums of all rows.
#define ADD_COLUMN(p, column, g) \
    CK_UNROLL for (size_t i = 0; i < rows; i++) \
        sum[i][g] = FMA(BROADCAST(tile->a[i * tile->lda + (p)]), column, sum[i][g])

/// Columns that are left for a vector.
#define TURNED_LEFT(g) (left <= (g) * LANES ? 0 : left - (g) * LANES < LANES ? left - (g) * LANES : LANES)

#define GROUPS_ROW(r) at[r]

/// Adds columns p ..< p + 4 of B, which are `from` on in the rows at `places`.
#define ADD_FOUR_COLUMNS(p, places, from) \
    CK_UNROLL for (size_t g = 0; g < groups; g++) { \
        const float *const *at = (places) + g * LANES; \
        TURN_COLUMNS(GROUPS_ROW, from) \
        ADD_COLUMN(p, column0, g); \
        ADD_COLUMN((p) + 1, column1, g); \
        ADD_COLUMN((p) + 2, column2, g); \
        ADD_COLUMN((p) + 3, column3, g); \
    }

/// Copies a line of each row, for rows that share a set of the first cache: it would lose the lines before they are used up.
CK_INLINE void gather_lines(const float *const *row, const size_t rows, size_t p, float *lines) {
    for (size_t r = 0; r < rows; r++) {
        __builtin_prefetch(row[r] + p + 64, 0, 2);
        CK_UNROLL for (size_t q = 0; q < 16; q += LANES) STORE(lines + 16 * r + q, LOAD(row[r] + p + q));
    }
}

CK_INLINE void turned_strip(const ck_gemm_tile *tile, const size_t rows, const size_t groups, size_t j, size_t left) {
    VECTOR sum[CK_TURNED_MOST][TURNED_GROUPS];
    const float *row[TURNED_ROWS]; // the last one stands in for those behind it: nobody looks at these lanes
    for (size_t r = 0; r < groups * LANES; r++) row[r] = tile->b + (j + (r < left ? r : left - 1)) * tile->ldb;
    CK_UNROLL for (size_t i = 0; i < rows; i++)
        CK_UNROLL for (size_t g = 0; g < groups; g++) {
            const float *c = tile->c + i * tile->ldc + j + g * LANES;
            const size_t used = TURNED_LEFT(g);
            sum[i][g] = tile->beta == 0 || used == 0 ? ZERO() : MULTIPLY(BROADCAST(tile->beta), LOAD_FIRST(c, used));
        }
    size_t p = 0;
    if (tile->ldb % 1024 == 0) {
        _Alignas(64) float lines[16 * TURNED_ROWS];
        const float *line[TURNED_ROWS];
        for (size_t r = 0; r < groups * LANES; r++) line[r] = lines + 16 * r;
        for (; p + 16 <= tile->k; p += 16) {
            gather_lines(row, groups * LANES, p, lines);
            for (size_t q = 0; q < 16; q += 4) ADD_FOUR_COLUMNS(p + q, line, q)
        }
    }
    for (; p + 4 <= tile->k; p += 4) {
        if (p % 16 == 0 && p + 64 < tile->k)
            for (size_t r = 0; r < groups * LANES; r++) __builtin_prefetch(row[r] + p + 64);
        ADD_FOUR_COLUMNS(p, row, p)
    }
    for (; p < tile->k; p++) {
        float column[TURNED_ROWS];
        for (size_t r = 0; r < groups * LANES; r++) column[r] = row[r][p];
        CK_UNROLL for (size_t g = 0; g < groups; g++) ADD_COLUMN(p, LOAD(column + g * LANES), g);
    }
    CK_UNROLL for (size_t g = 0; g < groups; g++) {
        const size_t used = TURNED_LEFT(g);
        if (used == 0) break;
        CK_UNROLL for (size_t i = 0; i < rows; i++) {
            VECTOR value = sum[i][g];
            if (tile->bias != NULL) value = ADD(value, LOAD_FIRST(tile->bias + j + g * LANES, used));
            if (tile->relu) value = POSITIVE(value);
            STORE_FIRST(tile->c + i * tile->ldc + j + g * LANES, used, value);
        }
    }
}

#define TURNED_CASE(rows, groups) \
    case TURNED_GROUPS * (rows) + (groups): turned_strip(tile, rows, groups, j, left); break;
#define TURNED_CASES(rows) TURNED_CASE(rows, 1) TURNED_CASE(rows, TURNED_GROUPS)

static void multiply_turned(const ck_gemm_tile *tile, size_t rows, size_t columns) {
    for (size_t j = 0; j < columns; j += TURNED_ROWS) {
        const size_t left = columns - j, groups = left <= LANES ? 1 : TURNED_GROUPS;
        switch (TURNED_GROUPS * rows + groups) {
        TURNED_CASES(1)
        TURNED_CASES(2)
        TURNED_CASES(3)
        TURNED_CASES(CK_TURNED_MOST)
        default: break;
        }
    }
}
