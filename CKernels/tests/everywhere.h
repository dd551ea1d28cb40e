/// A kernel's output on every instruction set, with every pool, at both guard pages: the bits must be the same.
#ifndef EVERYWHERE_H
#define EVERYWHERE_H

#include "test_support.h"

/// Fills y; reads its inputs from the context.
typedef ck_status (*kernel_call)(ck_pool *pool, const void *context, float *y);

/// Expects status OK and equal bits (NaN equals NaN) from all runs; `result` gets the output, `count` floats.
void run_everywhere(const char *name, kernel_call call, const void *context, size_t count, float *result);

/// Distance in units in the last place of the float nearest to `want`; 0 for NaN where NaN is wanted.
double ulp_distance(float got, double want);

/// Guarded copies of `count` values; `fill_*` values for those without a source.
float *guarded_copy(const float *x, size_t count, guard_side side);
int32_t *guarded_ints(size_t count, guard_side side);

/// Uniform in [-scale, scale).
void fill_scaled(float *x, size_t count, float scale);

#endif
