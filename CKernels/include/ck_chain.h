/// Several elementwise operations in one pass over memory.
#ifndef CK_CHAIN_H
#define CK_CHAIN_H

#include "ck_activation.h"
#include "ck_elementwise.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ck_chain_kind {
    CK_CHAIN_UNARY = 0, ///< f(a); operation: a ck_unary
    CK_CHAIN_AFFINE = 1, ///< fma(scale, a, offset)
    CK_CHAIN_BINARY = 2, ///< a ∘ b; operation: a ck_binary
    CK_CHAIN_ACTIVATION = 3, ///< f(a); operation: a ck_activation
    CK_CHAIN_ACTIVATION_BACKWARD = 4, ///< b · f'; operation: a ck_activation; a: what f' is made from, x for GELU and
                                      ///< SiLU, else y
} ck_chain_kind;

/// Element i is memory[i · stride], or with memory == NULL the i-th result of step `step`.
typedef struct ck_chain_operand {
    const float *memory;
    size_t stride; ///< 1; or 0 (one number for all), which only CK_CHAIN_BINARY takes
    size_t step;
} ck_chain_operand;

typedef struct ck_chain_step {
    ck_chain_kind kind;
    int operation;
    float scale, offset;
    ck_chain_operand a, b; ///< b: CK_CHAIN_BINARY and CK_CHAIN_ACTIVATION_BACKWARD only
    float *y; ///< `count` elements; or NULL: the result is seen by later steps alone
} ck_chain_step;

enum { CK_CHAIN_MOST_STEPS = 16 };

/// Runs the steps one after the other.
///
/// requires: step_count <= CK_CHAIN_MOST_STEPS; an operand that is a step's result names an earlier step; the last step
///           has a y. A y overlaps no other y, and memory that is read only as an operand of stride 1, at the same
///           address, that no later step reads.
/// ensures:  the same bits as ck_unary_f32, ck_affine_f32, ck_binary_f32, ck_activation_f32 and
///           ck_activation_backward_f32 one after the other: their error bounds and special values hold for each step.
/// scratch:  16 KiB of stack a thread: results without a y never leave the first cache.
ck_status ck_chain_f32(ck_pool *pool, size_t count, const ck_chain_step *steps, size_t step_count);

#ifdef __cplusplus
}
#endif
#endif
