/// Matrix product with an epilogue.
#ifndef CK_GEMM_H
#define CK_GEMM_H

#include "ck_activation.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What happens to a finished element of C before it is stored: c = activation(c + bias[column]).
typedef struct ck_epilogue {
    const float *bias; ///< n elements, or NULL for none
    ck_activation activation;
} ck_epilogue;

/// C = activation(alpha · op(A) · op(B) + beta · C + bias), op(A): m x k, op(B): k x n, C: m x n.
///
/// requires: A is m x k with lda >= max(1, k), or k x m with lda >= max(1, m) if transpose_a; B and C alike.
///           C overlaps neither A, B nor the bias.
/// ensures:  each element is one chain of fused multiply-adds in the order of k, started from beta · C (from 0 if
///           beta is 0), with alpha multiplied into op(A) first; then bias, then the activation.
///           Error before the activation, componentwise and without underflow:
///           |Ĉ - C| <= γ(k+2) (|alpha| |A||B| + |beta| |C| + |bias|), u = 2^-24.
///           beta == 0 never reads C. alpha == 0 or k == 0 never reads A or B: C = activation(beta · C + bias).
///           NaN and infinity in A, B, C propagate as IEEE arithmetic does; no zero is skipped.
/// scratch:  the pool's packing buffers; up to 160 KiB of stack for small products and without a pool.
ck_status ck_gemm_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha,
                      const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc,
                      const ck_epilogue *epilogue);

#ifdef __cplusplus
}
#endif
#endif
