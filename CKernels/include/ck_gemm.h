/// Matrix product with an epilogue.
#ifndef CK_GEMM_H
#define CK_GEMM_H

#include "ck_activation.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What happens to a finished element of C before it is stored: c = activation(c + bias[column]) + residual[row, column].
typedef struct ck_epilogue {
    const float *bias; ///< n elements, or NULL for none
    ck_activation activation;
    const float *residual; ///< m x n, or NULL for none
    size_t ldr;
} ck_epilogue;

/// C = activation(alpha · op(A) · op(B) + beta · C + bias) + residual, op(A): m x k, op(B): k x n, C: m x n.
///
/// requires: A is m x k with lda >= max(1, k), or k x m with lda >= max(1, m) if transpose_a; B and C alike.
///           C overlaps neither A, B, the bias nor the residual (a residual that is C is refused: a long k leaves partial
///           sums in C). `epilogue` NULL is one of zeros.
/// ensures:  each element has one of two fixed orders, chosen by n, k and the transposes alone (gemm/family.h):
///           a chain of fused multiply-adds in the order of k, started from beta · C (from 0 if beta is 0), with alpha
///           multiplied into op(A) first (of a transposed A with k >= 4096 and n <= 64 up to 16 such chains over parts
///           of k that k fixes, all but the first from 0, added in order); or, where vectors lie along k, 16 such
///           chains over p mod 16 (k filled up with zeros), added in a fixed tree to s, then alpha · s + (beta · C) in
///           one rounding.
///           Then bias, then the activation, then the residual: the bits of ck_activation_f32 and an addition afterwards.
///           Error before the activation, componentwise and without underflow:
///           |Ĉ - C| <= γ(k+2) (|alpha| |A||B| + |beta| |C| + |bias|), u = 2^-24.
///           beta == 0 never reads C. alpha == 0 or k == 0 never reads A or B: C = activation(beta · C + bias) + residual.
///           NaN and infinity in A, B, C propagate as IEEE arithmetic does; no zero is skipped.
/// scratch:  the pool's packing buffers; up to 250 KiB of stack for small products and without a pool.
ck_status ck_gemm_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha,
                      const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc,
                      const ck_epilogue *epilogue);

/// Bytes that ck_gemm_pack_f32 writes for a B of this shape, with the instruction set in use.
size_t ck_gemm_packed_bytes(int transpose_b, size_t n, size_t k);

/// Packs op(B): k x n once for many products (weights that do not change), into memory of the caller's. What it holds is
/// for the instruction set in use and may be moved, copied and freed as any memory; it is no format for files.
///
/// requires: as ck_gemm_f32 for B; `packed` is aligned to 64 and has `bytes` >= ck_gemm_packed_bytes(...); it does not
///           overlap B. n == 0 or k == 0 never reads B.
/// scratch:  none.
ck_status ck_gemm_pack_f32(int transpose_b, size_t n, size_t k, const float *b, size_t ldb, void *packed,
                           size_t bytes);

/// ck_gemm_f32 with transpose_a 0 and a B that is packed already.
///
/// requires: as ck_gemm_f32; `packed` holds a B of n and k.
/// ensures:  the bits of ck_gemm_f32. CK_UNSUPPORTED if B was packed with another instruction set in use;
///           CK_INVALID_ARGUMENT if `packed` holds something else.
/// scratch:  as ck_gemm_f32.
ck_status ck_gemm_packed_f32(ck_pool *pool, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                             const void *packed, float beta, float *c, size_t ldc, const ck_epilogue *epilogue);

/// What happens to a finished gradient before it is stored: c = (c + residual[row, column]) · activation'(value[row,
/// column]); and its column sums, the gradient of a bias that was added before the activation.
typedef struct ck_gradient_epilogue {
    const float *residual; ///< m x n, or NULL: what else flows into the same place
    size_t ldr;
    ck_activation activation; ///< CK_IDENTITY: none
    const float *value; ///< m x n: the activation's input x for GELU and SiLU, its output y for the others
    size_t ldv;
    float *column_sums; ///< n elements, or NULL
} ck_gradient_epilogue;

/// C = (alpha · op(A) · op(B) + beta · C + residual) ∘ activation'(value), and column_sums[j] = Σ_i C[i, j]: the way
/// back through a layer whose input was an activation's output.
///
/// requires: as ck_gemm_f32; C overlaps none of `residual`, `value` and `column_sums` (a `residual` or `value` that is
///           C is refused). `epilogue` is not NULL.
/// ensures:  the bits of ck_gemm_f32, then a sum, then ck_activation_backward_f32, then ck_column_sums_f32 with scale
///           1. Identity never reads `value`. m == 0 gives column sums of 0.
/// scratch:  as ck_gemm_f32, and 64 KiB of stack for the column sums.
ck_status ck_gemm_gradient_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                               float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta,
                               float *c, size_t ldc, const ck_gradient_epilogue *epilogue);

/// One of several products with the same A: B is k x n, C is m x n.
typedef struct ck_gemm_sibling {
    size_t n;
    const float *b;
    size_t ldb;
    const float *bias; ///< n elements, or NULL
    float *c;
    size_t ldc;
} ck_gemm_sibling;

/// C_t = activation(op(A) · B_t + bias_t) for `count` products: what several heads make of one trunk, and on the way back
/// their dW_t = Xᵀ dY_t. A is read once for all of them, and vectors of columns are full however few each has.
///
/// requires: as ck_gemm_f32 for every product; no C overlaps another.
/// ensures:  the bits of as many calls of ck_gemm_f32.
/// scratch:  as ck_gemm_f32, and 4 KiB of stack.
ck_status ck_gemm_siblings_f32(ck_pool *pool, int transpose_a, size_t m, size_t k, const float *a, size_t lda,
                               size_t count, const ck_gemm_sibling *siblings, ck_activation activation);

/// 1 if a product of this shape gains from siblings; others are computed as by ck_gemm_f32.
int ck_gemm_siblings_gain(int transpose_a, size_t m, size_t n, size_t k);

/// `batch` products of one shape: C[i] = alpha · op(A[i]) · op(B[i]) + beta · C[i], with A[i] at a + i · stride_a and so
/// on. A stride of 0 gives every product the same A or B.
///
/// requires: as ck_gemm_f32 for each product; no C overlaps another: they lie one after the other
///           (stride_c >= (m - 1) · ldc + n) or side by side (stride_c >= n, (batch - 1) · stride_c + n <= ldc).
/// ensures:  the bits of as many calls of ck_gemm_f32.
/// scratch:  as ck_gemm_f32.
ck_status ck_gemm_batched_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t batch, size_t m, size_t n,
                              size_t k, float alpha, const float *a, size_t lda, size_t stride_a, const float *b,
                              size_t ldb, size_t stride_b, float beta, float *c, size_t ldc, size_t stride_c);

/// C = alpha · S + beta · C with S = X Xᵀ for X: n x k, or S = Xᵀ X for X: k x n if transpose: a Gram matrix, at half
/// the cost of ck_gemm_f32.
///
/// requires: ldx >= max(1, k), or >= max(1, n) if transpose; ldc >= max(1, n). C does not overlap X.
/// ensures:  C is written whole and exactly symmetric; beta != 0 reads its lower triangle only.
///           n <= 64: k is cut in chunks of 1024. A chunk of X Xᵀ is the dot of ck_gemm_f32 (16 lanes, a fixed tree), a
///           chunk of Xᵀ X is as ck_gemm_f32 computes it. Chunks are added in order within at most 16 parts of k, and the
///           parts in a fixed tree; then alpha · S + beta · C in two roundings and a sum.
///           n > 64: the lower triangle has the bits of ck_gemm_f32.
///           |Ĉ - C| <= γ(d) (|alpha| |X||X|ᵀ + |beta| |C|), u = 2^-24, d = k + 2 for n > 64; else with
///           q = ⌈⌈k / 1024⌉ / 16⌉: d = 75 + q for X Xᵀ, d = 1031 + q for Xᵀ X.
///           beta == 0 never reads C. alpha == 0 or k == 0 never reads X. NaN and infinity propagate.
/// scratch:  as ck_gemm_f32, and 150 KiB of stack for the parts.
ck_status ck_syrk_f32(ck_pool *pool, int transpose, size_t n, size_t k, float alpha, const float *x, size_t ldx,
                      float beta, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif
#endif
