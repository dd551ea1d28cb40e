/// The microkernel, written once. An instruction set's file defines its vector type and operations
///     VECTOR, LANES, ZERO(), BROADCAST(x), LOAD(p), STORE(p, v), LOAD_FIRST(p, n), STORE_FIRST(p, n, v),
///     STREAM(p, v): a store past the caches, p aligned to the vector,
///     MULTIPLY(x, y), ADD(x, y), FMA(x, y, z) = x·y + z in one rounding, POSITIVE(x) = 0 if x <= 0, else x,
///     PREFIX: the first part of the kernels' names
/// and includes this file; once more with other definitions if it has vectors of two widths.
///
/// Accumulators are named variables, not an array: so every compiler keeps them in registers. `rows`, `vectors`,
/// `layout` and `partial` are constants in every instance, so all tests on them vanish.
///
/// With a short k the time goes into what is around the sums, and there into addresses: a compiler that sees all rows of
/// C at once works out an address for each before it begins, which no registers can hold. So pointers walk from row to
/// row, and HOLD tells the compiler to take them as they are.
///
/// With a long k it goes into the loop over k, and where two threads share a core, into the number of its instructions:
/// each has half of those that the core can take in. So a turn takes four steps, and addresses cost one instruction each
/// for three rows of A, and for two rows of B.

#ifndef CK_MICROKERNEL_H
#define CK_MICROKERNEL_H

#define FOR_EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)
#define FOR_EACH_VECTOR(X, i) X(i, 0) X(i, 1) X(i, 2) X(i, 3) X(i, 4) X(i, 5) X(i, 6) X(i, 7)
#define IS_IN_TILE(i, v) ((i) < rows && (v) < vectors)

#define IS_PARTIAL(v) (partial && (v) + 1 == vectors)
#define LOAD_VECTOR(p, v) (IS_PARTIAL(v) ? LOAD_FIRST((p) + (v) * LANES, last) : LOAD((p) + (v) * LANES))

#define DECLARE_VECTOR(i, v) VECTOR c##i##_##v = ZERO();
#define DECLARE(i) FOR_EACH_VECTOR(DECLARE_VECTOR, i)

#define HOLD(pointer) __asm__("" : "+r"(pointer))

/// What is done to every row of the tile; `pointer` goes along.
#define ALONG(pointer, ld, ACTION, i) \
    if ((i) < rows) { \
        FOR_EACH_VECTOR(ACTION, i) \
        pointer += (ld); \
        HOLD(pointer); \
    }

#define ALONG_ROW(ACTION, i) ALONG(row, ldc, ACTION, i)

#define START_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = MULTIPLY(beta, LOAD_VECTOR(row, v));
#define START(i) ALONG_ROW(START_VECTOR, i)

#define PREFETCH_VECTOR(i, v) \
    if ((v) < vectors) __builtin_prefetch(row + (v) * LANES, 1);
#define PREFETCH(i) ALONG_ROW(PREFETCH_VECTOR, i)

/// Row i of A, three rows to a pointer: an address is a pointer and one step or two.
#define ROW_OF_A(i) \
    ((i) < 3    ? a + (i) * lda \
     : (i) < 6  ? a3 + ((i) - 3) * lda \
     : (i) < 9  ? a6 + ((i) - 6) * lda \
     : (i) < 12 ? a9 + ((i) - 9) * lda \
                : a12 + ((i) - 12) * lda)

/// Element `ahead` of op(A)'s row i from the place on where the pointers are; a column of A is at most one ahead.
#define ELEMENT_OF_A(i, ahead) (layout == CK_A_COLUMNS ? a[(ahead) % 2 * lda + (i)] : ROW_OF_A(i)[ahead])

#define STEP_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = FMA(x, b##v, c##i##_##v);
#define STEP_ROW(i, ahead) \
    if ((i) < rows) { \
        const VECTOR x = BROADCAST(ELEMENT_OF_A(i, ahead)); \
        FOR_EACH_VECTOR(STEP_VECTOR, i) \
    }
/// One element of k.
#define STEP(ahead) \
    LOAD_ROW(b + (ahead) % 2 * ldb) \
    STEP_ROW(0, ahead) STEP_ROW(1, ahead) STEP_ROW(2, ahead) STEP_ROW(3, ahead) STEP_ROW(4, ahead) \
    STEP_ROW(5, ahead) STEP_ROW(6, ahead) STEP_ROW(7, ahead) STEP_ROW(8, ahead) STEP_ROW(9, ahead) \
    STEP_ROW(10, ahead) STEP_ROW(11, ahead) STEP_ROW(12, ahead) STEP_ROW(13, ahead)
/// A line of each of the next rows of A arrives while this tile takes as much of its own.
#define FETCH(i) \
    if ((i) < rows) __builtin_prefetch(ROW_OF_A(i) + ahead);
/// Moves the pointers that go from one element of k to another by whole rows.
#define PASS_ROWS(count) \
    b += (count) * ldb; \
    HOLD(b); \
    if (layout == CK_A_COLUMNS) { \
        a += (count) * lda; \
        HOLD(a); \
    }
/// And those that go along rows of A.
#define PASS_ALONG(pointer, first, count) \
    if (layout == CK_A_ROWS && rows > (first)) { \
        pointer += (count); \
        HOLD(pointer); \
    }
#define PASS_COLUMNS(count) \
    PASS_ALONG(a, 0, count) PASS_ALONG(a3, 3, count) PASS_ALONG(a6, 6, count) PASS_ALONG(a9, 9, count) \
    PASS_ALONG(a12, 12, count)
/// Where a row of A is that begins such a pointer; the tile may have none.
#define BEGIN_ROWS(i) (layout == CK_A_ROWS && rows > (i) ? a + (i) * lda : a)

#define BIAS_VECTOR(i, v) \
    if (IS_IN_TILE(i, v)) c##i##_##v = ADD(c##i##_##v, b##v);
#define BIAS(i) FOR_EACH_VECTOR(BIAS_VECTOR, i)

#define RELU_VECTOR(i, v) \
    if (IS_IN_TILE(i, v)) c##i##_##v = POSITIVE(c##i##_##v);
#define RELU(i) FOR_EACH_VECTOR(RELU_VECTOR, i)

#define RESIDUAL_VECTOR(i, v) \
    if ((v) < vectors) c##i##_##v = ADD(c##i##_##v, LOAD_VECTOR(other, v));
#define RESIDUAL(i) ALONG(other, tile->ldr, RESIDUAL_VECTOR, i)

#define FINISH_VECTOR(i, v) \
    if ((v) < vectors) { \
        if (IS_PARTIAL(v)) STORE_FIRST(row + (v) * LANES, last, c##i##_##v); \
        else if (streams) STREAM(row + (v) * LANES, c##i##_##v); \
        else STORE(row + (v) * LANES, c##i##_##v); \
    }
#define FINISH(i) ALONG_ROW(FINISH_VECTOR, i)

#define LOAD_ROW_VECTOR(p, v) \
    if ((v) < vectors) b##v = LOAD_VECTOR(p, v);
#define LOAD_ROW(p) FOR_EACH_VECTOR(LOAD_ROW_VECTOR, p)

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(rest) JOIN(PREFIX, rest)

/// Defines the four microkernels of one tile size.
#define MICROKERNEL(rows, vectors) \
    static void NAME(_##rows##x##vectors)(const ck_gemm_tile *tile) { \
        NAME(_multiply)(tile, rows, vectors, CK_A_ROWS, 0); \
    } \
    static void NAME(_##rows##x##vectors##_partial)(const ck_gemm_tile *tile) { \
        NAME(_multiply)(tile, rows, vectors, CK_A_ROWS, 1); \
    } \
    static void NAME(_##rows##x##vectors##_columns)(const ck_gemm_tile *tile) { \
        NAME(_multiply)(tile, rows, vectors, CK_A_COLUMNS, 0); \
    } \
    static void NAME(_##rows##x##vectors##_columns_partial)(const ck_gemm_tile *tile) { \
        NAME(_multiply)(tile, rows, vectors, CK_A_COLUMNS, 1); \
    }

/// The four as one line of the table.
#define ENTRY(rows, vectors) \
    {{NAME(_##rows##x##vectors), NAME(_##rows##x##vectors##_partial)}, \
     {NAME(_##rows##x##vectors##_columns), NAME(_##rows##x##vectors##_columns_partial)}},

#define UP_TO_2(X, vectors) X(1, vectors) X(2, vectors)
#define UP_TO_4(X, vectors) UP_TO_2(X, vectors) X(3, vectors) X(4, vectors)
#define UP_TO_6(X, vectors) UP_TO_4(X, vectors) X(5, vectors) X(6, vectors)
#define UP_TO_8(X, vectors) UP_TO_6(X, vectors) X(7, vectors) X(8, vectors)
#define UP_TO_12(X, vectors) UP_TO_8(X, vectors) X(9, vectors) X(10, vectors) X(11, vectors) X(12, vectors)
#define UP_TO_14(X, vectors) UP_TO_12(X, vectors) X(13, vectors) X(14, vectors)

#endif

__attribute__((always_inline)) static inline void NAME(_multiply)(const ck_gemm_tile *tile, const int rows,
                                                                  const int vectors, const int layout,
                                                                  const int partial) {
    const size_t k = tile->k, lda = tile->lda, ldb = tile->ldb, ldc = tile->ldc, last = tile->last;
    const float *first_a = tile->a, *first_b = tile->b, *bias = tile->bias, *residual = tile->residual;
    float *c = tile->c;
    const int streams = tile->streams;
    size_t ahead = tile->ahead;
    VECTOR b0, b1 = ZERO(), b2 = b1, b3 = b1, b4 = b1, b5 = b1, b6 = b1, b7 = b1;
    (void)last;
    for (size_t count = tile->count; count != 0; count--) {
        const float *a = first_a, *b = first_b;
        float *row = c;
        FOR_EACH_ROW(DECLARE)
        if (tile->beta != 0) {
            const VECTOR beta = BROADCAST(tile->beta);
            FOR_EACH_ROW(START)
        }
        if (k >= 64) {
            // The rows of C below belong to the next tile: they arrive while this one is computed.
            row = c + rows * ldc;
            FOR_EACH_ROW(PREFETCH)
        }
        const float *a3 = BEGIN_ROWS(3), *a6 = BEGIN_ROWS(6), *a9 = BEGIN_ROWS(9), *a12 = BEGIN_ROWS(12);
        size_t p = k;
        for (; p >= 4; p -= 4) {
            if (layout == CK_A_ROWS && p % 16 < 4 && ahead != 0) {
                FOR_EACH_ROW(FETCH)
            }
            STEP(0)
            STEP(1)
            PASS_ROWS(2)
            STEP(2)
            STEP(3)
            PASS_ROWS(2)
            PASS_COLUMNS(4)
        }
        for (; p != 0; p--) {
            STEP(0)
            PASS_ROWS(1)
            PASS_COLUMNS(1)
        }
        if (bias != NULL) {
            LOAD_ROW(bias)
            FOR_EACH_ROW(BIAS)
            bias += tile->next_bias;
        }
        if (tile->relu) {
            FOR_EACH_ROW(RELU)
        }
        if (residual != NULL) {
            const float *other = residual;
            FOR_EACH_ROW(RESIDUAL)
            residual += tile->next_residual;
        }
        row = c;
        FOR_EACH_ROW(FINISH)
        if (tile->next_a == 0) ahead = 0; // the first of the tiles beside each other has fetched them
        first_a += tile->next_a, first_b += tile->next_b, c += tile->next_c;
    }
}
