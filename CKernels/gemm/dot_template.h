/// Products whose vectors lie along k: 16 partial sums an element, which a tree adds up at the end.
///
/// The tiles are rows of A by rows of op(B)ᵀ. Accumulators are named variables, not an array: so every compiler keeps
/// them in registers. `rows` and `columns` are constants in every instance, so all tests on them vanish.
///
/// Sixteen lanes that fill several registers are added up in parts, each over all of k (f32part): with one register for
/// an accumulator tiles are larger, and each element is loaded for more multiply-adds.

#define BLOCK_EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define BLOCK_ROW_OF(X, i) X(i, 0) X(i, 1) X(i, 2) X(i, 3) X(i, 4) X(i, 5) X(i, 6) X(i, 7)
#define BLOCK_COLUMN_OF(X, j) X(0, j) X(1, j) X(2, j) X(3, j) X(4, j) X(5, j) X(6, j) X(7, j)
#define BLOCK_ELEMENTS(X) \
    BLOCK_ROW_OF(X, 0) BLOCK_ROW_OF(X, 1) BLOCK_ROW_OF(X, 2) BLOCK_ROW_OF(X, 3) \
    BLOCK_ROW_OF(X, 4) BLOCK_ROW_OF(X, 5) BLOCK_ROW_OF(X, 6) BLOCK_ROW_OF(X, 7)

/// Where the loop is in row i, three rows to a pointer: an address is a pointer and one step or two.
#define BLOCK_ROW(x, i) \
    ((i) < 3 ? x + (i) * ld##x : (i) < 6 ? x##3 + ((i) - 3) * ld##x : x##6 + ((i) - 6) * ld##x)
/// Moves a pointer, if the tile has the row that it is for. The compiler shall take it as it is: it would work out an
/// address for each row beforehand, which takes longer than short sums.
#define BLOCK_MOVE(pointer, row, rows, step) \
    if ((rows) > (row)) { \
        pointer += step; \
        __asm__("" : "+r"(pointer)); \
    }
#define BLOCK_ADVANCE(step) \
    BLOCK_MOVE(a, 0, rows, step) BLOCK_MOVE(a3, 3, rows, step) BLOCK_MOVE(a6, 6, rows, step) \
    BLOCK_MOVE(b, 0, columns, step) BLOCK_MOVE(b3, 3, columns, step) BLOCK_MOVE(b6, 6, columns, step)

#define BLOCK_DECLARE(i, j) f32part s##i##_##j = part_zero();
#define BLOCK_LANES(of, i, j) ((of) + 16 * ((i) * columns + (j)) + first)
#define BLOCK_RESUME(i, j) \
    if ((i) < rows && (j) < columns) s##i##_##j = part_load(BLOCK_LANES(waiting, i, j));
#define BLOCK_LEAVE(i, j) \
    if ((i) < rows && (j) < columns) part_store(BLOCK_LANES(waiting, i, j), s##i##_##j);
#define BLOCK_COMPLETE(i, j) \
    if ((i) < rows && (j) < columns) part_store(BLOCK_LANES(lanes, i, j), s##i##_##j);

/// A step along k: the shorter side of the tile is held in registers while the other passes.
#define BLOCK_ADD(i, j) \
    if ((i) < rows && (j) < columns) s##i##_##j = part_fma(x##i, y##j, s##i##_##j);
#define BLOCK_LOAD(vector, matrix, i, is_held) \
    vector##i = is_end ? part_load_first(BLOCK_ROW(matrix, i), end) : part_load(BLOCK_ROW(matrix, i) + at); \
    if (is_held) part_keep(&vector##i);
#define BLOCK_HOLD_A(i) \
    if ((i) < rows) { BLOCK_LOAD(x, a, i, 1) }
#define BLOCK_HOLD_B(j) \
    if ((j) < columns) { BLOCK_LOAD(y, b, j, 1) }
#define BLOCK_PASS_A(i) \
    if ((i) < rows) { BLOCK_LOAD(x, a, i, columns > 1) } \
    BLOCK_ROW_OF(BLOCK_ADD, i)
#define BLOCK_PASS_B(j) \
    if ((j) < columns) { BLOCK_LOAD(y, b, j, rows > 1) } \
    BLOCK_COLUMN_OF(BLOCK_ADD, j)
/// The rows of A below belong to the next tile: they arrive while this one is computed.
#define BLOCK_FETCH(i) \
    if ((i) < rows) __builtin_prefetch(BLOCK_ROW(a, i) + ahead);
#define BLOCK_STEP \
    if (rows <= columns) { \
        BLOCK_EACH(BLOCK_HOLD_A) \
        BLOCK_EACH(BLOCK_PASS_B) \
    } else { \
        BLOCK_EACH(BLOCK_HOLD_B) \
        BLOCK_EACH(BLOCK_PASS_A) \
    }

/// Adds up the lanes first ..< first + CK_PART_LANES of a tile: into `lanes` if this is the last of k, else into the block's
/// own. Both hold 16 lanes an element.
CK_INLINE void dot_part(const ck_dot_block *block, size_t row, size_t column, const int rows, const int columns,
                        const size_t first, const int is_last, float *lanes) {
    const size_t lda = block->lda, ldb = block->ldb;
    const float *a = block->a + row * lda + first, *b = block->b + column * ldb + first;
    const float *a3 = a + (rows > 3 ? 3 * lda : 0), *a6 = a + (rows > 6 ? 6 * lda : 0);
    const float *b3 = b + (columns > 3 ? 3 * ldb : 0), *b6 = b + (columns > 6 ? 6 * ldb : 0);
    const size_t ahead = block->is_far && column == 0 && row + rows < block->rows ? rows * lda : 0;
    float *const waiting =
        block->lanes == NULL ? NULL : block->lanes + 16 * (block->rows * column + row * (size_t)columns);
    f32part x0, x1, x2, x3, x4, x5, x6, x7, y0, y1, y2, y3, y4, y5, y6, y7;
    BLOCK_ELEMENTS(BLOCK_DECLARE)
    if (!block->is_first) {
        BLOCK_ELEMENTS(BLOCK_RESUME)
    }
    size_t left = block->k, at = 0;
    {
        const int is_end = 0;
        const part_mask end = part_first(0);
        for (; left >= 16 && first == 0 && ahead != 0; left -= 16) {
            BLOCK_EACH(BLOCK_FETCH)
            BLOCK_STEP
            BLOCK_ADVANCE(16)
        }
        for (; left >= 32; left -= 32) {
            BLOCK_STEP
            BLOCK_ADVANCE(0) // lest the steps be mixed, for which there are no registers
            at = 16;
            BLOCK_STEP
            at = 0;
            BLOCK_ADVANCE(32)
        }
        for (; left >= 16; left -= 16) {
            BLOCK_STEP
            BLOCK_ADVANCE(16)
        }
    }
    if (left != 0) {
        const int is_end = 1;
        const size_t behind = left < first ? 0 : left - first;
        const part_mask end = part_first(behind < CK_PART_LANES ? behind : CK_PART_LANES);
        BLOCK_STEP
    }
    if (is_last) {
        BLOCK_ELEMENTS(BLOCK_COMPLETE)
    } else {
        BLOCK_ELEMENTS(BLOCK_LEAVE)
    }
}

/// Room for eight rows of eight: more than any tile has, but compilers warn of the rows that it has not.
enum { BLOCK_MOST_ELEMENTS = 8 * 8 };

#define BLOCK_SUM(i, j) ((j) < columns ? f_load(lanes + 16 * ((i) * columns + (j))) : f_set(0.0f))
/// Sums come in fours: what is too many behind a row of C without gaps is the next row's, which comes later.
#define BLOCK_SUM_ROW(i) \
    if ((i) < rows) { \
        float *const at = (i) + 1 < rows || columns % 4 == 0 ? to + (i) * step : last; \
        f_store_sums(at, BLOCK_SUM(i, 0), BLOCK_SUM(i, 1), BLOCK_SUM(i, 2), BLOCK_SUM(i, 3)); \
        if (columns > 4) f_store_sums(at + 4, BLOCK_SUM(i, 4), BLOCK_SUM(i, 5), BLOCK_SUM(i, 6), BLOCK_SUM(i, 7)); \
    }

CK_INLINE void dot_block_tile(const ck_dot_block *block, size_t row, size_t column, const int rows, const int columns) {
    _Alignas(64) float lanes[16 * BLOCK_MOST_ELEMENTS]; // in registers, where a part is all lanes
    const int is_last = block->is_last;
    dot_part(block, row, column, rows, columns, 0, is_last, lanes);
    if (CK_PART_LANES == 4) dot_part(block, row, column, rows, columns, 4, is_last, lanes);
    if (CK_PART_LANES <= 8) dot_part(block, row, column, rows, columns, 8, is_last, lanes);
    if (CK_PART_LANES == 4) dot_part(block, row, column, rows, columns, 12, is_last, lanes);
    if (!is_last) return;
    const size_t ldc = block->ldc;
    float *const c = block->c + row * ldc + column;
    float apart[8 * 8], last[8];
    const int is_apart = columns % 4 != 0 && ldc != (size_t)columns;
    float *const to = is_apart ? apart : c;
    const size_t step = is_apart ? 8 : ldc;
    BLOCK_EACH(BLOCK_SUM_ROW)
    if (columns % 4 == 0) return;
    for (size_t i = 0; i + 1 < (size_t)rows && is_apart; i++)
        for (size_t j = 0; j < (size_t)columns; j++) c[i * ldc + j] = apart[i * 8 + j];
    for (size_t j = 0; j < (size_t)columns; j++) c[((size_t)rows - 1) * ldc + j] = last[j];
}

#define COLUMN_DECLARE(i) f32x16 s##i = f_set(0.0f);
#define COLUMN_RESUME(i) \
    if ((i) < rows) s##i = f_load(waiting + 16 * (i));
#define COLUMN_LEAVE(i) \
    if ((i) < rows) f_store(waiting + 16 * (i), s##i);
#define COLUMN_ADD(i) \
    if ((i) < rows) s##i = f_fma(f_load(BLOCK_ROW(a, i)), y, s##i);
#define COLUMN_ADD_LEFT(i) \
    if ((i) < rows) s##i = f_fma(f_load_part(BLOCK_ROW(a, i), left), y, s##i);

/// A tile of one column. Nothing but op(B)'s vector is used twice, so all lanes are added up at once: rows of A are read
/// in whole lines.
CK_INLINE void dot_column(const ck_dot_block *block, size_t row, size_t column, const int rows) {
    const size_t lda = block->lda;
    const float *a = block->a + row * lda, *a3 = a + (rows > 3 ? 3 * lda : 0), *a6 = a + (rows > 6 ? 6 * lda : 0);
    const float *b = block->b + column * block->ldb;
    float *const waiting = block->lanes == NULL ? NULL : block->lanes + 16 * (block->rows * column + row);
    const int columns = 0; // op(B) has but one pointer
    const float *b3 = b, *b6 = b;
    BLOCK_EACH(COLUMN_DECLARE)
    if (!block->is_first) {
        BLOCK_EACH(COLUMN_RESUME)
    }
    size_t left = block->k;
    for (; left >= 16; left -= 16, b += 16) {
        const f32x16 y = f_load(b);
        BLOCK_EACH(COLUMN_ADD)
        BLOCK_ADVANCE(16)
    }
    if (left != 0) {
        const f32x16 y = f_load_part(b, left);
        BLOCK_EACH(COLUMN_ADD_LEFT)
    }
    if (!block->is_last) {
        BLOCK_EACH(COLUMN_LEAVE)
        return;
    }
    float apart[8], *const c = block->c + row * block->ldc + column;
    float *const to = rows % 4 == 0 && block->ldc == 1 ? c : apart;
    f_store_sums(to, s0, s1, s2, s3);
    if (rows > 4) f_store_sums(to + 4, s4, s5, s6, s7);
    for (size_t i = 0; i < (size_t)rows && to != c; i++) c[i * block->ldc] = to[i];
}

// The tile sizes: as many accumulators as registers, less those for the shorter side and one of the longer.
#define BLOCK_UP_TO_2(X, columns) X(1, columns) X(2, columns)
#define BLOCK_UP_TO_3(X, columns) BLOCK_UP_TO_2(X, columns) X(3, columns)
#define BLOCK_UP_TO_4(X, columns) BLOCK_UP_TO_3(X, columns) X(4, columns)
#define BLOCK_UP_TO_6(X, columns) BLOCK_UP_TO_4(X, columns) X(5, columns) X(6, columns)
#define BLOCK_UP_TO_8(X, columns) BLOCK_UP_TO_6(X, columns) X(7, columns) X(8, columns)
#if CK_DOT_ACCUMULATORS == 24
#define BLOCK_TILES(X) \
    BLOCK_UP_TO_8(X, 2) BLOCK_UP_TO_8(X, 3) BLOCK_UP_TO_6(X, 4) \
    BLOCK_UP_TO_4(X, 5) BLOCK_UP_TO_4(X, 6) BLOCK_UP_TO_3(X, 7) BLOCK_UP_TO_3(X, 8)
#define BLOCK_MOST_ROWS {CK_COLUMN_ROWS, 8, 8, 6, 4, 4, 3, 3}
#elif CK_DOT_ACCUMULATORS == 12
#define BLOCK_TILES(X) BLOCK_UP_TO_6(X, 2) BLOCK_UP_TO_4(X, 3) BLOCK_UP_TO_3(X, 4)
#define BLOCK_MOST_ROWS {CK_COLUMN_ROWS, 6, 4, 3}
#else
#define BLOCK_TILES(X) BLOCK_UP_TO_2(X, 2)
#define BLOCK_MOST_ROWS {CK_COLUMN_ROWS, 2}
#endif
// Of one column: eight accumulators at least, or the multipliers would wait for the last sums.
#if CK_DOT_ACCUMULATORS == 24
enum { CK_COLUMN_ROWS = 8 };
#define BLOCK_COLUMN_TILES(X) BLOCK_UP_TO_8(X, 1)
#else
enum { CK_COLUMN_ROWS = 4 };
#define BLOCK_COLUMN_TILES(X) BLOCK_UP_TO_4(X, 1)
#endif

#define BLOCK_DEFINE(rows, columns) \
    static void dot_block_##rows##x##columns(const ck_dot_block *block, size_t row, size_t column) { \
        dot_block_tile(block, row, column, rows, columns); \
    }
#define COLUMN_DEFINE(rows, columns) \
    static void dot_block_##rows##x1(const ck_dot_block *block, size_t row, size_t column) { \
        dot_column(block, row, column, rows); \
    }
BLOCK_TILES(BLOCK_DEFINE)
BLOCK_COLUMN_TILES(COLUMN_DEFINE)

static void gemm_dot(const ck_dot_block *block) {
    static const size_t most_rows[] = BLOCK_MOST_ROWS;
    static void (*const tiles[][8])(const ck_dot_block *, size_t, size_t) = {
#define BLOCK_ENTRY(rows, columns) [columns - 1][rows - 1] = dot_block_##rows##x##columns,
        BLOCK_COLUMN_TILES(BLOCK_ENTRY) BLOCK_TILES(BLOCK_ENTRY)
#undef BLOCK_ENTRY
    };
    // Of rows whole pages apart the first cache holds but a few, with what is fetched ahead of them.
    const size_t held = block->lda % 1024 == 0 ? 4 : 8;
    const size_t widest = sizeof most_rows / sizeof *most_rows;
    for (size_t column = 0, columns; column < block->columns; column += columns) {
        // As few strips as can be, of about the same width.
        const size_t left = block->columns - column, strips = (left + widest - 1) / widest;
        columns = strips == 1 ? left : (left + strips - 1) / strips; // a division takes as long as a short dot
        const size_t most = most_rows[columns - 1] < held ? most_rows[columns - 1] : held;
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
