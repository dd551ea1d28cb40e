/// One thread's share of a matrix product.
#ifndef CK_GEMM_BLOCKS_H
#define CK_GEMM_BLOCKS_H

#include "../include/ck_gemm.h"
#include "gemm_kernels.h"

/// The arguments of ck_gemm_f32, checked; `k` is 0 if nothing of A and B counts.
typedef struct ck_gemm_call {
    const ck_gemm_kernels *kernels;
    int transpose_a, transpose_b;
    size_t m, n, k;
    float alpha;
    const float *a;
    size_t lda;
    const float *b;
    size_t ldb;
    float beta;
    float *c;
    size_t ldc;
    const float *bias;
    ck_activation activation;
} ck_gemm_call;

typedef struct ck_gemm_range {
    size_t row, row_end, column, column_end;
} ck_gemm_range;

/// The largest blocks of A (rows x k) and B (k x columns) that are packed, and where they go. The room is larger than
/// the block: the last panel is as high, or as wide, as the others.
typedef struct ck_gemm_panels {
    size_t k, rows, columns;
    float *a; ///< (rows + CK_PANEL_ROUNDING) x k
    float *b; ///< k x (columns + CK_PANEL_ROUNDING)
} ck_gemm_panels;

/// No tile is larger than this on either side.
enum { CK_PANEL_ROUNDING = 32 };

/// Whether a block is copied into panels first. Small operands are read where they are.
int ck_gemm_packs_a(const ck_gemm_call *call, const ck_gemm_range *range);
int ck_gemm_packs_b(const ck_gemm_call *call, const ck_gemm_range *range);

/// Computes a range of C. requires: `panels` has what the two questions above ask for.
void ck_gemm_multiply_range(const ck_gemm_call *call, const ck_gemm_range *range, const ck_gemm_panels *panels);

#endif
