#include "CMachinePeak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// Latency (4 cycles) times instructions per cycle (2) must not exceed the chains; with the two constants they fit into
// AVX2's 16 registers.
enum { CHAINS = 12, STEPS_PER_ROUND = 8 };

// One loop, written once: independent chains x = x · f + s in registers, with the fixed point 1.
// The sum at the end keeps the compiler from dropping any of them.
#define MULTIPLY_ADD_LOOP(NAME, ATTRIBUTES, VECTOR, BROADCAST, FMA, ADD, FIRST)                                        \
    ATTRIBUTES static float NAME(size_t rounds) {                                                                      \
        const VECTOR factor = BROADCAST(0.5f), summand = BROADCAST(0.5f);                                              \
        VECTOR x0 = BROADCAST(0), x1 = BROADCAST(1), x2 = BROADCAST(2), x3 = BROADCAST(3);                             \
        VECTOR x4 = BROADCAST(4), x5 = BROADCAST(5), x6 = BROADCAST(6), x7 = BROADCAST(7);                             \
        VECTOR x8 = BROADCAST(8), x9 = BROADCAST(9), xa = BROADCAST(10), xb = BROADCAST(11);                           \
        for (size_t step = 0; step < rounds * STEPS_PER_ROUND; step++) {                                               \
            x0 = FMA(x0, factor, summand), x1 = FMA(x1, factor, summand), x2 = FMA(x2, factor, summand);               \
            x3 = FMA(x3, factor, summand), x4 = FMA(x4, factor, summand), x5 = FMA(x5, factor, summand);               \
            x6 = FMA(x6, factor, summand), x7 = FMA(x7, factor, summand), x8 = FMA(x8, factor, summand);               \
            x9 = FMA(x9, factor, summand), xa = FMA(xa, factor, summand), xb = FMA(xb, factor, summand);               \
        }                                                                                                              \
        return FIRST(ADD(ADD(ADD(ADD(x0, x1), ADD(x2, x3)), ADD(ADD(x4, x5), ADD(x6, x7))),                            \
                         ADD(ADD(x8, x9), ADD(xa, xb))));                                                              \
    }

#if defined(__x86_64__)

MULTIPLY_ADD_LOOP(
    multiply_add_avx512, __attribute__((target("avx512f"))), __m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_add_ps,
    _mm512_cvtss_f32)
MULTIPLY_ADD_LOOP(
    multiply_add_avx2, __attribute__((target("avx2,fma"))), __m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_add_ps,
    _mm256_cvtss_f32)

#elif defined(__aarch64__)

#define NEON_FMA(x, factor, summand) vfmaq_f32(summand, x, factor)
#define NEON_FIRST(x) vgetq_lane_f32(x, 0)
MULTIPLY_ADD_LOOP(multiply_add_neon, , float32x4_t, vdupq_n_f32, NEON_FMA, vaddq_f32, NEON_FIRST)

#endif

#define SCALAR(x) ((float)(x))
#define SCALAR_FMA(x, factor, summand) ((x) * (factor) + (summand))
#define SCALAR_ADD(x, y) ((x) + (y))
MULTIPLY_ADD_LOOP(multiply_add_portable, , float, SCALAR, SCALAR_FMA, SCALAR_ADD, SCALAR)

typedef struct {
    const char *name;
    size_t lanes;
    float (*loop)(size_t rounds);
} variant;

static variant widest(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return (variant){"AVX-512", 16, multiply_add_avx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return (variant){"AVX2", 8, multiply_add_avx2};
    }
#elif defined(__aarch64__)
    return (variant){"NEON", 4, multiply_add_neon};
#endif
    return (variant){"portable", 1, multiply_add_portable};
}

double machine_peak_multiply_add(size_t rounds) {
    variant chosen = widest();
    volatile float kept = chosen.loop(rounds);
    (void)kept;
    return 2.0 * (double)(chosen.lanes * CHAINS * STEPS_PER_ROUND) * (double)rounds;
}

const char *machine_peak_instruction_set(void) { return widest().name; }

void machine_peak_triad(size_t count, float *restrict a, const float *restrict b, const float *restrict c) {
    for (size_t i = 0; i < count; i++) a[i] = b[i] + 3 * c[i];
}
