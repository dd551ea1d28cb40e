#include "chain_step.h"

#include "test_support.h"

const size_t chain_operations[chain_kinds] = {CK_GREATER_THAN_ZERO + 1, 1, CK_MINIMUM + 1, CK_SIGMOID + 1,
                                              CK_SIGMOID + 1, 1};

ck_chain_operand any_chain_operand(const chain_inputs *inputs, size_t step, int may_repeat) {
    if (step > 0 && random_below(2)) return (ck_chain_operand){.form = CK_CHAIN_RESULT, .step = (unsigned)random_below(step)};
    switch (may_repeat ? random_below(6) : 0) {
    case 1: return (ck_chain_operand){.form = CK_CHAIN_ROW, .memory = inputs->row};
    case 2: return (ck_chain_operand){.form = CK_CHAIN_COLUMN, .memory = inputs->column};
    case 3: return (ck_chain_operand){.form = CK_CHAIN_NUMBER, .memory = inputs->number};
    default: return (ck_chain_operand){.form = CK_CHAIN_WHOLE, .memory = inputs->whole[random_below(2)]};
    }
}

static const float *elements(const ck_chain_operand *operand, float *const *results) {
    return operand->form == CK_CHAIN_RESULT ? results[operand->step] : operand->memory;
}

static size_t row_stride(const ck_chain_operand *operand, size_t columns) {
    if (operand->form <= CK_CHAIN_WHOLE) return columns;
    return operand->form == CK_CHAIN_COLUMN;
}

static size_t column_stride(const ck_chain_operand *operand) { return operand->form <= CK_CHAIN_ROW; }

ck_status run_chain_step(const ck_chain_step *s, size_t rows, size_t columns, float *const *results, float *y) {
    const float *a = elements(&s->a, results), *b = elements(&s->b, results);
    const size_t count = rows * columns;
    switch (s->kind) {
    case CK_CHAIN_UNARY: return ck_unary_f32(NULL, (ck_unary)s->operation, count, a, y);
    case CK_CHAIN_AFFINE: return ck_affine_f32(NULL, count, s->scale, s->offset, a, y);
    case CK_CHAIN_BINARY:
        return ck_binary_f32(NULL, (ck_binary)s->operation, rows, columns, a, row_stride(&s->a, columns),
                             column_stride(&s->a), b, row_stride(&s->b, columns), column_stride(&s->b), y, columns);
    case CK_CHAIN_ACTIVATION: return ck_activation_f32(NULL, (ck_activation)s->operation, count, a, y);
    case CK_CHAIN_ACTIVATION_BACKWARD:
        return ck_activation_backward_f32(NULL, (ck_activation)s->operation, count, a, a, b, y);
    default: return ck_dropout_f32(NULL, s->random, count, s->scale, a, y);
    }
}
