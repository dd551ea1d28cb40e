/// What happens to finished blocks of C after the microkernels (which add the bias and do ReLU themselves).
#ifndef CK_GEMM_EPILOGUE_H
#define CK_GEMM_EPILOGUE_H

#include "../isa/vector_kernels.h"

struct ck_gemm_call;

/// Column sums are made of sums of so many rows, as in ck_column_sums_f32.
enum { CK_COLUMN_SUM_ROWS = 64 };

/// One of two: c = activation(c) + residual, or c = (c + residual) · activation'(value) and then its column sums.
typedef struct ck_gemm_finish {
    const ck_vector_kernels *kernels;
    int is_gradient;
    ck_activation activation;
    const float *residual; ///< m x n, or NULL
    size_t ldr;
    const float *value; ///< m x n, or NULL: what the derivative is made from
    size_t ldv;
    float *block_sums; ///< zeros that become the column sums of each 64 rows of C, n a row; or NULL
} ck_gemm_finish;

/// Finishes a block of C that no later step of k will touch.
/// requires: the blocks of a range come by rising rows where they share columns, so that sums have one order.
void ck_gemm_finish_block(const struct ck_gemm_call *call, size_t row, size_t rows, size_t column, size_t columns);

/// Starts to fetch what a block will be finished with into the second cache.
void ck_gemm_fetch_operands(const ck_gemm_finish *finish, size_t row, size_t rows, size_t column, size_t columns);

#endif
