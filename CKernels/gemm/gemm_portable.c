/// f32_gemm_4x8_portable: C's own fmaf for every element. Right everywhere, fast nowhere.
#include "../runtime/arithmetic.h"
#include "../runtime/dispatch.h"

#include <math.h>

#define PREFIX portable
#define VECTOR eight
#define LANES 8
#define ZERO() broadcast(0)
#define BROADCAST(x) broadcast(x)
#define LOAD(p) load_first(p, LANES)
#define STORE(p, v) store_first(p, LANES, v)
#define STREAM(p, v) store_first(p, LANES, v)
#define LOAD_FIRST(p, n) load_first(p, n)
#define STORE_FIRST(p, n, v) store_first(p, n, v)
#define MULTIPLY(x, y) multiply(x, y)
#define ADD(x, y) add(x, y)
#define FMA(x, y, z) multiply_add(x, y, z)
#define POSITIVE(x) positive(x)

#define LOAD_QUADS(w, x, y, z) load_quads(w, x)
#define LOW_PAIRS(x, y) choose(x, y, (const int[]){0, 4, 1, 5})
#define HIGH_PAIRS(x, y) choose(x, y, (const int[]){2, 6, 3, 7})
#define LOW_HALVES(x, y) choose(x, y, (const int[]){0, 1, 4, 5})
#define HIGH_HALVES(x, y) choose(x, y, (const int[]){2, 3, 6, 7})
#define TURN_QUADS(v) turn_quads(v)

typedef struct eight {
    float lane[LANES];
} eight;

#define FOR_EACH_LANE for (size_t i = 0; i < LANES; i++)

static inline eight broadcast(float x) {
    eight result;
    FOR_EACH_LANE result.lane[i] = x;
    return result;
}

static inline eight load_first(const float *from, size_t n) {
    eight result;
    FOR_EACH_LANE result.lane[i] = i < n ? from[i] : 0;
    return result;
}

static inline void store_first(float *to, size_t n, eight x) {
    for (size_t i = 0; i < n; i++) to[i] = x.lane[i];
}

static inline eight multiply(eight x, eight y) {
    FOR_EACH_LANE x.lane[i] *= y.lane[i];
    return x;
}

static inline eight add(eight x, eight y) {
    FOR_EACH_LANE x.lane[i] += y.lane[i];
    return x;
}

static inline eight multiply_add(eight x, eight y, eight z) {
    FOR_EACH_LANE z.lane[i] = fmaf(x.lane[i], y.lane[i], z.lane[i]);
    return z;
}

static inline eight positive(eight x) {
    FOR_EACH_LANE x.lane[i] = x.lane[i] <= 0 ? 0 : x.lane[i];
    return x;
}

static inline eight load_quads(const float *w, const float *x) {
    eight result;
    FOR_EACH_LANE result.lane[i] = i < 4 ? w[i] : x[i - 4];
    return result;
}

/// In every four lanes: lane i is x's lane from[i], or y's lane from[i] - 4.
static inline eight choose(eight x, eight y, const int *from) {
    eight result;
    FOR_EACH_LANE {
        int lane = from[i % 4];
        result.lane[i] = lane < 4 ? x.lane[i / 4 * 4 + (size_t)lane] : y.lane[i / 4 * 4 + (size_t)lane - 4];
    }
    return result;
}

static inline void turn_quads(eight *v) {
    for (size_t t = 0; t < 4; t++)
        for (size_t i = 0; i < 4; i++) {
            const float x = v[t].lane[4 + i];
            v[t].lane[4 + i] = v[t + 4].lane[i], v[t + 4].lane[i] = x;
        }
}

#include "microkernel.h"
#include "packing.h"
#define TURNED_MOST 4
#include "turned_rows.h"

UP_TO_4(MICROKERNEL, 1)

static const ck_gemm_microkernel one[][2][2] = {UP_TO_4(ENTRY, 1)};

const ck_gemm_kernels ck_gemm_portable = {1, 0, {{LANES, LANES, 4, one}},
    32 << 10, pack_transposed, pack_straight, TURNED_MOST, multiply_turned};
