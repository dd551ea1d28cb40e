/// Activations, forward and backward, over contiguous arrays.
#ifndef CK_ACTIVATION_H
#define CK_ACTIVATION_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ck_activation {
    CK_IDENTITY = 0,
    CK_RELU = 1, ///< max(x, 0); NaN stays NaN
    CK_GELU = 2, ///< x · Φ(x), the exact form by erf
    CK_SILU = 3, ///< x · σ(x)
    CK_TANH = 4,
    CK_SIGMOID = 5,
} ck_activation;

/// ensures: y[i] = f(x[i]). y may be x. At -infinity GELU and SiLU give their limit 0; NaN gives NaN.
///          Error: tanh 2 ULP, sigmoid 3, SiLU and GELU 6 (where |y| < 1e-35: 1e-35 absolute).
ck_status ck_activation_f32(ck_pool *pool, ck_activation kind, size_t count, const float *x, float *y);

/// requires: ReLU, tanh and sigmoid read only the output `y` (`x` may be NULL); GELU and SiLU read only the input `x`
///           (`y` may be NULL); identity reads neither.
/// ensures:  dx[i] = dy[i] · f'(x[i]). dx may be dy. ReLU's derivative at 0 is 0. NaN in what is read gives NaN.
///           Error: 1e-6 |dy|.
ck_status ck_activation_backward_f32(ck_pool *pool, ck_activation kind, size_t count, const float *x, const float *y,
                                     const float *dy, float *dx);

#ifdef __cplusplus
}
#endif
#endif
