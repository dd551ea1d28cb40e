/// f32_gemm_6x16_avx2: 12 accumulators, 2 vectors of B, 1 broadcast of A.
#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"

#ifdef CK_BUILD_X86
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#define PREFIX f32x8
#define VECTOR __m256
#define LANES 8
#define ZERO() _mm256_setzero_ps()
#define BROADCAST(x) _mm256_set1_ps(x)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define STREAM(p, v) _mm256_stream_ps(p, v)
#define LOAD_FIRST(p, n) _mm256_maskload_ps(p, lanes_below(n))
#define STORE_FIRST(p, n, v) store_first_of_eight(p, v, n)
#define MULTIPLY(x, y) _mm256_mul_ps(x, y)
#define ADD(x, y) _mm256_add_ps(x, y)
#define FMA(x, y, z) _mm256_fmadd_ps(x, y, z)
#define POSITIVE(x) _mm256_and_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_NLE_UQ), x)

#define LOAD_QUADS(w, x, y, z) \
    _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(w)), _mm_loadu_ps(x), 1)
#define LOW_PAIRS(x, y) _mm256_unpacklo_ps(x, y)
#define HIGH_PAIRS(x, y) _mm256_unpackhi_ps(x, y)
#define LOW_HALVES(x, y) _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(x), _mm256_castps_pd(y)))
#define HIGH_HALVES(x, y) _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(x), _mm256_castps_pd(y)))

#define TURN_QUADS(v) turn_quads(v)

static inline void turn_quads(__m256 *v) {
    CK_UNROLL for (size_t t = 0; t < 4; t++) {
        const __m256 low = v[t], high = v[t + 4];
        v[t] = _mm256_permute2f128_ps(low, high, 0x20), v[t + 4] = _mm256_permute2f128_ps(low, high, 0x31);
    }
}

static inline __m256i lanes_below(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#include "../runtime/store_avx2.h"
#include "microkernel.h"
#include "packing.h"
#define TURNED_MOST 4
#include "turned_rows.h"

UP_TO_12(MICROKERNEL, 1)
UP_TO_6(MICROKERNEL, 2)
UP_TO_2(MICROKERNEL, 4)

static const ck_gemm_microkernel one[][2][2] = {UP_TO_12(ENTRY, 1)};
static const ck_gemm_microkernel two[][2][2] = {UP_TO_6(ENTRY, 2)};
static const ck_gemm_microkernel four[][2][2] = {UP_TO_2(ENTRY, 4)};

const ck_gemm_kernels ck_gemm_avx2 = {
    3, 1, {{8, 8, 12, one}, {8, 16, 6, two}, {8, 32, 2, four}},
    32 << 10, pack_transposed, pack_straight, TURNED_MOST, multiply_turned};

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
