/// One step of a chain by the kernel that it stands for.
#ifndef CHAIN_STEP_H
#define CHAIN_STEP_H

#include "../include/CKernels.h"

enum { chain_kinds = CK_CHAIN_DROPOUT + 1 };

/// How many operations each kind has.
extern const size_t chain_operations[chain_kinds];

/// Which memory an operand may have.
typedef struct chain_inputs {
    const float *whole[2], *row, *column, *number;
} chain_inputs;

/// An operand of step `step`: an earlier result, or one of the inputs.
ck_chain_operand any_chain_operand(const chain_inputs *inputs, size_t step, int may_repeat);

/// `results` holds what the earlier steps gave.
ck_status run_chain_step(const ck_chain_step *step, size_t rows, size_t columns, float *const *results, float *y);

#endif
