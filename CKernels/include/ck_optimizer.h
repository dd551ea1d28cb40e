/// Optimizer steps over one slab of parameters, in place. Each element is independent of the others; a NaN in one stays
/// there. The slabs may not overlap.
#ifndef CK_OPTIMIZER_H
#define CK_OPTIMIZER_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ck_sgd_options {
    float learning_rate;
    float momentum; ///< 0 needs no velocity
    float weight_decay; ///< added to the gradient: g += weight_decay · p
    float gradient_scale; ///< multiplies the gradient first (clipping); commonly 1
    int nesterov;
} ck_sgd_options;

/// g' = gradient_scale · g + weight_decay · p;  v = momentum · v + g';  p -= learning_rate · (nesterov ? g' + momentum·v : v).
/// velocity may be NULL if momentum is 0; it is then neither read nor written.
/// Error: 6 u of the sizes of the terms, for parameter and velocity.
ck_status ck_sgd_f32(ck_pool *pool, size_t count, const ck_sgd_options *options, float *parameters,
                     const float *gradients, float *velocity);

typedef struct ck_adam_options {
    float learning_rate;
    float beta1, beta2, epsilon;
    float weight_decay;
    float gradient_scale; ///< multiplies the gradient first (clipping); commonly 1
    int decoupled; ///< 0: Adam, decay added to the gradient. 1: AdamW (Loshchilov and Hutter 2019), p -= lr · decay · p
    uint64_t step; ///< 1 for the first step; bias correction divides by 1 - beta^step, formed in double
} ck_adam_options;

/// Adam (Kingma and Ba 2015): m = β1 m + (1-β1) g;  v = β2 v + (1-β2) g²;
/// p -= learning_rate · m̂ / (sqrt(v̂) + epsilon). requires: step >= 1, 0 <= β < 1.
/// Error: m 6 u of the sizes of its terms, v 6 u v, p 6 u (|p| + learning_rate · size of m̂'s terms / (sqrt(v̂) + epsilon)).
ck_status ck_adam_f32(ck_pool *pool, size_t count, const ck_adam_options *options, float *parameters,
                      const float *gradients, float *first_moment, float *second_moment);

#ifdef __cplusplus
}
#endif
#endif
