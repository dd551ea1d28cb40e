/// Chains of elementwise operations: the bits of their steps one after the other.
#include "chain_step.h"
#include "fuzz_kernels.h"

enum { most_rows = 100, most_columns = 1500, most_steps = 6 };

typedef struct chain {
    size_t rows, columns, step_count;
    ck_chain_step steps[most_steps];
} chain;

static chain any_chain(void) {
    chain c = {.rows = any_size(most_rows), .columns = any_size(most_columns), .step_count = 1 + random_below(most_steps)};
    const chain_inputs inputs = {{any_input(1, c.rows * c.columns).at, any_input(1, c.rows * c.columns).at},
                                 any_input(1, c.columns).at, any_input(1, c.rows).at, any_input(1, 1).at};
    for (size_t s = 0; s < c.step_count; s++) {
        const ck_chain_kind kind = (ck_chain_kind)random_below(chain_kinds);
        const int is_binary = kind == CK_CHAIN_BINARY;
        c.steps[s] = (ck_chain_step){.kind = kind, .operation = (int)random_below(chain_operations[kind]),
                                     .scale = kind == CK_CHAIN_DROPOUT ? 0.25f : any_factor(), .offset = any_factor(),
                                     .a = any_chain_operand(&inputs, s, is_binary),
                                     .b = any_chain_operand(&inputs, s, is_binary),
                                     .random = {random_below(9), random_below(9), random_below(1000)}};
        if (s + 1 == c.step_count || one_in(3)) c.steps[s].y = an_output(1, c.rows * c.columns).at;
    }
    return c;
}

void fuzz_chain(void) {
    const chain c = any_chain();
    const size_t count = c.rows * c.columns;
    float *results[most_steps];
    RUN_EVERYWHERE(ck_chain_f32(fuzz_pool(), c.rows, c.columns, c.steps, c.step_count));
    for (size_t s = 0; s < c.step_count; s++) {
        results[s] = a_row(count);
        run_chain_step(&c.steps[s], c.rows, c.columns, results, results[s]);
        if (c.steps[s].y != NULL) expect_same_row((matrix){c.steps[s].y, 1, count, count}, 0, results[s]);
    }
}
