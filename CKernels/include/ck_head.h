/// A head in one call: a linear layer with softmax cross-entropy, its loss and all its gradients. The logits live in a
/// small workspace, a block of rows at a time, and X is read from far memory once.
#ifndef CK_HEAD_H
#define CK_HEAD_H

#include "ck_loss.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ck_head {
    size_t rows, width, classes;
    const float *x; ///< rows x width
    size_t ldx;
    const float *w; ///< width x classes, or classes x width if transpose_w
    size_t ldw;
    int transpose_w;
    const float *bias; ///< `classes` elements, or NULL for none
    const int32_t *targets;
    const ck_cross_entropy_options *options;
    const float *cotangent; ///< of the loss; one, or with CK_NONE one per row; NULL means 1

    float *loss; ///< one, or with CK_NONE one per row; or NULL
    float *dx; ///< rows x width, or NULL
    size_t lddx;
    float *dw; ///< of W's layout, or NULL
    size_t lddw;
    float *db; ///< `classes` elements, or NULL
    int adds_dx; ///< not 0: dx is added to, as several heads on one trunk want it; else it is not read
    int adds_parameters; ///< the same of dw and db
} ck_head;

/// Bytes of workspace that ck_head_cross_entropy_f32 wants for heads of this shape, whatever the number of rows.
/// Up to 64 classes: at most 256 KiB, and 8 bytes for each element of W.
/// Above: at most 12.6 MiB of logits, 4 MiB of sums for dX, 5.2 MiB of X; X wider than 16384 wants more, 80 rows of it,
/// and so do more than 204800 classes, 16 rows of logits. 13.8 MiB for 50257 classes and 512 columns.
size_t ck_head_workspace(size_t width, size_t classes);

/// With logits = X op(W) + bias and G = d loss / d logits, loss and G as ck_softmax_cross_entropy_f32 defines them:
///   dX = G op(W)ᵀ,   dW = Xᵀ G (Gᵀ X if transpose_w),   db = Σ_r G[r, ·].
///
/// requires: loss, dx, dw and db overlap neither each other nor an input.
///           `workspace` has at least ck_head_workspace(width, classes) bytes, 64-byte aligned for speed.
/// ensures:  every product is within the bound of ck_gemm_f32 and the loss within that of its own kernel; db is summed
///           block by block of rows. An output that is left out changes no bit of the others.
///           A row's loss and dX depend on that row alone; dW and db sum the rows in blocks that the shape fixes.
///           Rows that do not count have exactly 0 loss and gradient of their logits, whatever their logits are: they
///           add nothing to dW and db as long as their X is finite.
///           No rows: loss, dw and db are 0 (or left as they are if added to).
///           CK_INDEX_OUT_OF_RANGE with *bad_row (may be NULL) for the first bad target; then nothing is written.
/// scratch:  the workspace; up to 264 KiB of stack.
ck_status ck_head_cross_entropy_f32(ck_pool *pool, const ck_head *head, void *workspace, size_t workspace_bytes,
                                    size_t *bad_row);

#ifdef __cplusplus
}
#endif
#endif
