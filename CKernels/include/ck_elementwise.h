/// Elementwise arithmetic with broadcasting, and elementary functions.
#ifndef CK_ELEMENTWISE_H
#define CK_ELEMENTWISE_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ck_binary {
    CK_ADD = 0,
    CK_SUBTRACT = 1,
    CK_MULTIPLY = 2,
    CK_DIVIDE = 3,
    CK_MAXIMUM = 4,
    CK_MINIMUM = 5,
} ck_binary;

/// y[r,c] = a[r·a_row + c·a_column] ∘ b[r·b_row + c·b_column].
/// requires: the column strides are 0 or 1; strides of 0 broadcast (a row: a_row = 0; a column: a_column = 0).
/// ensures:  y may be a or b where that operand is not broadcast. Maximum and minimum give NaN if either is NaN.
ck_status ck_binary_f32(ck_pool *pool, ck_binary operation, size_t rows, size_t columns, const float *a, size_t a_row,
                        size_t a_column, const float *b, size_t b_row, size_t b_column, float *y, size_t ldy);

typedef enum ck_unary {
    CK_NEGATE = 0,
    CK_EXP = 1, ///< at most 1 ULP; overflows to infinity, underflows gradually
    CK_LOG = 2, ///< at most 1 ULP; log 0 = -infinity, NaN below 0
    CK_SQUARE = 3,
    CK_SQUARE_ROOT = 4,
    CK_RECIPROCAL = 5,
    CK_ABSOLUTE_VALUE = 6,
    CK_SIGN = 7, ///< -1, 0 or 1; NaN stays NaN
    CK_GREATER_THAN_ZERO = 8, ///< 1 where x > 0, else 0
} ck_unary;

/// y[i] = f(x[i]). y may be x.
ck_status ck_unary_f32(ck_pool *pool, ck_unary operation, size_t count, const float *x, float *y);

/// y[i] = fma(scale, x[i], offset). y may be x.
ck_status ck_affine_f32(ck_pool *pool, size_t count, float scale, float offset, const float *x, float *y);

/// Copies rows x columns elements between strided matrices (to concatenate and to slice).
ck_status ck_copy_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy);

#ifdef __cplusplus
}
#endif
#endif
