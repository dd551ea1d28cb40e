/// A training step for measurements: trunk, classification heads, Adam, by the kernels alone.
#ifndef STEP_H
#define STEP_H

#include "../include/CKernels.h"

enum { step_most_layers = 4 };

/// Rows of `widths[0]` numbers through layers of the other widths, then `heads` heads of `classes` classes.
typedef struct step_shape {
    const char *name;
    size_t rows, layers, widths[step_most_layers + 1], heads, classes;
} step_shape;

/// The shapes that `espalier-bench step` times, or nearly: all heads are alike here.
extern const step_shape step_shapes[];
enum { step_shape_count = 3 };

typedef struct step {
    step_shape shape;
    ck_pool *pool;
    float *values[step_most_layers + 1], *gradients[step_most_layers + 1]; ///< after each layer
    float *logits, *dlogits; ///< one head after the other
    size_t parameter_count;
    float *parameters, *dparameters, *first_moment, *second_moment;
    int32_t *targets;
    uint64_t number;
} step;

/// Random data and parameters; ends the program if there is no memory.
void step_prepare(step *s, const step_shape *shape, ck_pool *pool);
void step_run(step *s);
void step_free(step *s);

#endif
