/// Random numbers from a counter: element i depends on (seed, stream, offset + i) alone, never on what was drawn before.
/// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
/// Element e = offset + i is word e % 4 of the block with counter (e / 4 low, e / 4 high, stream low, stream high) and
/// key (seed low, seed high).
#ifndef CK_RANDOM_H
#define CK_RANDOM_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ck_random {
    uint64_t seed;
    uint64_t stream; ///< one per use: a parameter's name hashed, a dropout layer and step
    uint64_t offset;
} ck_random;

/// The 32-bit words themselves.
ck_status ck_random_bits(ck_pool *pool, ck_random random, size_t count, uint32_t *y);

/// y[i] in [low, high), or low if they are equal, from the upper 24 bits. requires: low <= high, both finite.
/// ensures:  error at most 5 · 2^-24 of the larger of |low| and |high|.
ck_status ck_random_uniform_f32(ck_pool *pool, ck_random random, size_t count, float low, float high, float *y);

/// y[i] normal with the given mean and standard deviation (>= 0), by Box and Muller on words 2j and 2j+1 of the stream:
/// with u = (w[2j] >> 1) · 2^-31 + 2^-32 and v = (w[2j+1] >> 8) · 2^-24, element 2j is mean + deviation · sqrt(-2 log u)
/// · cos(2 pi v), element 2j+1 the same with sin. At most 6.7 deviations from the mean.
/// ensures:  error at most 2e-6 deviations, and 2^-23 of the larger of |mean| and |y[i]|.
ck_status ck_random_normal_f32(ck_pool *pool, ck_random random, size_t count, float mean, float deviation, float *y);

/// Dropout: y[i] = x[i] / (1 - rate) where the i-th uniform number is >= rate, else 0. y may be x.
/// The same call on dy is its backward: nothing is kept. requires: 0 <= rate < 1. A dropped NaN gives 0.
ck_status ck_dropout_f32(ck_pool *pool, ck_random random, size_t count, float rate, const float *x, float *y);

#ifdef __cplusplus
}
#endif
#endif
