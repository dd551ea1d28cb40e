/// The microkernel, written once. An instruction set's file defines its vector type and operations
///     VECTOR, LANES, ZERO(), BROADCAST(x), LOAD(p), STORE(p, v), LOAD_FIRST(p, n), STORE_FIRST(p, n, v),
///     MULTIPLY(x, y), ADD(x, y), FMA(x, y, z) = x·y + z in one rounding, POSITIVE(x) = 0 if x <= 0, else x
/// and includes this file.
///
/// Accumulators are named variables, not an array: so every compiler keeps them in registers. `rows`, `vectors`,
/// `layout` and `partial` are constants in every instance, so all tests on them vanish.

#define FOR_EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)

#define DECLARE(i) VECTOR c##i##_0 = ZERO(), c##i##_1 = ZERO(), c##i##_2 = ZERO();

#define IS_PARTIAL(v) (partial && (v) + 1 == vectors)
#define LOAD_VECTOR(p, v) (IS_PARTIAL(v) ? LOAD_FIRST((p) + (v) * LANES, last) : LOAD((p) + (v) * LANES))

#define START_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = MULTIPLY(beta, LOAD_VECTOR(c + (i) * ldc, v));
#define START(i) \
    if ((i) < rows) { \
        START_VECTOR(i, 0) START_VECTOR(i, 1) START_VECTOR(i, 2) \
    }

/// The rows of C below belong to the next tile: they arrive while this one is computed.
#define PREFETCH_VECTOR(i, v) \
    if ((v) < vectors) __builtin_prefetch(c + (rows + (i)) * ldc + (v) * LANES, 1);
#define PREFETCH(i) \
    if ((i) < rows) { \
        PREFETCH_VECTOR(i, 0) PREFETCH_VECTOR(i, 1) PREFETCH_VECTOR(i, 2) \
    }

#define STEP_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = FMA(x, b##v, c##i##_##v);
#define STEP(i) \
    if ((i) < rows) { \
        VECTOR x = BROADCAST(a[layout == CK_A_COLUMNS ? (i) : (i) * lda]); \
        STEP_VECTOR(i, 0) STEP_VECTOR(i, 1) STEP_VECTOR(i, 2) \
    }

#define BIAS_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = ADD(c##i##_##v, b##v);
#define BIAS(i) \
    if ((i) < rows) { \
        BIAS_VECTOR(i, 0) BIAS_VECTOR(i, 1) BIAS_VECTOR(i, 2) \
    }

#define RELU_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = POSITIVE(c##i##_##v);
#define RELU(i) \
    if ((i) < rows) { \
        RELU_VECTOR(i, 0) RELU_VECTOR(i, 1) RELU_VECTOR(i, 2) \
    }

#define FINISH_VECTOR(i, v) \
    if ((v) < vectors) { \
        if (IS_PARTIAL(v)) STORE_FIRST(c + (i) * ldc + (v) * LANES, last, c##i##_##v); \
        else STORE(c + (i) * ldc + (v) * LANES, c##i##_##v); \
    }
#define FINISH(i) \
    if ((i) < rows) { \
        FINISH_VECTOR(i, 0) FINISH_VECTOR(i, 1) FINISH_VECTOR(i, 2) \
    }

#define LOAD_ROW(p) \
    b0 = LOAD_VECTOR(p, 0); \
    if (vectors > 1) b1 = LOAD_VECTOR(p, 1); \
    if (vectors > 2) b2 = LOAD_VECTOR(p, 2);

__attribute__((always_inline)) static inline void multiply_tile(const ck_gemm_tile *tile, const int rows,
                                                                const int vectors, const int layout,
                                                                const int partial) {
    const float *a = tile->a, *b = tile->b;
    float *const c = tile->c;
    const size_t k = tile->k, lda = tile->lda, ldb = tile->ldb, ldc = tile->ldc, last = tile->last;
    VECTOR b0, b1 = ZERO(), b2 = ZERO();
    (void)last;
    FOR_EACH_ROW(DECLARE)
    if (tile->beta != 0) {
        const VECTOR beta = BROADCAST(tile->beta);
        FOR_EACH_ROW(START)
    }
    if (k >= 64) {
        FOR_EACH_ROW(PREFETCH)
    }
    for (size_t p = 0; p < k; p++) {
        LOAD_ROW(b)
        FOR_EACH_ROW(STEP)
        a += layout == CK_A_COLUMNS ? lda : 1;
        b += ldb;
    }
    if (tile->bias != NULL) {
        LOAD_ROW(tile->bias)
        FOR_EACH_ROW(BIAS)
    }
    if (tile->relu) {
        FOR_EACH_ROW(RELU)
    }
    FOR_EACH_ROW(FINISH)
}

/// Defines the four microkernels of one tile size.
#define MICROKERNEL(rows, vectors) \
    static void tile_##rows##x##vectors(const ck_gemm_tile *tile) { \
        multiply_tile(tile, rows, vectors, CK_A_ROWS, 0); \
    } \
    static void tile_##rows##x##vectors##_partial(const ck_gemm_tile *tile) { \
        multiply_tile(tile, rows, vectors, CK_A_ROWS, 1); \
    } \
    static void tile_##rows##x##vectors##_columns(const ck_gemm_tile *tile) { \
        multiply_tile(tile, rows, vectors, CK_A_COLUMNS, 0); \
    } \
    static void tile_##rows##x##vectors##_columns_partial(const ck_gemm_tile *tile) { \
        multiply_tile(tile, rows, vectors, CK_A_COLUMNS, 1); \
    }

/// The four as one line of the table.
#define ENTRY(rows, vectors) \
    {{tile_##rows##x##vectors, tile_##rows##x##vectors##_partial}, \
     {tile_##rows##x##vectors##_columns, tile_##rows##x##vectors##_columns_partial}},

#define UP_TO_4(X, vectors) X(1, vectors) X(2, vectors) X(3, vectors) X(4, vectors)
#define UP_TO_6(X, vectors) UP_TO_4(X, vectors) X(5, vectors) X(6, vectors)
#define UP_TO_8(X, vectors) UP_TO_6(X, vectors) X(7, vectors) X(8, vectors)
#define UP_TO_14(X, vectors) \
    UP_TO_8(X, vectors) X(9, vectors) X(10, vectors) X(11, vectors) X(12, vectors) X(13, vectors) X(14, vectors)
