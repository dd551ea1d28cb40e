/// Softmax and log-softmax over the rows of a matrix, and their backward forms.
#ifndef CK_SOFTMAX_H
#define CK_SOFTMAX_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Common to all:
/// requires: leading dimensions >= columns; outputs overlap no input but as said: y may be x, dx may be dy.
/// ensures:  a row's result depends on that row and the number of columns alone; threads and instruction sets change no
///           bit. Nothing outside the rows is touched. No rows or no columns: nothing is.
/// scratch:  none; up to 24 KiB of stack.

/// ensures: y[r,j] = exp(x[r,j] - max_r) / Σ_i exp(x[r,i] - max_r), with one exponential for each element.
///          A row that holds NaN or +infinity, or only -infinity, gives a row of NaN. -infinity gives 0.
///          Error: at most 4 ULP in each probability, however small, up to 100,000 columns: what subtractions and sums
///          lose is kept (softmax/exponentials_template.h adds it up). Below 2^-126 at most two units of 2^-149.
ck_status ck_softmax_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy);

/// ensures: y[r,j] = (x[r,j] - max_r) - log Σ_i exp(x[r,i] - max_r). Special values as in softmax; -infinity stays.
///          Error: at most 5 u absolute (u = 2^-24), plus 2 u of the first term and 3 u of the second, which have the same
///          sign.
ck_status ck_log_softmax_f32(ck_pool *pool, size_t rows, size_t columns, const float *x, size_t ldx, float *y,
                             size_t ldy);

/// y: the output of softmax.   ensures: dx[r,j] = y[r,j] · (dy[r,j] - Σ_i y[r,i] dy[r,i]).
///          Error: y[r,j] times that of the sum, (columns/64 + 18) u Σ_i |y[r,i] dy[r,i]|, and 4 u of the two terms.
ck_status ck_softmax_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *y, size_t ldy,
                                  const float *dy, size_t lddy, float *dx, size_t lddx);

/// y: the output of log-softmax.   ensures: dx[r,j] = dy[r,j] - exp(y[r,j]) · Σ_i dy[r,i].
///          Error: as above, with exp(y[r,j]) in place of y[r,j] before the sum, which is that of dy.
ck_status ck_log_softmax_backward_f32(ck_pool *pool, size_t rows, size_t columns, const float *y, size_t ldy,
                                      const float *dy, size_t lddy, float *dx, size_t lddx);

#ifdef __cplusplus
}
#endif
#endif
