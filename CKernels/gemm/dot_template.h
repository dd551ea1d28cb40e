/// Products whose vectors lie along k: 16 partial sums an element, which a tree adds up at the end.
///
/// The tiles are rows of A by rows of op(B)ᵀ. Accumulators are named variables, not an array: so every compiler keeps
/// them in registers. `rows` and `columns` are constants in every instance, so all tests on them vanish.

#define BLOCK_COLUMNS(X, i) X(i, 0) X(i, 1) X(i, 2) X(i, 3) X(i, 4) X(i, 5) X(i, 6) X(i, 7)
#define BLOCK_ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define BLOCK_ELEMENTS(X) \
    BLOCK_COLUMNS(X, 0) BLOCK_COLUMNS(X, 1) BLOCK_COLUMNS(X, 2) BLOCK_COLUMNS(X, 3) \
    BLOCK_COLUMNS(X, 4) BLOCK_COLUMNS(X, 5) BLOCK_COLUMNS(X, 6) BLOCK_COLUMNS(X, 7)

/// The first element of row i, four rows to a pointer: so the addresses fit the registers.
#define BLOCK_ROW(x, i) ((i) < 4 ? x + (i) * ld##x : x##4 + ((i) - 4) * ld##x)

#define BLOCK_DECLARE(i, j) f32x16 s##i##_##j = f_set(0.0f);
#define BLOCK_RESUME(i, j) \
    if ((i) < rows && (j) < columns) s##i##_##j = f_load(lanes + 16 * ((i) * columns + (j)));
/// The rows of A below belong to the next tile: they arrive while this one is computed, if that takes long enough.
#define BLOCK_LOAD_A(i) \
    if ((i) < rows) { \
        x##i = f_load(BLOCK_ROW(a, i)); \
        if (columns >= 4) __builtin_prefetch(BLOCK_ROW(a, i) + ahead, 0, 2); \
    }
#define BLOCK_LOAD_A_PART(i) \
    if ((i) < rows) x##i = f_load_part(BLOCK_ROW(a, i), left);
#define BLOCK_ADD(i, j) \
    if ((i) < rows) s##i##_##j = f_fma(x##i, y, s##i##_##j);
#define BLOCK_ADD_COLUMN(j) \
    BLOCK_ADD(0, j) BLOCK_ADD(1, j) BLOCK_ADD(2, j) BLOCK_ADD(3, j) BLOCK_ADD(4, j) BLOCK_ADD(5, j) BLOCK_ADD(6, j) BLOCK_ADD(7, j)
#define BLOCK_STEP(j) \
    if ((j) < columns) { \
        f32x16 y = f_load(BLOCK_ROW(b, j)); \
        f_keep(&y); \
        BLOCK_ADD_COLUMN(j) \
    }
#define BLOCK_STEP_PART(j) \
    if ((j) < columns) { \
        const f32x16 y = f_load_part(BLOCK_ROW(b, j), left); \
        BLOCK_ADD_COLUMN(j) \
    }
#define BLOCK_SAVE(i, j) \
    if ((i) < rows && (j) < columns) f_store(lanes + 16 * ((i) * columns + (j)), s##i##_##j);
/// Sums come in fours: what is too many behind a row of C without gaps is the next row's, which comes later.
#define BLOCK_SUM_ROW(i) \
    if ((i) < rows) { \
        float *const at = (i) + 1 < rows || columns % 4 == 0 ? to + (i) * step : last; \
        f_store_sums(at, s##i##_0, s##i##_1, s##i##_2, s##i##_3); \
        if (columns > 4) f_store_sums(at + 4, s##i##_4, s##i##_5, s##i##_6, s##i##_7); \
    }

CK_INLINE void dot_block_tile(const ck_dot_block *block, size_t row, size_t column, const int rows, const int columns) {
    const size_t lda = block->lda, ldb = block->ldb, ldc = block->ldc;
    const float *a = block->a + row * lda, *a4 = a + (rows > 4 ? 4 * lda : 0);
    const size_t ahead = row + rows < block->rows ? rows * lda : 0;
    const float *b = block->b + column * ldb, *b4 = b + (columns > 4 ? 4 * ldb : 0);
    float *const lanes =
        block->lanes == NULL ? NULL : block->lanes + 16 * (block->rows * column + row * (size_t)columns);
    f32x16 x0, x1 = f_set(0.0f), x2 = x1, x3 = x1, x4 = x1, x5 = x1, x6 = x1, x7 = x1;
    BLOCK_ELEMENTS(BLOCK_DECLARE)
    if (!block->is_first) {
        BLOCK_ELEMENTS(BLOCK_RESUME)
    }
    for (size_t p = block->k / 16; p != 0; p--) {
        BLOCK_ROWS(BLOCK_LOAD_A)
        BLOCK_ROWS(BLOCK_STEP)
        a += 16, a4 += 16, b += 16, b4 += 16;
    }
    const size_t left = block->k % 16;
    if (left != 0) {
        BLOCK_ROWS(BLOCK_LOAD_A_PART)
        BLOCK_ROWS(BLOCK_STEP_PART)
    }
    if (!block->is_last) {
        BLOCK_ELEMENTS(BLOCK_SAVE)
        return;
    }
    float *const c = block->c + row * ldc + column;
    float apart[8 * 8], last[8];
    if (columns == 1) {
        float *const to = rows % 4 == 0 && ldc == 1 ? c : apart;
        f_store_sums(to, s0_0, s1_0, s2_0, s3_0);
        if (rows > 4) f_store_sums(to + 4, s4_0, s5_0, s6_0, s7_0);
        for (size_t i = 0; i < (size_t)rows && to != c; i++) c[i * ldc] = to[i];
        return;
    }
    const int is_apart = columns % 4 != 0 && ldc != (size_t)columns;
    float *const to = is_apart ? apart : c;
    const size_t step = is_apart ? 8 : ldc;
    BLOCK_ROWS(BLOCK_SUM_ROW)
    if (columns % 4 == 0) return;
    for (size_t i = 0; i + 1 < (size_t)rows && is_apart; i++)
        for (size_t j = 0; j < (size_t)columns; j++) c[i * ldc + j] = apart[i * 8 + j];
    for (size_t j = 0; j < (size_t)columns; j++) c[((size_t)rows - 1) * ldc + j] = last[j];
}

// The tile sizes: as many accumulators as registers, less those for the rows of A and one of op(B)ᵀ.
#define BLOCK_UP_TO_2(X, columns) X(1, columns) X(2, columns)
#define BLOCK_UP_TO_3(X, columns) BLOCK_UP_TO_2(X, columns) X(3, columns)
#define BLOCK_UP_TO_4(X, columns) BLOCK_UP_TO_3(X, columns) X(4, columns)
#define BLOCK_UP_TO_6(X, columns) BLOCK_UP_TO_4(X, columns) X(5, columns) X(6, columns)
#define BLOCK_UP_TO_8(X, columns) BLOCK_UP_TO_6(X, columns) X(7, columns) X(8, columns)
#if CK_DOT_TILE == 4
#define BLOCK_TILES(X) \
    BLOCK_UP_TO_8(X, 1) BLOCK_UP_TO_8(X, 2) BLOCK_UP_TO_8(X, 3) BLOCK_UP_TO_6(X, 4) \
    BLOCK_UP_TO_4(X, 5) BLOCK_UP_TO_4(X, 6) BLOCK_UP_TO_3(X, 7) BLOCK_UP_TO_3(X, 8)
#define BLOCK_MOST_ROWS {8, 8, 8, 6, 4, 4, 3, 3}
#else
#define BLOCK_TILES(X) BLOCK_UP_TO_4(X, 1) BLOCK_UP_TO_2(X, 2)
#define BLOCK_MOST_ROWS {4, 2}
#endif

#define BLOCK_DEFINE(rows, columns) \
    static void dot_block_##rows##x##columns(const ck_dot_block *block, size_t row, size_t column) { \
        dot_block_tile(block, row, column, rows, columns); \
    }
BLOCK_TILES(BLOCK_DEFINE)

static void gemm_dot(const ck_dot_block *block) {
    static const size_t most_rows[] = BLOCK_MOST_ROWS;
    static void (*const tiles[][8])(const ck_dot_block *, size_t, size_t) = {
#define BLOCK_ENTRY(rows, columns) [columns - 1][rows - 1] = dot_block_##rows##x##columns,
        BLOCK_TILES(BLOCK_ENTRY)
#undef BLOCK_ENTRY
    };
    const size_t widest = sizeof most_rows / sizeof *most_rows;
    for (size_t column = 0, columns; column < block->columns; column += columns) {
        columns = block->columns - column < widest ? block->columns - column : widest;
        const size_t most = most_rows[columns - 1];
        for (size_t row = 0, rows; row < block->rows; row += rows) {
            rows = block->rows - row < most ? block->rows - row : most;
            tiles[columns - 1][rows - 1](block, row, column);
        }
    }
}

static void gemm_dot_finish(const ck_dot_finish *finish) {
    const f32x16 alpha = f_set(finish->alpha), beta = f_set(finish->beta), zero = f_set(0.0f);
    for (size_t i = 0; i < finish->rows; i++)
        for (size_t j = 0; j < finish->columns; j += 16) {
            const size_t left = finish->columns - j;
            float *c = finish->c + i * finish->ldc + j;
            f32x16 value = f_load_up_to(finish->sums + i * finish->columns + j, left);
            if (finish->beta == 0) value = f_mul(alpha, value);
            else value = f_fma(alpha, value, f_mul(beta, f_load_up_to(c, left)));
            if (finish->bias != NULL) value = f_add(value, f_load_up_to(finish->bias + j, left));
            if (finish->relu) value = f_select(f_less_equal(value, zero), zero, value);
            f_store_up_to(c, value, left);
        }
}
