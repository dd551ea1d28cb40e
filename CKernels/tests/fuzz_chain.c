/// Chains of elementwise operations: the bits of their steps one after the other.
#include "fuzz_kernels.h"

enum { most_elements = 8000, most_inputs = 3, most_steps = 6 };

typedef struct chain {
    size_t count, step_count, outputs;
    matrix inputs[most_inputs]; ///< the last one is a single number
    ck_chain_step steps[most_steps];
} chain;

static ck_chain_operand any_operand(const chain *c, size_t step, int may_be_number) {
    if (step > 0 && one_in(2)) return (ck_chain_operand){.step = random_below(step)};
    if (may_be_number && one_in(4)) return (ck_chain_operand){.memory = c->inputs[most_inputs - 1].at};
    return (ck_chain_operand){.memory = c->inputs[random_below(most_inputs - 1)].at, .stride = 1};
}

static chain any_chain(void) {
    static const size_t operations[] = {CK_GREATER_THAN_ZERO + 1, 1, CK_MINIMUM + 1, CK_SIGMOID + 1, CK_SIGMOID + 1};
    chain c = {.count = any_size(most_elements), .step_count = 1 + random_below(most_steps)};
    for (size_t i = 0; i < most_inputs; i++) c.inputs[i] = any_input(1, i + 1 < most_inputs ? c.count : 1);
    for (size_t s = 0; s < c.step_count; s++) {
        const ck_chain_kind kind = (ck_chain_kind)random_below(CK_CHAIN_ACTIVATION_BACKWARD + 1);
        const int is_binary = kind == CK_CHAIN_BINARY;
        c.steps[s] = (ck_chain_step){.kind = kind, .operation = (int)random_below(operations[kind]),
                                     .scale = any_factor(), .offset = any_factor(),
                                     .a = any_operand(&c, s, is_binary), .b = any_operand(&c, s, is_binary)};
        if (s + 1 == c.step_count || one_in(3)) c.steps[s].y = an_output(1, c.count).at, c.outputs++;
    }
    return c;
}

static void run_step(const ck_chain_step *s, size_t count, float *const *results, float *y) {
    const float *a = s->a.memory == NULL ? results[s->a.step] : s->a.memory;
    const float *b = s->b.memory == NULL ? results[s->b.step] : s->b.memory;
    switch (s->kind) {
    case CK_CHAIN_UNARY: ck_unary_f32(NULL, (ck_unary)s->operation, count, a, y); break;
    case CK_CHAIN_AFFINE: ck_affine_f32(NULL, count, s->scale, s->offset, a, y); break;
    case CK_CHAIN_BINARY:
        ck_binary_f32(NULL, (ck_binary)s->operation, 1, count, a, count, s->a.memory == NULL || s->a.stride, b, count,
                      s->b.memory == NULL || s->b.stride, y, count);
        break;
    case CK_CHAIN_ACTIVATION: ck_activation_f32(NULL, (ck_activation)s->operation, count, a, y); break;
    case CK_CHAIN_ACTIVATION_BACKWARD:
        ck_activation_backward_f32(NULL, (ck_activation)s->operation, count, a, a, b, y);
    }
}

void fuzz_chain(void) {
    const chain c = any_chain();
    float *results[most_steps];
    RUN_EVERYWHERE(ck_chain_f32(fuzz_pool(), c.count, c.steps, c.step_count));
    for (size_t s = 0; s < c.step_count; s++) {
        results[s] = a_row(c.count);
        run_step(&c.steps[s], c.count, results, results[s]);
        if (c.steps[s].y != NULL) expect_same_row((matrix){c.steps[s].y, 1, c.count, c.count}, 0, results[s]);
    }
}
