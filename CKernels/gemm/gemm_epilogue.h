/// What happens to finished blocks of C after the microkernels (which add the bias and do ReLU themselves).
#ifndef CK_GEMM_EPILOGUE_H
#define CK_GEMM_EPILOGUE_H

#include "../isa/vector_kernels.h"

struct ck_gemm_call;

/// Column sums are made of sums of so many rows, as in ck_column_sums_f32.
enum { CK_COLUMN_SUM_ROWS = 64 };

/// One of two: c = activation(c) + operand, or c = c · activation'(operand) and then its column sums.
typedef struct ck_gemm_finish {
    const ck_vector_kernels *kernels;
    int is_gradient;
    ck_activation activation;
    const float *operand; ///< m x n: the residual, or what the derivative is made from; NULL if there is none
    size_t ldo;
    float *block_sums; ///< zeros that become the column sums of each 64 rows of C, n a row; or NULL
} ck_gemm_finish;

/// Finishes a block of C that no later step of k will touch.
/// requires: the blocks of a range come by rising rows where they share columns, so that sums have one order.
void ck_gemm_finish_block(const struct ck_gemm_call *call, size_t row, size_t rows, size_t column, size_t columns);

#endif
