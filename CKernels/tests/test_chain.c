/// A chain's bits are those of its steps one after the other.
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

enum { most_operands = 3 };

static const float *operand_memory[most_operands]; // the last one is a single number

static ck_chain_operand random_operand(size_t step, int may_repeat) {
    if (step > 0 && random_below(2)) return (ck_chain_operand){NULL, 0, random_below(step)};
    if (may_repeat && random_below(4) == 0) return (ck_chain_operand){operand_memory[most_operands - 1], 0, 0};
    return (ck_chain_operand){operand_memory[random_below(most_operands - 1)], 1, 0};
}

static ck_chain_step random_step(size_t step) {
    static const int operations[] = {CK_GREATER_THAN_ZERO + 1, 1, CK_MINIMUM + 1, CK_SIGMOID + 1, CK_SIGMOID + 1};
    ck_chain_step s = {.kind = (ck_chain_kind)random_below(5), .scale = 0.75f, .offset = 0.125f};
    s.operation = (int)random_below((size_t)operations[s.kind]);
    s.a = random_operand(step, s.kind == CK_CHAIN_BINARY);
    s.b = random_operand(step, s.kind == CK_CHAIN_BINARY);
    return s;
}

/// The step alone; `results` holds what the earlier ones gave.
static void run_alone(const ck_chain_step *s, size_t count, float *const *results, float *y) {
    const float *a = s->a.memory == NULL ? results[s->a.step] : s->a.memory;
    const float *b = s->b.memory == NULL ? results[s->b.step] : s->b.memory;
    const size_t a_stride = s->a.memory == NULL ? 1 : s->a.stride, b_stride = s->b.memory == NULL ? 1 : s->b.stride;
    switch (s->kind) {
    case CK_CHAIN_UNARY: ck_unary_f32(NULL, (ck_unary)s->operation, count, a, y); break;
    case CK_CHAIN_AFFINE: ck_affine_f32(NULL, count, s->scale, s->offset, a, y); break;
    case CK_CHAIN_BINARY:
        ck_binary_f32(NULL, (ck_binary)s->operation, 1, count, a, count, a_stride, b, count, b_stride, y, count);
        break;
    case CK_CHAIN_ACTIVATION: ck_activation_f32(NULL, (ck_activation)s->operation, count, a, y); break;
    default: ck_activation_backward_f32(NULL, (ck_activation)s->operation, count, a, a, b, y); break;
    }
}

typedef struct chain_arguments {
    size_t count, step_count;
    const ck_chain_step *steps;
} chain_arguments;

/// Every step with a y (here any non-NULL pointer) writes to its part of `y`, one after the other.
static ck_status chain(ck_pool *pool, const void *context, float *y) {
    const chain_arguments *c = context;
    ck_chain_step steps[CK_CHAIN_MOST_STEPS];
    memcpy(steps, c->steps, c->step_count * sizeof *steps);
    for (size_t s = 0, place = 0; s < c->step_count; s++)
        if (steps[s].y != NULL) steps[s].y = y + c->count * place++;
    return ck_chain_f32(pool, c->count, steps, c->step_count);
}

static void check_chain(size_t count, size_t step_count, guard_side side) {
    for (size_t i = 0; i < most_operands; i++) {
        const size_t length = i + 1 < most_operands ? count : 1;
        float *x = guarded_floats(length, side);
        fill_scaled(x, length, 3);
        if (length > 7) x[2] = 0.0f / 0.0f, x[4] = 1.0f / 0.0f, x[6] = 1e-41f;
        operand_memory[i] = x;
    }
    ck_chain_step steps[CK_CHAIN_MOST_STEPS];
    float *results[CK_CHAIN_MOST_STEPS], mark;
    size_t stored = 0;
    for (size_t s = 0; s < step_count; s++) {
        steps[s] = random_step(s);
        if (s + 1 == step_count || random_below(3) == 0) steps[s].y = &mark, stored++;
        results[s] = malloc((count + 1) * sizeof **results);
        run_alone(&steps[s], count, results, results[s]);
    }
    float *y = malloc((stored * count + 1) * sizeof *y);
    const chain_arguments arguments = {count, step_count, steps};
    run_everywhere("chain", chain, &arguments, stored * count, y);
    for (size_t s = 0, place = 0; s < step_count; s++) {
        if (steps[s].y == NULL) continue;
        const float *got = y + count * place++;
        size_t i = 0;
        while (i < count && (got[i] == results[s][i] || (got[i] != got[i] && results[s][i] != results[s][i]))) i++;
        EXPECT(i == count, "chain of %zu steps, step %zu of kind %d, element %zu of %zu", step_count, s,
               (int)steps[s].kind, i, count);
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
        {.kind = CK_CHAIN_ACTIVATION, .operation = CK_TANH, .a = {got, 1, 0}},
        {.kind = CK_CHAIN_BINARY, .operation = CK_MULTIPLY, .a = {NULL, 0, 0}, .b = {got, 1, 0}, .y = got},
    };
    EXPECT(ck_chain_f32(NULL, 300, steps, 2) == CK_OK, "status");
    EXPECT(first_difference(got, want, 300) == 300, "chain in place");
}

static void mistakes(void) {
    float x[4] = {0}, y[4];
    const ck_chain_step good = {.kind = CK_CHAIN_BINARY, .a = {x, 1, 0}, .b = {x, 0, 0}, .y = y};
    ck_chain_step bad[6] = {good, good, good, good, good, good};
    bad[0].kind = (ck_chain_kind)5;
    bad[1].operation = CK_MINIMUM + 1;
    bad[2].a = (ck_chain_operand){NULL, 0, 0};
    bad[3].b.stride = 2;
    bad[4].y = NULL;
    bad[5].kind = CK_CHAIN_ACTIVATION_BACKWARD;
    poison(y, 4);
    for (size_t i = 0; i < 6; i++)
        EXPECT(ck_chain_f32(NULL, 4, &bad[i], 1) == CK_INVALID_ARGUMENT, "mistake %zu", i);
    EXPECT(ck_chain_f32(NULL, 4, NULL, 1) == CK_INVALID_ARGUMENT, "no steps");
    EXPECT(ck_chain_f32(NULL, 4, &good, CK_CHAIN_MOST_STEPS + 1) == CK_INVALID_ARGUMENT, "too many steps");
    EXPECT(is_poison(y[0]) && is_poison(y[3]), "a mistake writes nothing");
    EXPECT(ck_chain_f32(NULL, 0, &good, 1) == CK_OK && ck_chain_f32(NULL, 4, NULL, 0) == CK_OK, "nothing to do");
}

int main(void) {
    static const size_t counts[] = {0, 1, 15, 17, 255, 256, 257, 1000, 70001};
    seed_random(5);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t step_count = 1; step_count <= CK_CHAIN_MOST_STEPS; step_count += counts[c] > 1000 ? 5 : 1)
            check_chain(counts[c], step_count, (guard_side)(step_count % 2));
    in_place();
    mistakes();
    return finish_tests();
}
