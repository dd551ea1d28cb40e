/// A few rows of A times a transposed B by chains: sixteen rows of B at a time are turned in registers, a line of each after
/// the other, on their way into the sums. A line is read once and as a whole: rows that share a set of the first cache would
/// push each other out of it before they were used up piece by piece.
/// Written once over the operations of microkernel.h and packing.h, and
///     TURNED_MOST: rows of A whose sums the registers hold beside a square of B, 4 or 8.

/// As many rows as a line has floats, and the vectors that hold their sums.
#define TURNED_ROWS 16
#define TURNED_GROUPS (TURNED_ROWS / LANES)

/// Floats of B that no cache holds, about: then the next rows are asked for in time.
#define TURNED_FAR ((size_t)1 << 22)

/// Of `left` columns, those in a group.
CK_INLINE size_t turned_left(size_t left, size_t group) {
    const size_t before = group * LANES;
    return left <= before ? 0 : left - before < LANES ? left - before : LANES;
}

/// Adds `used` columns of LANES rows of B to the sums of all rows of A, each sum `step` vectors from the next.
CK_INLINE void add_square(const float *a, size_t lda, const size_t rows, const float *const *b, const size_t used, VECTOR *sum,
                          const size_t step) {
    VECTOR column[LANES];
    CK_UNROLL for (size_t r = 0; r < LANES; r++) column[r] = used == LANES ? LOAD(b[r]) : LOAD_FIRST(b[r], used);
    turn_square(column);
    __asm__ volatile("" ::: "memory"); // the next square is not to begin before: the registers have room for one
    CK_UNROLL for (size_t p = 0; p < LANES; p++)
        if (p < used)
            CK_UNROLL for (size_t i = 0; i < rows; i++)
                sum[i * step] = FMA(BROADCAST(a[i * lda + p]), column[p], sum[i * step]);
}

#define FOR_EACH_GROUP CK_UNROLL for (size_t g = 0; g < TURNED_GROUPS; g++) if (whole || g * LANES < left)

/// Columns j ..< j + left of the tile: TURNED_ROWS of them, if they are a `whole` strip, or fewer.
CK_INLINE void turned_strip(const ck_gemm_tile *tile, const size_t rows, const int whole, size_t j, size_t left, int is_far) {
    const size_t ldb = tile->ldb, lda = tile->lda, k = tile->k;
    const float *a = tile->a, *const b = tile->b + j * ldb;
    VECTOR sum[TURNED_MOST][TURNED_GROUPS];
    CK_UNROLL for (size_t i = 0; i < rows; i++)
        CK_UNROLL for (size_t g = 0; g < TURNED_GROUPS; g++) {
            const float *c = tile->c + i * tile->ldc + j + g * LANES;
            const size_t used = turned_left(left, g);
            sum[i][g] = tile->beta == 0 || used == 0 ? ZERO() : MULTIPLY(BROADCAST(tile->beta), LOAD_FIRST(c, used));
        }
    // A whole strip keeps the address of every fourth row of B, and nothing about the others can be known: a compiler would
    // reckon all sixteen anew for each strip. Of another one the last row stands in for those that there are not: nobody
    // looks at these lanes.
    const float *fourth[TURNED_ROWS / 4];
    CK_UNROLL for (size_t q = 0; q < TURNED_ROWS / 4; q++) fourth[q] = b + 4 * q * ldb;
#define TURNED_ROW(r) (whole ? fourth[(r) / 4] + (r) % 4 * ldb : b + ((r) < left ? (r) : left - 1) * ldb + p)
    size_t p = 0;
    for (; p + TURNED_ROWS <= k; p += TURNED_ROWS, a += TURNED_ROWS) {
        if (is_far)
            for (size_t r = 0; r < TURNED_ROWS; r++) __builtin_prefetch(b + (TURNED_ROWS + r) * ldb + p, 0, 2);
        FOR_EACH_GROUP {
            CK_UNROLL for (size_t q = 0; q < TURNED_ROWS; q += LANES) {
                const float *row[LANES];
                CK_UNROLL for (size_t r = 0; r < LANES; r++) row[r] = TURNED_ROW(g * LANES + r) + q;
                add_square(a + q, lda, rows, row, LANES, &sum[0][g], TURNED_GROUPS);
            }
        }
        CK_UNROLL for (size_t q = 0; q < TURNED_ROWS / 4; q++) {
            fourth[q] += TURNED_ROWS;
            __asm__("" : "+r"(fourth[q]));
        }
    }
    for (; p < k; p += LANES, a += LANES) {
        const size_t used = k - p < LANES ? k - p : LANES;
        FOR_EACH_GROUP {
            const float *row[LANES];
            CK_UNROLL for (size_t r = 0; r < LANES; r++) row[r] = TURNED_ROW(g * LANES + r);
            add_square(a, lda, rows, row, used, &sum[0][g], TURNED_GROUPS);
        }
        CK_UNROLL for (size_t q = 0; q < TURNED_ROWS / 4; q++) fourth[q] += LANES;
    }
    FOR_EACH_GROUP {
        CK_UNROLL for (size_t i = 0; i < rows; i++) {
            const size_t used = turned_left(left, g);
            VECTOR value = sum[i][g];
            if (tile->bias != NULL) value = ADD(value, LOAD_FIRST(tile->bias + j + g * LANES, used));
            if (tile->relu) value = POSITIVE(value);
            STORE_FIRST(tile->c + i * tile->ldc + j + g * LANES, used, value);
        }
    }
}

/// Functions of their own: in one, a compiler would keep what each of them needs for the length of all.
#define TURNED_STRIPS(rows) \
    __attribute__((noinline)) static void turned_strips_##rows(const ck_gemm_tile *tile, size_t columns) { \
        const int is_far = columns * tile->k > TURNED_FAR; \
        size_t j = 0; \
        for (; j + TURNED_ROWS <= columns; j += TURNED_ROWS) turned_strip(tile, rows, 1, j, TURNED_ROWS, is_far); \
        if (j < columns) turned_strip(tile, rows, 0, j, columns - j, 0); \
    }
TURNED_STRIPS(1)
TURNED_STRIPS(2)
TURNED_STRIPS(3)
TURNED_STRIPS(4)
#if TURNED_MOST == 8
TURNED_STRIPS(5)
TURNED_STRIPS(6)
TURNED_STRIPS(7)
TURNED_STRIPS(8)
#endif

static void multiply_turned(const ck_gemm_tile *tile, size_t rows, size_t columns) {
    static void (*const strips[TURNED_MOST])(const ck_gemm_tile *, size_t) = {
        turned_strips_1, turned_strips_2, turned_strips_3, turned_strips_4,
#if TURNED_MOST == 8
        turned_strips_5, turned_strips_6, turned_strips_7, turned_strips_8,
#endif
    };
    strips[rows - 1](tile, columns);
}
