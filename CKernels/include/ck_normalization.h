/// Layer normalization over the rows of a matrix (Ba, Kiros, Hinton 2016, arXiv 1607.06450).
#ifndef CK_NORMALIZATION_H
#define CK_NORMALIZATION_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// x̂[r,c] = (x[r,c] - mean_r) / sqrt(variance_r + epsilon), the variance over the row divided by `columns`, two passes;
/// y = gain[c] · x̂ + bias[c]. gain and bias may be NULL (1 and 0). y may be x.
/// requires: epsilon > 0, in all three.
/// ensures:  a row with NaN or infinity gives a row of NaN. Error: |gain| η + 2 u |bias|, where
///           η = (12 + columns / 64) u (|x̂| + mean|x| / sqrt(variance + epsilon)).
ck_status ck_layer_normalization_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx,
                                     const float *gain, const float *bias, float epsilon, float *y, size_t ldy);

/// dx of the same, from x again (the statistics are recomputed: nothing needs to be kept).
/// With g = gain · dy: dx = (g - mean(g) - x̂ · mean(g · x̂)) / sqrt(variance + epsilon). dx may be dy.
/// Error: 4 η (|g| + (1 + |x̂|) mean(|g| (1 + |x̂|))) / sqrt(variance + epsilon), with 1 for |x̂| in η.
ck_status ck_layer_normalization_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx,
                                              const float *gain, float epsilon, const float *dy, size_t lddy,
                                              float *dx, size_t lddx);

/// dgain[c] = Σ_r dy[r,c] · x̂[r,c]. (dbias is `ck_column_sums_f32` of dy.) rows == 0 gives zeros.
/// Rows are summed as in `ck_column_sums_f32`. Error: Σ_r |dy| η, and
/// (66 + rows / 64) u Σ_r |dy x̂|.
ck_status ck_layer_normalization_gain_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx,
                                          float epsilon, const float *dy, size_t lddy, float *dgain);

#ifdef __cplusplus
}
#endif
#endif
