#include "../include/ck_chain.h"

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"

/// Elements of each step between one step and the next: all results of the longest chain fit half a first cache.
enum { chunk = 256 };

typedef struct chain_call {
    const ck_vector_kernels *kernels;
    const ck_chain_step *steps;
    size_t step_count;
} chain_call;

/// One chunk on its way through the steps.
typedef struct passage {
    size_t begin, count;
    float *results[CK_CHAIN_MOST_STEPS];
} passage;

static const float *elements(const passage *passage, const ck_chain_operand *operand) {
    return operand->memory == NULL ? passage->results[operand->step] : operand->memory + passage->begin * operand->stride;
}

static void run_binary(const ck_vector_kernels *kernels, const ck_chain_step *step, const float *a, const float *b,
                       size_t count, float *y) {
    const ck_binary_operands operands = {
        .columns = count,
        .a = a,
        .a_column = step->a.memory == NULL ? 1 : step->a.stride,
        .b = b,
        .b_column = step->b.memory == NULL ? 1 : step->b.stride,
        .y = y,
        .ldy = count,
    };
    kernels->binary((ck_binary)step->operation, &operands, 0, 1);
}

static void run_step(const ck_vector_kernels *kernels, const ck_chain_step *step, const passage *passage, float *y) {
    const float *a = elements(passage, &step->a);
    const size_t count = passage->count;
    switch (step->kind) {
    case CK_CHAIN_UNARY: kernels->unary((ck_unary)step->operation, count, a, y); break;
    case CK_CHAIN_AFFINE: kernels->affine(count, step->scale, step->offset, a, y); break;
    case CK_CHAIN_BINARY: run_binary(kernels, step, a, elements(passage, &step->b), count, y); break;
    case CK_CHAIN_ACTIVATION: kernels->activation((ck_activation)step->operation, count, a, y); break;
    case CK_CHAIN_ACTIVATION_BACKWARD:
        kernels->activation_backward((ck_activation)step->operation, count, a, elements(passage, &step->b), y);
        break;
    }
}

static void chain_range(void *context, size_t begin, size_t end) {
    const chain_call *call = context;
    _Alignas(64) float scratch[CK_CHAIN_MOST_STEPS][chunk];
    passage passage;
    for (passage.begin = begin; passage.begin < end; passage.begin += chunk) {
        passage.count = end - passage.begin < chunk ? end - passage.begin : chunk;
        for (size_t s = 0; s < call->step_count; s++) {
            const ck_chain_step *step = &call->steps[s];
            passage.results[s] = step->y == NULL ? scratch[s] : step->y + passage.begin;
            run_step(call->kernels, step, &passage, passage.results[s]);
        }
    }
}

static int is_operand(const ck_chain_operand *operand, size_t step, int may_repeat) {
    if (operand->memory == NULL) return operand->step < step;
    return operand->stride == 1 || (operand->stride == 0 && may_repeat);
}

static int is_step(const ck_chain_step *steps, size_t step, size_t step_count) {
    static const int most_operation[] = {CK_GREATER_THAN_ZERO, 0, CK_MINIMUM, CK_SIGMOID, CK_SIGMOID};
    const ck_chain_step *s = &steps[step];
    if ((unsigned)s->kind > CK_CHAIN_ACTIVATION_BACKWARD) return 0;
    if (s->kind != CK_CHAIN_AFFINE && (s->operation < 0 || s->operation > most_operation[s->kind])) return 0;
    const int may_repeat = s->kind == CK_CHAIN_BINARY;
    if (!is_operand(&s->a, step, may_repeat)) return 0;
    if ((may_repeat || s->kind == CK_CHAIN_ACTIVATION_BACKWARD) && !is_operand(&s->b, step, may_repeat)) return 0;
    return s->y != NULL || step + 1 < step_count;
}

/// What an element costs, beside one that only streams.
static size_t work_of(const ck_chain_step *step) {
    const int is_activation = step->kind == CK_CHAIN_ACTIVATION || step->kind == CK_CHAIN_ACTIVATION_BACKWARD;
    if (is_activation) return step->operation <= CK_RELU ? 1 : 4;
    return step->kind == CK_CHAIN_UNARY && (step->operation == CK_EXP || step->operation == CK_LOG) ? 3 : 1;
}

ck_status ck_chain_f32(ck_pool *pool, size_t count, const ck_chain_step *steps, size_t step_count) {
    if (step_count > CK_CHAIN_MOST_STEPS) return CK_INVALID_ARGUMENT;
    if (count == 0 || step_count == 0) return CK_OK;
    if (steps == NULL) return CK_INVALID_ARGUMENT;
    size_t work = 0;
    for (size_t s = 0; s < step_count; s++) {
        if (!is_step(steps, s, step_count)) return CK_INVALID_ARGUMENT;
        work += work_of(&steps[s]);
    }
    chain_call call = {ck_dispatch_current()->vector, steps, step_count};
    ck_parallel_ranges(pool, count, chunk, work, chain_range, &call);
    return CK_OK;
}
