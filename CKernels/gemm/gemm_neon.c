/// f32_gemm_8x12_neon: 24 accumulators, 3 vectors of B, 1 broadcast of A.
#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"

#ifdef CK_BUILD_NEON
#include <arm_neon.h>

#define PREFIX f32x4
#define VECTOR float32x4_t
#define LANES 4
#define ZERO() vdupq_n_f32(0)
#define BROADCAST(x) vdupq_n_f32(x)
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define STREAM(p, v) vst1q_f32(p, v) // C has no name for a store past the caches here
#define LOAD_FIRST(p, n) load_first(p, n)
#define STORE_FIRST(p, n, v) store_first(p, n, v)
#define MULTIPLY(x, y) vmulq_f32(x, y)
#define ADD(x, y) vaddq_f32(x, y)
#define FMA(x, y, z) vfmaq_f32(z, x, y)
#define POSITIVE(x) vbslq_f32(vcleq_f32(x, vdupq_n_f32(0)), vdupq_n_f32(0), x)

#define LOAD_QUADS(w, x, y, z) vld1q_f32(w)
#define LOW_PAIRS(x, y) vzip1q_f32(x, y)
#define HIGH_PAIRS(x, y) vzip2q_f32(x, y)
#define LOW_HALVES(x, y) vcombine_f32(vget_low_f32(x), vget_low_f32(y))
#define HIGH_HALVES(x, y) vcombine_f32(vget_high_f32(x), vget_high_f32(y))

#define TURN_QUADS(v) (void)(v)

static inline float32x4_t load_first(const float *from, size_t n) {
    float32x4_t x = vld1q_lane_f32(from, vdupq_n_f32(0), 0);
    if (n > 1) x = vld1q_lane_f32(from + 1, x, 1);
    if (n > 2) x = vld1q_lane_f32(from + 2, x, 2);
    if (n > 3) x = vld1q_lane_f32(from + 3, x, 3);
    return x;
}

static inline void store_first(float *to, size_t n, float32x4_t x) {
    vst1q_lane_f32(to, x, 0);
    if (n > 1) vst1q_lane_f32(to + 1, x, 1);
    if (n > 2) vst1q_lane_f32(to + 2, x, 2);
    if (n > 3) vst1q_lane_f32(to + 3, x, 3);
}

#include "microkernel.h"
#include "packing.h"
#define TURNED_MOST 4
#include "turned_rows.h"

UP_TO_8(MICROKERNEL, 1)
UP_TO_8(MICROKERNEL, 2)
UP_TO_8(MICROKERNEL, 3)
UP_TO_2(MICROKERNEL, 8)

static const ck_gemm_microkernel one[][2][2] = {UP_TO_8(ENTRY, 1)};
static const ck_gemm_microkernel two[][2][2] = {UP_TO_8(ENTRY, 2)};
static const ck_gemm_microkernel three[][2][2] = {UP_TO_8(ENTRY, 3)};
static const ck_gemm_microkernel eight[][2][2] = {UP_TO_2(ENTRY, 8)};

const ck_gemm_kernels ck_gemm_neon = {
    4, 2, {{4, 4, 8, one}, {4, 8, 8, two}, {4, 12, 8, three}, {4, 32, 2, eight}},
    32 << 10, pack_transposed, pack_straight, TURNED_MOST, multiply_turned};
#endif
