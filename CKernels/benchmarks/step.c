#include "step.h"

#include <stdio.h>
#include <stdlib.h>

const step_shape step_shapes[] = {
    {"seed", 32, 2, {64, 64, 32}, 2, 10},
    {"mid", 256, 2, {784, 512, 512}, 3, 10},
    {"wide", 512, 2, {1024, 1024, 1024}, 8, 16},
};

static float *floats(size_t count) {
    float *memory = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
    if (memory == NULL) {
        fprintf(stderr, "no memory for %zu numbers\n", count);
        exit(2);
    }
    ck_affine_f32(NULL, count, 0, 0, memory, memory);
    return memory;
}

static float *normal(size_t count, float deviation) {
    float *memory = floats(count);
    ck_random_normal_f32(NULL, (ck_random){.seed = count}, count, 0, deviation, memory);
    return memory;
}

void step_prepare(step *s, const step_shape *shape, ck_pool *pool) {
    *s = (step){.shape = *shape, .pool = pool};
    const size_t last = shape->widths[shape->layers], outputs = shape->heads * shape->classes;
    for (size_t l = 0; l <= shape->layers; l++) {
        s->values[l] = normal(shape->rows * shape->widths[l], 1);
        s->gradients[l] = floats(shape->rows * shape->widths[l]);
        if (l > 0) s->parameter_count += (shape->widths[l - 1] + 1) * shape->widths[l];
    }
    s->parameter_count += (last + 1) * outputs;
    s->logits = floats(shape->rows * outputs), s->dlogits = floats(shape->rows * outputs);
    s->parameters = normal(s->parameter_count, 0.05f), s->dparameters = floats(s->parameter_count);
    s->first_moment = floats(s->parameter_count), s->second_moment = floats(s->parameter_count);
    s->targets = malloc(shape->rows * sizeof *s->targets);
    if (s->targets == NULL) exit(2);
    for (size_t r = 0; r < shape->rows; r++) s->targets[r] = (int32_t)(r % shape->classes);
}

void step_free(step *s) {
    for (size_t l = 0; l <= s->shape.layers; l++) free(s->values[l]), free(s->gradients[l]);
    free(s->logits), free(s->dlogits), free(s->parameters), free(s->dparameters);
    free(s->first_moment), free(s->second_moment), free(s->targets);
}

/// C = op(A) · op(B) + beta · C of matrices without gaps.
static void multiply(step *s, int ta, int tb, size_t m, size_t n, size_t k, const float *a, const float *b, float beta,
                     float *c, const ck_epilogue *epilogue) {
    ck_gemm_f32(s->pool, ta, tb, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, beta, c, n, epilogue);
}

/// Forward, loss and backward of head h; `at` is where its parameters begin.
static void run_head(step *s, size_t h, size_t at) {
    const step_shape *o = &s->shape;
    const size_t rows = o->rows, width = o->widths[o->layers], classes = o->classes, weights = width * classes;
    const float *x = s->values[o->layers], *w = s->parameters + at;
    float *dw = s->dparameters + at, *z = s->logits + h * rows * classes, *dz = s->dlogits + h * rows * classes, loss;
    const ck_epilogue epilogue = {.bias = w + weights};
    const ck_cross_entropy_options options = {.ignore_index = -1};
    multiply(s, 0, 0, rows, classes, width, x, w, 0, z, &epilogue);
    ck_softmax_cross_entropy_f32(s->pool, rows, classes, z, classes, s->targets, &options, NULL, &loss, dz, classes,
                                 NULL);
    multiply(s, 1, 0, width, classes, rows, x, dz, 0, dw, NULL);
    ck_column_sums_f32(s->pool, rows, classes, dz, classes, 1, dw + weights);
    multiply(s, 0, 1, rows, width, classes, dz, w, h > 0, s->gradients[o->layers], NULL);
}

void step_run(step *s) {
    const step_shape *o = &s->shape;
    const size_t rows = o->rows;
    size_t at = 0;
    for (size_t l = 0; l < o->layers; l++) {
        const size_t from = o->widths[l], to = o->widths[l + 1];
        const ck_epilogue epilogue = {.bias = s->parameters + at + from * to, .activation = CK_RELU};
        multiply(s, 0, 0, rows, to, from, s->values[l], s->parameters + at, 0, s->values[l + 1], &epilogue);
        at += (from + 1) * to;
    }
    for (size_t h = 0; h < o->heads; h++) run_head(s, h, at + h * (o->widths[o->layers] + 1) * o->classes);
    for (size_t l = o->layers; l-- > 0;) {
        const size_t from = o->widths[l], to = o->widths[l + 1];
        at -= (from + 1) * to;
        float *dy = s->gradients[l + 1], *dw = s->dparameters + at;
        ck_activation_backward_f32(s->pool, CK_RELU, rows * to, NULL, s->values[l + 1], dy, dy);
        multiply(s, 1, 0, from, to, rows, s->values[l], dy, 0, dw, NULL);
        ck_column_sums_f32(s->pool, rows, to, dy, to, 1, dw + from * to);
        if (l > 0) multiply(s, 0, 1, rows, from, to, dy, s->parameters + at, 0, s->gradients[l], NULL);
    }
    const ck_adam_options adam = {1e-3f, 0.9f, 0.999f, 1e-8f, 0, 1, 0, ++s->number};
    ck_adam_f32(s->pool, s->parameter_count, &adam, s->parameters, s->dparameters, s->first_moment, s->second_moment);
}
