/// The formulas of the kernels, in double precision and in the plainest loops.
#ifndef REFERENCE_H
#define REFERENCE_H

#include "../include/CKernels.h"

/// One matrix product as ck_gemm_f32 takes it.
typedef struct gemm_case {
    int transpose_a, transpose_b;
    size_t m, n, k;
    float alpha, beta;
    size_t lda, ldb, ldc;
    ck_epilogue epilogue;
} gemm_case;

/// Number of elements that A, B or C spans, the last row without its padding.
size_t gemm_elements_a(const gemm_case *x);
size_t gemm_elements_b(const gemm_case *x);
size_t gemm_elements_c(const gemm_case *x);

/// (alpha · op(A) · op(B) + beta · C + bias)[i, j] before the activation, and what bounds the float result's error:
/// magnitude = |alpha| |op(A)| |op(B)| + |beta| |C| + |bias|. beta == 0 does not read C.
double reference_gemm(const gemm_case *x, const float *a, const float *b, const float *c, size_t i, size_t j,
                      double *magnitude);

/// The bits that the header promises for one element before the activation: a chain of fused multiply-adds, or a dot.
float exact_gemm(const gemm_case *x, const float *a, const float *b, const float *c, size_t i, size_t j);

/// The activation's value.
double reference_activation(ck_activation kind, double x);

/// The elementary function's value.
double reference_unary(ck_unary operation, double x);

/// The bits of an elementwise operation; which NaN is not said.
float reference_binary(ck_binary operation, float a, float b);

#endif
