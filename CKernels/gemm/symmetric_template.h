/// Dot products of the rows of a matrix with each other, in square tiles: each row that is loaded meets CK_DOT_TILE
/// others. Accumulators are named variables, so that every compiler keeps them in registers.

#define EACH_DOT_ROW(X, LOAD) X(0, LOAD) X(1, LOAD) X(2, LOAD) X(3, LOAD)
#define EACH_DOT(X) \
    X(0, 0) X(0, 1) X(0, 2) X(0, 3) X(1, 0) X(1, 1) X(1, 2) X(1, 3) \
    X(2, 0) X(2, 1) X(2, 2) X(2, 3) X(3, 0) X(3, 1) X(3, 2) X(3, 3)

#define DOT_DECLARE(i, j) f32x16 sum##i##j = f_set(0.0f);
#define DOT_MULTIPLY(i, j) \
    if ((i) < CK_DOT_TILE) sum##i##j = f_fma(left##i, right, sum##i##j);
#define DOT_LEFT(i, LOAD) const f32x16 left##i = (i) < CK_DOT_TILE ? LOAD(row[i] + p) : f_set(0.0f);
#define DOT_RIGHT(j, LOAD) \
    if ((j) < CK_DOT_TILE) { \
        const f32x16 right = LOAD(column[j] + p); \
        DOT_MULTIPLY(0, j) DOT_MULTIPLY(1, j) DOT_MULTIPLY(2, j) DOT_MULTIPLY(3, j) \
    }
#define DOT_STEP(LOAD) EACH_DOT_ROW(DOT_LEFT, LOAD) EACH_DOT_ROW(DOT_RIGHT, LOAD)
#define DOT_LOAD(p) f_load(p)
#define DOT_LOAD_LAST(p) f_load_part(p, last)
#define DOT_STORE(i, j) \
    if ((i) < CK_DOT_TILE && (j) < CK_DOT_TILE) dot[i][j] = f_sum(sum##i##j);

/// dot[i][j] = Σ_p row[i][p] · column[j][p].
static void dot_tile(size_t k, const float *const row[4], const float *const column[4], float dot[4][4]) {
    EACH_DOT(DOT_DECLARE)
    size_t p = 0;
    for (; p + 16 <= k; p += 16) {
        DOT_STEP(DOT_LOAD)
    }
    const size_t last = k - p;
    if (last != 0) {
        DOT_STEP(DOT_LOAD_LAST)
    }
    EACH_DOT(DOT_STORE)
}

static void row_products(size_t rows, size_t k, const float *x, size_t ldx, float *sums) {
    for (size_t i = 0; i < rows; i += CK_DOT_TILE) {
        for (size_t j = 0; j <= i; j += CK_DOT_TILE) {
            // The last row stands in for those behind it: nobody looks at their products.
            const float *row[4], *column[4];
            for (size_t t = 0; t < 4; t++) {
                row[t] = x + (i + t < rows ? i + t : rows - 1) * ldx;
                column[t] = x + (j + t < rows ? j + t : rows - 1) * ldx;
            }
            float dot[4][4];
            dot_tile(k, row, column, dot);
            for (size_t s = 0; s < CK_DOT_TILE && i + s < rows; s++)
                for (size_t t = 0; t < CK_DOT_TILE && j + t <= i + s; t++)
                    sums[(i + s) * (i + s + 1) / 2 + j + t] += dot[s][t];
        }
    }
}
