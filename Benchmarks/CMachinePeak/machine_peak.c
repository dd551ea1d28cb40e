#include "CMachinePeak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// Latency (4 cycles) times instructions per cycle (2) must not exceed the chains; with the two constants they fit into
// AVX2's 16 registers.
enum { CHAINS = 12, STEPS_PER_ROUND = 8 };
// Vectors that a round of the streaming loops takes: enough to hide the loop itself.
enum { READS_PER_ROUND = 8, TRIADS_PER_ROUND = 4 };

// Each loop is written once, for any vector. The sums at the end keep the compiler from dropping any of the work.

// Independent chains x = x · f + s in registers, with the fixed point 1. None begins there: a compiler sees that it would
// stay, and drops it.
#define MULTIPLY_ADD_LOOP(NAME, ATTRIBUTES, VECTOR, BROADCAST, FMA, ADD, FIRST)                                        \
    ATTRIBUTES static float NAME(size_t rounds) {                                                                      \
        const VECTOR factor = BROADCAST(0.5f), summand = BROADCAST(0.5f);                                              \
        VECTOR x0 = BROADCAST(0), x1 = BROADCAST(12), x2 = BROADCAST(2), x3 = BROADCAST(3);                            \
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

#define READ_LOOP(NAME, ATTRIBUTES, VECTOR, BROADCAST, LOAD, ADD, FIRST)                                               \
    ATTRIBUTES static float NAME(size_t count, const float *x) {                                                       \
        enum { lanes = sizeof(VECTOR) / sizeof(float) };                                                               \
        VECTOR x0 = BROADCAST(0), x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0;                       \
        for (size_t i = 0; i < count; i += READS_PER_ROUND * lanes) {                                                  \
            x0 = ADD(x0, LOAD(x + i)), x1 = ADD(x1, LOAD(x + i + lanes));                                              \
            x2 = ADD(x2, LOAD(x + i + 2 * lanes)), x3 = ADD(x3, LOAD(x + i + 3 * lanes));                              \
            x4 = ADD(x4, LOAD(x + i + 4 * lanes)), x5 = ADD(x5, LOAD(x + i + 5 * lanes));                              \
            x6 = ADD(x6, LOAD(x + i + 6 * lanes)), x7 = ADD(x7, LOAD(x + i + 7 * lanes));                              \
        }                                                                                                              \
        return FIRST(ADD(ADD(ADD(x0, x1), ADD(x2, x3)), ADD(ADD(x4, x5), ADD(x6, x7))));                               \
    }

#define TRIAD_LOOP(NAME, ATTRIBUTES, VECTOR, BROADCAST, LOAD, FMA, STORE)                                              \
    ATTRIBUTES static void NAME(size_t count, float *restrict a, const float *restrict b, const float *restrict c) {   \
        enum { lanes = sizeof(VECTOR) / sizeof(float) };                                                               \
        const VECTOR factor = BROADCAST(3);                                                                            \
        for (size_t i = 0; i < count; i += TRIADS_PER_ROUND * lanes) {                                                 \
            const size_t j = i + lanes, k = i + 2 * lanes, l = i + 3 * lanes;                                          \
            STORE(a + i, FMA(LOAD(c + i), factor, LOAD(b + i)));                                                       \
            STORE(a + j, FMA(LOAD(c + j), factor, LOAD(b + j)));                                                       \
            STORE(a + k, FMA(LOAD(c + k), factor, LOAD(b + k)));                                                       \
            STORE(a + l, FMA(LOAD(c + l), factor, LOAD(b + l)));                                                       \
        }                                                                                                              \
    }

#define ALL_LOOPS(SET, ATTRIBUTES, VECTOR, BROADCAST, LOAD, STORE, FMA, ADD, FIRST)                                    \
    MULTIPLY_ADD_LOOP(multiply_add_##SET, ATTRIBUTES, VECTOR, BROADCAST, FMA, ADD, FIRST)                              \
    READ_LOOP(read_##SET, ATTRIBUTES, VECTOR, BROADCAST, LOAD, ADD, FIRST)                                             \
    TRIAD_LOOP(triad_##SET, ATTRIBUTES, VECTOR, BROADCAST, LOAD, FMA, STORE)

#if defined(__x86_64__)

ALL_LOOPS(avx512, __attribute__((target("avx512f"))), __m512, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps,
          _mm512_fmadd_ps, _mm512_add_ps, _mm512_cvtss_f32)
ALL_LOOPS(avx2, __attribute__((target("avx2,fma"))), __m256, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps,
          _mm256_fmadd_ps, _mm256_add_ps, _mm256_cvtss_f32)

#elif defined(__aarch64__)

#define NEON_FMA(x, factor, summand) vfmaq_f32(summand, x, factor)
#define NEON_FIRST(x) vgetq_lane_f32(x, 0)
ALL_LOOPS(neon, , float32x4_t, vdupq_n_f32, vld1q_f32, vst1q_f32, NEON_FMA, vaddq_f32, NEON_FIRST)

#endif

#define SCALAR(x) ((float)(x))
#define SCALAR_LOAD(x) (*(x))
#define SCALAR_STORE(x, value) (*(x) = (value))
#define SCALAR_FMA(x, factor, summand) ((x) * (factor) + (summand))
#define SCALAR_ADD(x, y) ((x) + (y))
ALL_LOOPS(portable, , float, SCALAR, SCALAR_LOAD, SCALAR_STORE, SCALAR_FMA, SCALAR_ADD, SCALAR)

typedef struct {
    const char *name;
    size_t lanes;
    float (*multiply_add)(size_t rounds);
    float (*read)(size_t count, const float *x);
    void (*triad)(size_t count, float *restrict a, const float *restrict b, const float *restrict c);
} variant;

static variant widest(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        return (variant){"AVX-512", 16, multiply_add_avx512, read_avx512, triad_avx512};
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return (variant){"AVX2", 8, multiply_add_avx2, read_avx2, triad_avx2};
    }
#elif defined(__aarch64__)
    return (variant){"NEON", 4, multiply_add_neon, read_neon, triad_neon};
#endif
    return (variant){"portable", 1, multiply_add_portable, read_portable, triad_portable};
}

const char *machine_peak_instruction_set(void) { return widest().name; }

double machine_peak_multiply_add(size_t rounds) {
    variant chosen = widest();
    volatile float kept = chosen.multiply_add(rounds);
    (void)kept;
    return 2.0 * (double)(chosen.lanes * CHAINS * STEPS_PER_ROUND) * (double)rounds;
}

double machine_peak_read(size_t bytes, void *memory, size_t passes) {
    variant chosen = widest();
    const size_t round = READS_PER_ROUND * chosen.lanes;
    const size_t count = bytes / sizeof(float) / round * round;
    for (size_t pass = 0; pass < passes; pass++) {
        volatile float kept = chosen.read(count, memory);
        (void)kept;
    }
    return (double)(count * sizeof(float)) * (double)passes;
}

double machine_peak_triad(size_t bytes, void *memory, size_t passes) {
    variant chosen = widest();
    const size_t round = TRIADS_PER_ROUND * chosen.lanes;
    const size_t count = bytes / sizeof(float) / 3 / round * round;
    float *const a = memory;
    for (size_t pass = 0; pass < passes; pass++) chosen.triad(count, a, a + count, a + 2 * count);
    return 3.0 * (double)(count * sizeof(float)) * (double)passes;
}
