/// Losses with their gradients in the same call.
///
/// Common to all: `loss` (may be NULL) and `gradient` (may be NULL) are computed together.
/// `loss` and `cotangent` are one float each; with CK_NONE both hold one per row. `cotangent` NULL means 1.
/// requires: class weights and masks >= 0; leading dimensions of at least a row's length. `loss`, and `gradient` unless
///           it says otherwise, overlap no input.
/// ensures:  gradient = cotangent · dloss/dinput, written, never added.
///           A row or element that does not count (ignored target, mask 0) gives exactly 0 loss and 0 gradient,
///           whatever its inputs hold, NaN and infinity included. A NaN that counts shows in its row's loss and gradient.
///           A mean divides by what counts (Σ of weights and masks).
///           No rows or no columns: losses and sums are 0, means those over nothing; nothing else is touched.
///           A row's loss and gradient depend on that row and the number of columns alone. The rows' losses are added
///           up in double, by parts and a tree that rows and columns fix: threads and instruction sets change no bit.
/// scratch:  none; up to 36 KiB of stack.
#ifndef CK_LOSS_H
#define CK_LOSS_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How rows become one loss. The two means differ where nothing counts; the gradient is zero there with both.
typedef enum ck_reduction {
    CK_MEAN = 0, ///< 0 where nothing counts: a task without labels in a batch adds nothing
    CK_SUM = 1,
    CK_NONE = 2, ///< a loss for each row
    CK_MEAN_OR_NAN = 3, ///< NaN where nothing counts, as in PyTorch: 0/0
} ck_reduction;

/// Softmax cross-entropy with integer targets.
///   p = softmax(logits[r]), s = label_smoothing, w = class_weights (1 if NULL), C = classes, y = targets[r]
///   loss_r = (1 - s) · w[y] · (-log p[y]) + s/C · Σ_j w[j] · (-log p[j]);   a mean divides by Σ_r w[targets[r]].
/// Without smoothing a row whose target has weight 0 does not count.
/// requires: 0 <= label_smoothing <= 1; targets in 0..<classes or equal to ignore_index. gradient may be logits.
/// ensures:  loss_r is log d - (x[y] - max) with d = Σ exp(x - max), a sum of terms >= 0: adding a number to a row of
///           logits changes no bit as long as those sums are exact.
///           Error without smoothing: at most 6 ULP in each loss and each element of a gradient of CK_SUM with
///           cotangent 1, also for p[y] next to 1 (its gradient is minus the sum of the others) and for tiny ones.
///           With smoothing: 6 ULP of the sum of the terms' magnitudes.
///           -infinity among the logits has probability and gradient 0; at the target the loss is infinity and the
///           gradient -1. A row that holds NaN or +infinity, or only -infinity, gives NaN.
///           CK_INDEX_OUT_OF_RANGE with *bad_row (may be NULL) for the first bad target; then nothing is written.
/// One exponential is computed for each element, whether the gradient is wanted or not.
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
/// where log p is -infinity), m = row_mask (1 if NULL). A mean divides by Σ_r m_r.
/// `options.ignore_index` is not read; smoothing mixes q with 1/C. gradient may be logits. Special values as above.
/// ensures:  error at most 8 ULP of the sum of the terms' magnitudes, 1 at least for each unit of target.
ck_status ck_softmax_cross_entropy_soft_f32(ck_pool *pool, size_t rows, size_t classes, const float *logits,
                                            size_t ldl, const float *probabilities, size_t ldp, const float *row_mask,
                                            const ck_cross_entropy_options *options, const float *cotangent,
                                            float *loss, float *gradient, size_t ldg);

/// Sigmoid cross-entropy per element, for several labels at once: max(x,0) - x·t + log(1 + exp(-|x|)), times the mask.
/// mask: like targets, with leading dimension ldm, values >= 0, or NULL. A row's loss is the sum over its elements;
/// a mean divides by Σ mask (rows · columns without one). gradient may be logits.
/// For targets 0 and 1 neither the loss nor the gradient loses digits as the prediction becomes sure. A row's sum is
/// rounded once beyond 64 columns, and adds at most 64 u of its terms' magnitudes up to there (u = 2^-24).
/// ensures:  an element's loss is off by at most 16 u of mask · (1 + |x| (1 + |t|)), and its gradient by 16 u of
///           mask · (1 + |t|) · |cotangent| / divisor.
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
/// ensures:  an element's loss is off by at most 6 u of its terms' magnitudes, and its gradient by 6 u of itself.
ck_status ck_regression_loss_f32(ck_pool *pool, ck_regression kind, float delta, size_t rows, size_t columns,
                                 const float *prediction, size_t ldp, const float *target, size_t ldt,
                                 const float *mask, size_t ldm, ck_reduction reduction, const float *cotangent,
                                 float *loss, float *gradient, size_t ldg);

#ifdef __cplusplus
}
#endif
#endif
