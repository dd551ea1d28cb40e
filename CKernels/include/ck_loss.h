/// Losses with their gradients in the same call.
///
/// Common to all: `loss` (may be NULL) and `gradient` (may be NULL) are computed together.
/// With CK_MEAN and CK_SUM, `loss` is one float and `cotangent` one float; with CK_NONE both hold one per row.
/// `cotangent` NULL means 1. The gradient is cotangent · dloss/dinput, written, never added.
/// A row or element that does not count (ignored target, mask 0) gives exactly 0 loss and 0 gradient, whatever its
/// inputs hold, NaN and infinity included. CK_MEAN divides by what counts (Σ of weights and masks); if nothing counts
/// the mean is 0 with zero gradient, so that a task without labels in a batch adds nothing.
/// Class weights and masks are >= 0. A NaN that counts shows in its row's loss and gradient.
/// Sums over rows use a fixed partition by the number of rows, so that threads do not change bits.
#ifndef CK_LOSS_H
#define CK_LOSS_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ck_reduction { CK_MEAN = 0, CK_SUM = 1, CK_NONE = 2 } ck_reduction;

/// Softmax cross-entropy with integer targets.
///   p = softmax(logits[r]), s = label_smoothing, w = class_weights (1 if NULL), C = classes, y = targets[r]
///   loss_r = (1 - s) · w[y] · (-log p[y]) + s/C · Σ_j w[j] · (-log p[j]);   CK_MEAN divides by Σ_r w[targets[r]].
/// Without smoothing a row whose target has weight 0 does not count.
/// requires: 0 <= label_smoothing <= 1; targets in 0..<classes or equal to ignore_index.
/// ensures:  invariant to a shift of a row's logits; the gradient at y is formed without cancellation as p[y] → 1.
///           CK_INDEX_OUT_OF_RANGE with *bad_row (may be NULL) for the first bad target; then nothing is written.
///           gradient may be logits.
typedef struct ck_cross_entropy_options {
    ck_reduction reduction;
    int32_t ignore_index; ///< rows with this target do not count; commonly -1
    float label_smoothing;
    const float *class_weights; ///< `classes` elements, or NULL
} ck_cross_entropy_options;

ck_status ck_softmax_cross_entropy_f32(ck_pool *pool, size_t rows, size_t classes, const float *logits, size_t ldl,
                                       const int32_t *targets, const ck_cross_entropy_options *options,
                                       const float *cotangent, float *loss, float *gradient, size_t ldg,
                                       size_t *bad_row);

/// Softmax cross-entropy with a distribution per row: loss_r = m_r · -Σ_j w[j] q[r,j] log p[r,j]  (q = 0 gives 0, also
/// where log p is -infinity), m = row_mask (1 if NULL). CK_MEAN divides by Σ_r m_r.
/// `options.ignore_index` is not read; smoothing mixes q with 1/C. gradient may be logits.
ck_status ck_softmax_cross_entropy_soft_f32(ck_pool *pool, size_t rows, size_t classes, const float *logits,
                                            size_t ldl, const float *probabilities, size_t ldp, const float *row_mask,
                                            const ck_cross_entropy_options *options, const float *cotangent,
                                            float *loss, float *gradient, size_t ldg);

/// Sigmoid cross-entropy per element, for several labels at once: max(x,0) - x·t + log(1 + exp(-|x|)), times the mask.
/// mask: like targets, with leading dimension ldm, values >= 0, or NULL. A row's loss is the sum over its elements;
/// CK_MEAN divides by Σ mask (rows · columns without one). gradient may be logits.
/// For targets 0 and 1 neither the loss nor the gradient loses digits as the prediction becomes sure.
ck_status ck_sigmoid_cross_entropy_f32(ck_pool *pool, size_t rows, size_t columns, const float *logits, size_t ldl,
                                       const float *targets, size_t ldt, const float *mask, size_t ldm,
                                       ck_reduction reduction, const float *cotangent, float *loss, float *gradient,
                                       size_t ldg);

typedef enum ck_regression {
    CK_SQUARED = 0, ///< d²             with d = prediction - target
    CK_ABSOLUTE = 1, ///< |d|, derivative 0 at d = 0
    CK_HUBER = 2, ///< d²/2 for |d| <= delta, else delta · (|d| - delta/2)
} ck_regression;

/// Regression losses; mask, row loss and mean as in sigmoid cross-entropy. requires: delta > 0 for CK_HUBER.
/// gradient may be prediction.
ck_status ck_regression_loss_f32(ck_pool *pool, ck_regression kind, float delta, size_t rows, size_t columns,
                                 const float *prediction, size_t ldp, const float *target, size_t ldt,
                                 const float *mask, size_t ldm, ck_reduction reduction, const float *cotangent,
                                 float *loss, float *gradient, size_t ldg);

#ifdef __cplusplus
}
#endif
#endif
