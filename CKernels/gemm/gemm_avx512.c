/// f32_gemm_14x32_avx512: 28 accumulators, 2 vectors of B, 1 broadcast of A.
#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"

#ifdef CK_BUILD_X86
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma")
#endif

// Eight columns or fewer: on processors with narrow data paths half a vector takes half the time.
#define PREFIX f32x8
#define VECTOR __m256
#define LANES 8
#define LANES_BELOW(n) ((__mmask8)((1u << (n)) - 1))
#define ZERO() _mm256_setzero_ps()
#define BROADCAST(x) _mm256_set1_ps(x)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define STREAM(p, v) _mm256_stream_ps(p, v)
#define LOAD_FIRST(p, n) _mm256_maskz_loadu_ps(LANES_BELOW(n), p)
#define STORE_FIRST(p, n, v) _mm256_mask_storeu_ps(p, LANES_BELOW(n), v)
#define MULTIPLY(x, y) _mm256_mul_ps(x, y)
#define ADD(x, y) _mm256_add_ps(x, y)
#define FMA(x, y, z) _mm256_fmadd_ps(x, y, z)
#define POSITIVE(x) _mm256_maskz_mov_ps(_mm256_cmp_ps_mask(x, _mm256_setzero_ps(), _CMP_NLE_UQ), x)

#include "microkernel.h"

UP_TO_14(MICROKERNEL, 1)
static const ck_gemm_microkernel half[][2][2] = {UP_TO_14(ENTRY, 1)};

#undef PREFIX
#undef VECTOR
#undef LANES
#undef LANES_BELOW
#undef ZERO
#undef BROADCAST
#undef LOAD
#undef STORE
#undef STREAM
#undef LOAD_FIRST
#undef STORE_FIRST
#undef MULTIPLY
#undef ADD
#undef FMA
#undef POSITIVE

#define PREFIX f32x16
#define VECTOR __m512
#define LANES 16
#define LANES_BELOW(n) ((__mmask16)((1u << (n)) - 1))
#define ZERO() _mm512_setzero_ps()
#define BROADCAST(x) _mm512_set1_ps(x)
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define STREAM(p, v) _mm512_stream_ps(p, v)
#define LOAD_FIRST(p, n) _mm512_maskz_loadu_ps(LANES_BELOW(n), p)
#define STORE_FIRST(p, n, v) _mm512_mask_storeu_ps(p, LANES_BELOW(n), v)
#define MULTIPLY(x, y) _mm512_mul_ps(x, y)
#define ADD(x, y) _mm512_add_ps(x, y)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)
#define POSITIVE(x) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NLE_UQ), x)

#define LOAD_QUADS(w, x, y, z) load_quads(w, x, y, z)
#define LOW_PAIRS(x, y) _mm512_unpacklo_ps(x, y)
#define HIGH_PAIRS(x, y) _mm512_unpackhi_ps(x, y)
#define LOW_HALVES(x, y) _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)))
#define HIGH_HALVES(x, y) _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)))

/// A masked broadcast from memory places four floats without a shuffle.
static inline __m512 load_quads(const float *w, const float *x, const float *y, const float *z) {
    __m512 quads = _mm512_castps128_ps512(_mm_loadu_ps(w));
    quads = _mm512_mask_broadcast_f32x4(quads, 0x00f0, _mm_loadu_ps(x));
    quads = _mm512_mask_broadcast_f32x4(quads, 0x0f00, _mm_loadu_ps(y));
    return _mm512_mask_broadcast_f32x4(quads, 0xf000, _mm_loadu_ps(z));
}

#define TURN_QUADS(v) turn_quads(v)

static inline void turn_quads(__m512 *v) {
    CK_UNROLL for (size_t t = 0; t < 4; t++) {
        const __m512 even01 = _mm512_shuffle_f32x4(v[t], v[t + 4], 0x88), odd01 = _mm512_shuffle_f32x4(v[t], v[t + 4], 0xdd);
        const __m512 even23 = _mm512_shuffle_f32x4(v[t + 8], v[t + 12], 0x88);
        const __m512 odd23 = _mm512_shuffle_f32x4(v[t + 8], v[t + 12], 0xdd);
        v[t] = _mm512_shuffle_f32x4(even01, even23, 0x88), v[t + 4] = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
        v[t + 8] = _mm512_shuffle_f32x4(even01, even23, 0xdd), v[t + 12] = _mm512_shuffle_f32x4(odd01, odd23, 0xdd);
    }
}

#include "microkernel.h"
#include "packing.h"
#define TURNED_MOST 8
#include "turned_rows.h"

UP_TO_14(MICROKERNEL, 1)
UP_TO_14(MICROKERNEL, 2)
UP_TO_4(MICROKERNEL, 4)
UP_TO_2(MICROKERNEL, 8)

static const ck_gemm_microkernel one[][2][2] = {UP_TO_14(ENTRY, 1)};
static const ck_gemm_microkernel two[][2][2] = {UP_TO_14(ENTRY, 2)};
static const ck_gemm_microkernel four[][2][2] = {UP_TO_4(ENTRY, 4)};
static const ck_gemm_microkernel eight[][2][2] = {UP_TO_2(ENTRY, 8)};

const ck_gemm_kernels ck_gemm_avx512 = {
    5, 2, {{8, 8, 14, half}, {16, 16, 14, one}, {16, 32, 14, two}, {16, 64, 4, four}, {16, 128, 2, eight}},
    112 << 10, pack_transposed, pack_straight, TURNED_MOST, multiply_turned};

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
