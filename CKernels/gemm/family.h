/// Which arithmetic gives an element of a product: the one place that says so.
#ifndef CK_GEMM_FAMILY_H
#define CK_GEMM_FAMILY_H

#include <stddef.h>

/// Two families. The choice may look at n, k and the transposes alone: so a row's bits depend neither on the other rows
/// nor on threads or instruction sets.
///
///     family  order of an element's sum                      made for
///     chain   p = 0, 1, 2, ... from beta · C, in parts if     vectors along n: everything not below
///             k is long (ck_gemm_parts)
///     dot     16 lanes p mod 16, then a tree, then alpha      vectors along k: op(A) has rows, and op(B)
///             and beta                                        has few columns or its own long ones
///
/// In vector steps a row, a dot costs n · k / 16 and its trees 2.5 · n; a chain of n <= 8 columns costs k / 2, however few
/// of its lanes are used. A transposed B has to be transposed for chains, which is dear for few rows: then the trees are
/// worth their price beside a long k.
static inline int ck_gemm_is_dot(int transpose_a, int transpose_b, size_t n, size_t k) {
    if (transpose_a || k < 16) return 0;
    if (transpose_b && (k >= 128 ? n <= 64 : n <= (k >= 32 ? 8 : 3))) return 1;
    return n < 8 && n * (k + 40) < 8 * k;
}

/// Into how many parts the sums of dW = Xᵀ dY are cut: each is a chain of its own (the first one's from beta · C), and
/// they are added in order. Wide results have enough elements for all threads.
static inline size_t ck_gemm_parts(int transpose_a, size_t n, size_t k) {
    if (!transpose_a || n > 64 || k < 4096) return 1;
    return k / 2048 < 16 ? k / 2048 : 16;
}

/// Where a part begins; the one behind the last: k.
static inline size_t ck_gemm_part_begin(size_t k, size_t parts, size_t index) {
    return index == parts ? k : index * ((k / parts + 15) / 16 * 16);
}

#endif
