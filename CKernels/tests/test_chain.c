/// A chain's bits are those of its steps one after the other.
#include <stdlib.h>
#include <string.h>

#include "chain_step.h"
#include "everywhere.h"

static ck_chain_step random_step(const chain_inputs *inputs, size_t step) {
    ck_chain_step s = {.kind = (ck_chain_kind)random_below(chain_kinds), .scale = 0.75f, .offset = 0.125f,
                       .random = {1, 2, 300}};
    s.operation = (int)random_below(chain_operations[s.kind]);
    s.a = any_chain_operand(inputs, step, s.kind == CK_CHAIN_BINARY);
    s.b = any_chain_operand(inputs, step, s.kind == CK_CHAIN_BINARY);
    return s;
}

typedef struct chain_arguments {
    size_t rows, columns, step_count;
    const ck_chain_step *steps;
} chain_arguments;

/// Every step with a y (here any non-NULL pointer) writes to its part of `y`, one after the other.
static ck_status chain(ck_pool *pool, const void *context, float *y) {
    const chain_arguments *c = context;
    ck_chain_step steps[CK_CHAIN_MOST_STEPS];
    memcpy(steps, c->steps, c->step_count * sizeof *steps);
    for (size_t s = 0, place = 0; s < c->step_count; s++)
        if (steps[s].y != NULL) steps[s].y = y + c->rows * c->columns * place++;
    return ck_chain_f32(pool, c->rows, c->columns, steps, c->step_count);
}

static const float *random_floats(size_t count, guard_side side) {
    float *x = guarded_floats(count, side);
    fill_scaled(x, count, 3);
    if (count > 7) x[2] = 0.0f / 0.0f, x[4] = 1.0f / 0.0f, x[6] = 1e-41f;
    return x;
}

static void check_chain(size_t rows, size_t columns, size_t step_count, guard_side side) {
    const size_t count = rows * columns;
    const chain_inputs inputs = {{random_floats(count, side), random_floats(count, side)},
                                 random_floats(columns, side), random_floats(rows, side), random_floats(1, side)};
    ck_chain_step steps[CK_CHAIN_MOST_STEPS];
    float *results[CK_CHAIN_MOST_STEPS], mark;
    size_t stored = 0;
    for (size_t s = 0; s < step_count; s++) {
        steps[s] = random_step(&inputs, s);
        if (s + 1 == step_count || random_below(3) == 0) steps[s].y = &mark, stored++;
        results[s] = malloc((count + 1) * sizeof **results);
        EXPECT(run_chain_step(&steps[s], rows, columns, results, results[s]) == CK_OK, "the step alone");
    }
    float *y = malloc((stored * count + 1) * sizeof *y);
    const chain_arguments arguments = {rows, columns, step_count, steps};
    run_everywhere("chain", chain, &arguments, stored * count, y);
    for (size_t s = 0, place = 0; s < step_count; s++) {
        if (steps[s].y == NULL) continue;
        const float *got = y + count * place++;
        size_t i = 0;
        while (i < count && (got[i] == results[s][i] || (got[i] != got[i] && results[s][i] != results[s][i]))) i++;
        EXPECT(i == count, "chain of %zu steps, step %zu of kind %d, element %zu of %zux%zu", step_count, s,
               (int)steps[s].kind, i, rows, columns);
    }
    for (size_t s = 0; s < step_count; s++) free(results[s]);
    free(y);
    release_guarded();
}

static void in_place(void) {
    float x[300], want[300], got[300];
    fill_scaled(x, 300, 2);
    ck_activation_f32(NULL, CK_TANH, 300, x, want);
    ck_binary_f32(NULL, CK_MULTIPLY, 1, 300, want, 300, 1, x, 300, 1, want, 300);
    memcpy(got, x, sizeof x);
    const ck_chain_step steps[] = {
        {.kind = CK_CHAIN_ACTIVATION, .operation = CK_TANH, .a = {CK_CHAIN_WHOLE, 0, got}},
        {.kind = CK_CHAIN_BINARY, .operation = CK_MULTIPLY, .a = {.step = 0}, .b = {CK_CHAIN_WHOLE, 0, got}, .y = got},
    };
    EXPECT(ck_chain_f32(NULL, 3, 100, steps, 2) == CK_OK, "status");
    EXPECT(first_difference(got, want, 300) == 300, "chain in place");
}

static void mistakes(void) {
    float x[4] = {0}, y[4];
    const ck_chain_operand whole = {CK_CHAIN_WHOLE, 0, x}, number = {CK_CHAIN_NUMBER, 0, x};
    const ck_chain_step good = {.kind = CK_CHAIN_BINARY, .a = whole, .b = number, .y = y};
    ck_chain_step bad[9] = {good, good, good, good, good, good, good, good, good};
    bad[0].kind = (ck_chain_kind)chain_kinds;
    bad[1].operation = CK_MINIMUM + 1;
    bad[2].a.form = CK_CHAIN_RESULT;
    bad[3].b.form = (ck_chain_form)5;
    bad[4].y = NULL;
    bad[5].kind = CK_CHAIN_ACTIVATION_BACKWARD;
    bad[6].a.memory = NULL;
    bad[7].kind = CK_CHAIN_DROPOUT, bad[7].scale = 1;
    bad[8].kind = CK_CHAIN_UNARY, bad[8].a.form = CK_CHAIN_ROW;
    poison(y, 4);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT(ck_chain_f32(NULL, 2, 2, &bad[i], 1) == CK_INVALID_ARGUMENT, "mistake %zu", i);
    EXPECT(ck_chain_f32(NULL, 2, 2, NULL, 1) == CK_INVALID_ARGUMENT, "no steps");
    EXPECT(ck_chain_f32(NULL, 2, 2, &good, CK_CHAIN_MOST_STEPS + 1) == CK_INVALID_ARGUMENT, "too many steps");
    EXPECT(is_poison(y[0]) && is_poison(y[3]), "a mistake writes nothing");
    EXPECT(ck_chain_f32(NULL, 0, 4, &good, 1) == CK_OK && ck_chain_f32(NULL, 4, 0, &good, 1) == CK_OK &&
               ck_chain_f32(NULL, 4, 4, NULL, 0) == CK_OK, "nothing to do");
}

int main(void) {
    static const size_t shapes[][2] = {{0, 3}, {3, 0}, {1, 1}, {1, 17}, {17, 1}, {15, 17}, {3, 341}, {2, 1023},
                                       {2, 1025}, {40, 25}, {700, 10}, {70, 1001}};
    seed_random(5);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t rows = shapes[i][0], columns = shapes[i][1];
        for (size_t step_count = 1; step_count <= CK_CHAIN_MOST_STEPS; step_count += rows * columns > 3000 ? 4 : 1)
            check_chain(rows, columns, step_count, (guard_side)(step_count % 2));
    }
    in_place();
    mistakes();
    return finish_tests();
}
