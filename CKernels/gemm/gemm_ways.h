/// Which way a range of C is computed. Inline: for a tiny product a call takes as long as the question.
#ifndef CK_GEMM_WAYS_H
#define CK_GEMM_WAYS_H

#include "../runtime/arithmetic.h"
#include "gemm_blocks.h"

/// Floats of B that the first cache cannot hold.
enum { CK_BEYOND_FIRST_CACHE = 1 << 14 };

/// A product of so few multiply-adds that it does not pay to take the pool, not even for its scratch.
CK_INLINE int ck_gemm_is_short(const ck_gemm_call *call) {
    enum { least_steps = 1 << 18 };
    const size_t elements = call->m * call->n;
    return elements < least_steps && call->k < least_steps && elements * (call->k + 1) < least_steps;
}

/// Vectors along k (family.h).
CK_INLINE int ck_gemm_call_is_dot(const ck_gemm_call *call) {
    return ck_gemm_is_dot(call->transpose_a, call->transpose_b, call->n, call->k);
}

/// Whether dots need a copy of op(B)'s columns, which are no stretches of memory.
CK_INLINE int ck_gemm_dot_packs(const ck_gemm_call *call) { return !call->transpose_b && call->ldb > 1; }

/// Whether C is a column without gaps, and nothing but sums: then it is its own transpose.
CK_INLINE int ck_gemm_is_column(const ck_gemm_call *call) {
    return call->n == 1 && call->ldc == 1 && call->bias == NULL && !call->relu && call->finish == NULL;
}

/// A transposed B with few rows: to transpose it takes as long as six rows of the product; as the left operand it is read
/// where it lies. Worth it where the rows fill most of their half vectors, and B does not fit the first cache; and the result
/// has to be transposed instead, so for many rows the sums must be long.
CK_INLINE int ck_gemm_few_rows_swap(const ck_gemm_call *call, size_t rows) {
    enum { most_rows = 128, short_rows = 16 }; // the transposition of so few counts little
    return call->transpose_b && rows <= most_rows && (rows % 8 == 0 || rows % 8 > 4) &&
           call->n * call->k >= CK_BEYOND_FIRST_CACHE && (rows <= short_rows || call->k >= 5 * rows);
}

/// What a row of C takes by chains along n, in vector steps.
CK_INLINE size_t ck_gemm_straight_steps(const ck_gemm_call *call, size_t rows, size_t columns) {
    const size_t half_vectors = (columns + 7) / 8, tile = ck_gemm_range_columns(call);
    // Lines of A that share a few sets of the first cache are gone before the next tile wants the rest of them.
    const int collide = call->lda % 512 == 0 && call->k > 16;
    size_t steps = call->k * (collide && half_vectors == 1 ? 2 : half_vectors) / 2;
    if (call->transpose_b) steps += columns * call->k / 4 / rows;
    const int has_half = half_vectors % 2 == 1, is_far = call->k * rows > CK_NEAR_FLOATS;
    // Tiles along n read a few elements of each of A's rows: that is slow if they come from beyond the second cache, unless
    // the columns fill most of one tile, for then A is read but once; and chains along m take up Cᵀ again and again.
    if (is_far && !has_half && columns <= tile && 2 * columns > tile) return steps - steps / 8;
    if (is_far) return steps + steps / 4;
    // Half vectors load an element of A for half as many products.
    return has_half ? steps + steps / 8 : steps;
}

/// And by chains along m, with the transposition of their results.
CK_INLINE size_t ck_gemm_swapped_steps(const ck_gemm_call *call, size_t rows, size_t columns) {
    enum { first_row = 200 }; // steps before it
    const size_t transposition = call->ldc == 1 ? 0 : columns <= 4 ? columns : 5 * ((columns + 15) / 16);
    return columns * call->k / 16 + transposition + first_row / rows;
}

CK_INLINE int ck_gemm_few_columns_swap(const ck_gemm_call *call, size_t rows, size_t columns) {
    enum { most_columns = 64 };
    if (!call->transpose_a || call->n > most_columns) return 0;
    // Soon answered where the two differ in the transposition alone: A is near, and no lane idle.
    if (columns % 16 == 0 && !call->transpose_b && rows * call->k <= CK_NEAR_FLOATS) return 0;
    return (rows >= 8 && ck_gemm_is_column(call)) ||
           ck_gemm_swapped_steps(call, rows, columns) <= ck_gemm_straight_steps(call, rows, columns);
}

/// Whether it is faster to compute the range as a part of Cᵀ and to transpose that.
CK_INLINE int ck_gemm_swaps(const ck_gemm_call *call, const ck_gemm_range *range) {
    if (call->k == 0 || call->alpha != 1 || call->lower || call->packed_b != NULL) return 0;
    const size_t columns = range->column_end - range->column, rows = range->row_end - range->row;
    return ck_gemm_few_rows_swap(call, rows) || ck_gemm_few_columns_swap(call, rows, columns);
}

/// Whether a few rows should turn a transposed B on its way into their sums: as many as one pass over B takes; or two passes,
/// where the transposed result would leave most of a half vector idle.
CK_INLINE int ck_gemm_turns_b(const ck_gemm_call *call, const ck_gemm_range *range) {
    const size_t rows = range->row_end - range->row, most = call->kernels->turned_rows;
    if (!call->transpose_b || call->transpose_a || call->k == 0 || call->alpha != 1 || call->lower || call->packed_b != NULL)
        return 0;
    return rows <= most ||
           (rows <= 2 * most && rows % 8 != 0 && rows % 8 <= 4 && call->n * call->k >= CK_BEYOND_FIRST_CACHE);
}

#endif
