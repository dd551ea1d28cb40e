/// Sums. Each has a fixed tree that depends on the shape alone.
#ifndef CK_REDUCTION_H
#define CK_REDUCTION_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// y[c] = scale · Σ_r x[r,c]  (a bias gradient). rows == 0 gives zeros.
/// Rows are summed in blocks of 64 in order, block sums then added in order. NaN and infinity propagate.
/// Error: (66 + rows / 64) u |scale| Σ |x|.
ck_status ck_column_sums_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float scale,
                             float *y);

/// y[r] = scale · Σ_c x[r,c], by four chains of 16 lanes and a fixed tree. columns == 0 gives zeros. NaN and infinity
/// propagate. Error: (9 + columns / 64) u |scale| Σ |x|.
ck_status ck_row_sums_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float scale,
                          float *y);

/// *y = Σ_i x[i]² (for a global norm), in double throughout, so that it overflows for no float. count == 0 gives 0.
/// NaN and infinity propagate. Relative error: 1e-12 (tested to 300,000 elements).
ck_status ck_squared_norm_f32(ck_pool *pool, size_t count, const float *x, double *y);

#ifdef __cplusplus
}
#endif
#endif
