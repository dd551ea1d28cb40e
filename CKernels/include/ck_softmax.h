/// Softmax and log-softmax over the rows of a matrix, and their backward forms.
#ifndef CK_SOFTMAX_H
#define CK_SOFTMAX_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// ensures: y[r,j] = exp(x[r,j] - max_r) / Σ_i exp(x[r,i] - max_r). y may be x.
///          A row that holds NaN or +infinity, or only -infinity, gives a row of NaN.
///          Error: at most 4 ULP in each probability, however small (tested to 30,522 columns).
ck_status ck_softmax_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy);

/// ensures: y[r,j] = (x[r,j] - max_r) - log Σ_i exp(x[r,i] - max_r). y may be x. Special values as in softmax.
///          Error: at most 4 u absolute (u = 2^-24), plus 2 u of each of the two terms.
ck_status ck_log_softmax_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y,
                             size_t ldy);

/// y: the output of softmax.   ensures: dx[r,j] = y[r,j] · (dy[r,j] - Σ_i y[r,i] dy[r,i]). dx may be dy.
ck_status ck_softmax_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *y, size_t ldy,
                                  const float *dy, size_t lddy, float *dx, size_t lddx);

/// y: the output of log-softmax.   ensures: dx[r,j] = dy[r,j] - exp(y[r,j]) · Σ_i dy[r,i]. dx may be dy.
ck_status ck_log_softmax_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *y, size_t ldy,
                                      const float *dy, size_t lddy, float *dx, size_t lddx);

#ifdef __cplusplus
}
#endif
#endif
