/// What the losses share: the mean's divisor, the parts of the batch, the sum over rows.
#ifndef CK_LOSS_PARTS_H
#define CK_LOSS_PARTS_H

#include "../isa/vector_kernels.h"

/// One of the kernels that return the sum of a range of rows' losses.
typedef double (*ck_loss_rows)(const void *batch, size_t first_row, size_t end_row);

/// 1 for the two reductions that divide by what counts.
static inline int ck_is_mean(ck_reduction reduction) { return reduction == CK_MEAN || reduction == CK_MEAN_OR_NAN; }

/// Where a loss goes. `counted` is what a mean divides by; if it is 0, so is the gradient's scale.
ck_loss_output ck_loss_output_make(ck_reduction reduction, double counted, const float *cotangent, float *loss,
                                   float *gradient, size_t ldg);

/// Runs the rows in parts that depend on their number alone, and writes the reduced loss unless `loss` is NULL.
void ck_loss_run(ck_pool *pool, size_t rows, size_t work, ck_loss_rows kernel, const void *batch,
                 ck_reduction reduction, double counted, float *loss);

/// The mean or the sum from the rows' sum.
float ck_loss_reduced(ck_reduction reduction, double counted, double sum);

// ---- Softmax cross-entropy --------------------------------------------------------------------------------------

int ck_cross_entropy_is_valid(const ck_cross_entropy_options *options);

/// All but the targets and where the output goes.
ck_cross_entropy_batch ck_cross_entropy_batch_make(size_t classes, const float *logits, size_t ldl,
                                                   const ck_cross_entropy_options *options);

/// *counted = Σ of the targets' class weights. Returns the row of the first bad target, or `rows`.
size_t ck_cross_entropy_count(size_t rows, size_t classes, const int32_t *targets,
                              const ck_cross_entropy_options *options, double *counted);

#endif
