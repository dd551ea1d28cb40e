/// What the two ways through a head share.
#ifndef CK_HEAD_PARTS_H
#define CK_HEAD_PARTS_H

#include "../include/ck_head.h"
#include "../isa/vector_kernels.h"
#include "../runtime/pool.h"
#include "../runtime/sizes.h"

/// A head under way, a block of rows at a time.
typedef struct ck_head_run {
    const ck_head *head;
    const ck_vector_kernels *kernels;
    ck_cross_entropy_batch batch; ///< of the whole head, without logits
    ck_pool *pool; ///< acquired, or NULL
    float *workspace;
    double loss; ///< sum of the rows so far

    size_t row, rows; ///< the block
    float *logits; ///< of the block; then their gradient in the same place
    size_t ldl;
} ck_head_run;

/// Whether any gradient is wanted.
static inline int ck_head_has_gradients(const ck_head *h) { return h->dx != NULL || h->dw != NULL || h->db != NULL; }

/// 1 if dw and db do not hold a sum yet.
static inline int ck_head_starts(const ck_head_run *run) { return run->row == 0 && !run->head->adds_parameters; }

/// Losses of the block's rows first ..< end, logits into gradients if any are wanted. Returns the sum.
double ck_head_losses(const ck_head_run *run, size_t first, size_t end);

/// Adds the block's gradients of classes first ..< end to db.
void ck_head_add_bias_gradient(const ck_head_run *run, size_t first, size_t end);

/// Few classes: threads share rows, but for dW: there they share columns of X.
enum { CK_NARROW_CLASSES = 64 };
size_t ck_narrow_head_workspace(size_t width, size_t classes); ///< in floats
void ck_narrow_head(ck_head_run *run);

/// Many classes: threads share classes, but for dX, whose sums run over the classes: there they share columns.
size_t ck_wide_head_workspace(size_t width, size_t classes); ///< in floats
void ck_wide_head(ck_head_run *run);

#endif
