/// Several elementwise operations in one pass over memory.
#ifndef CK_CHAIN_H
#define CK_CHAIN_H

#include "ck_activation.h"
#include "ck_elementwise.h"
#include "ck_random.h"

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
    CK_CHAIN_DROPOUT = 5, ///< a / (1 - scale) or 0: ck_dropout_f32 of rate `scale` and the step's random numbers
} ck_chain_kind;

/// What element (r, c) of an operand is.
typedef enum ck_chain_form {
    CK_CHAIN_RESULT = 0, ///< element (r, c) of the result of step `step`
    CK_CHAIN_WHOLE = 1, ///< memory[r · columns + c]
    CK_CHAIN_ROW = 2, ///< memory[c]
    CK_CHAIN_COLUMN = 3, ///< memory[r]
    CK_CHAIN_NUMBER = 4, ///< memory[0]
} ck_chain_form;

typedef struct ck_chain_operand {
    ck_chain_form form; ///< ROW, COLUMN and NUMBER with CK_CHAIN_BINARY only
    unsigned step;
    const float *memory;
} ck_chain_operand;

typedef struct ck_chain_step {
    ck_chain_kind kind;
    int operation;
    float scale, offset;
    ck_chain_operand a, b; ///< b: CK_CHAIN_BINARY and CK_CHAIN_ACTIVATION_BACKWARD only
    ck_random random; ///< CK_CHAIN_DROPOUT only
    float *y; ///< rows · columns elements; or NULL: the result is seen by later steps alone
} ck_chain_step;

enum { CK_CHAIN_MOST_STEPS = 12 };

/// Runs the steps one after the other, each on all of a rows x columns matrix without gaps between its rows.
///
/// requires: step_count <= CK_CHAIN_MOST_STEPS; an operand that is a result names an earlier step; the last step has a y.
///           A y overlaps no other y, and memory that is read only as a whole operand, at the same address, that no later
///           step reads.
/// ensures:  the same bits as ck_unary_f32, ck_affine_f32, ck_binary_f32, ck_activation_f32, ck_activation_backward_f32
///           and ck_dropout_f32 one after the other: their error bounds and special values hold for each step.
/// scratch:  16 KiB of stack a thread: results without a y never leave the first cache.
ck_status ck_chain_f32(ck_pool *pool, size_t rows, size_t columns, const ck_chain_step *steps, size_t step_count);

#ifdef __cplusplus
}
#endif
#endif
