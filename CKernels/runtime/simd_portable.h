/// 16 lanes in arrays, in plain C: for machines without a set of their own, and the definition of what the functions of
/// simd_avx512.h, simd_avx2.h and simd_neon.h mean. All four give the same bits (a NaN's payload excepted).
#include <math.h>
#include <string.h>

typedef struct f32x16 {
    float lane[16];
} f32x16;
typedef struct i32x16 {
    uint32_t lane[16];
} i32x16;
typedef struct mask16 {
    uint8_t lane[16];
} mask16;
typedef struct f64x16 {
    double lane[16];
} f64x16;

/// Accumulators of the largest tiles of dots: 24, 12 or 4. They take a register each, one for each row or column of the
/// tile's shorter side, and one for the longer. The more, the larger the code: tiles come in all smaller sizes.
#define CK_DOT_ACCUMULATORS 4

#define CK_EACH_LANE for (int i = 0; i < 16; i++)
/// A function of one, two or three vectors that treats every lane alike.
#define CK_LANES_1(result, name, type, expression)                                                                     \
    CK_INLINE result name(type a) {                                                                                    \
        result r;                                                                                                      \
        CK_EACH_LANE r.lane[i] = expression;                                                                           \
        return r;                                                                                                      \
    }
#define CK_LANES_2(result, name, type, expression)                                                                     \
    CK_INLINE result name(type a, type b) {                                                                            \
        result r;                                                                                                      \
        CK_EACH_LANE r.lane[i] = expression;                                                                           \
        return r;                                                                                                      \
    }

// ---- Masks
CK_INLINE mask16 m_first(size_t n) {
    mask16 r;
    CK_EACH_LANE r.lane[i] = (size_t)i < n;
    return r;
}

// ---- Memory. The `part` forms touch n elements, 0 <= n <= 16; a partial load gives 0 in the other lanes.
CK_INLINE f32x16 f_load(const float *p) {
    f32x16 r;
    memcpy(r.lane, p, sizeof r.lane);
    return r;
}
CK_INLINE f32x16 f_load_part(const float *p, size_t n) {
    f32x16 r = {{0}};
    for (size_t i = 0; i < n; i++) r.lane[i] = p[i];
    return r;
}
CK_INLINE void f_store(float *p, f32x16 x) { memcpy(p, x.lane, sizeof x.lane); }
CK_INLINE void f_store_part(float *p, f32x16 x, size_t n) {
    for (size_t i = 0; i < n; i++) p[i] = x.lane[i];
}
CK_INLINE f32x16 f_set(float x) {
    f32x16 r;
    CK_EACH_LANE r.lane[i] = x;
    return r;
}

// ---- Arithmetic, correctly rounded
CK_LANES_2(f32x16, f_add, f32x16, a.lane[i] + b.lane[i])
CK_LANES_2(f32x16, f_sub, f32x16, a.lane[i] - b.lane[i])
CK_LANES_2(f32x16, f_mul, f32x16, a.lane[i] * b.lane[i])
CK_LANES_2(f32x16, f_div, f32x16, a.lane[i] / b.lane[i])
CK_LANES_1(f32x16, f_sqrt, f32x16, sqrtf(a.lane[i]))
CK_INLINE f32x16 f_fma(f32x16 a, f32x16 b, f32x16 c) {
    CK_EACH_LANE a.lane[i] = fmaf(a.lane[i], b.lane[i], c.lane[i]);
    return a;
}
/// The second operand wherever the first is not greater (smaller): so NaN in either gives b, as do zeros of both signs.
CK_LANES_2(f32x16, f_max, f32x16, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i])
CK_LANES_2(f32x16, f_min, f32x16, a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i])

// ---- Comparison: false where either is NaN
CK_LANES_2(mask16, f_less, f32x16, a.lane[i] < b.lane[i])
CK_LANES_2(mask16, f_less_equal, f32x16, a.lane[i] <= b.lane[i])
CK_LANES_2(mask16, f_equal, f32x16, a.lane[i] == b.lane[i])
CK_LANES_1(mask16, f_is_nan, f32x16, a.lane[i] != a.lane[i])
CK_INLINE f32x16 f_select(mask16 m, f32x16 yes, f32x16 no) {
    CK_EACH_LANE no.lane[i] = m.lane[i] ? yes.lane[i] : no.lane[i];
    return no;
}

// ---- Bits and conversion
CK_INLINE i32x16 f_bits(f32x16 x) {
    i32x16 r;
    memcpy(r.lane, x.lane, sizeof r.lane);
    return r;
}
CK_INLINE f32x16 i_float_bits(i32x16 x) {
    f32x16 r;
    memcpy(r.lane, x.lane, sizeof r.lane);
    return r;
}
/// The nearest integer, ties to even, for |x| < 2^22; any bits where x is NaN. Adding 1.5 · 2^23 leaves it in the low bits.
CK_INLINE i32x16 f_nearest(f32x16 x) {
    i32x16 r = f_bits(f_add(x, f_set(0x1.8p23f)));
    CK_EACH_LANE r.lane[i] -= 0x4B400000u;
    return r;
}
CK_LANES_1(f32x16, i_convert, i32x16, (float)(int32_t)a.lane[i])
/// x · 2^n rounded once, for whole n with |n| <= 252 and x with 0.5 <= |x| <= 2. The first of the two factors is exact.
CK_INLINE f32x16 f_scale(f32x16 x, f32x16 n) {
    const i32x16 whole = f_nearest(n);
    i32x16 half, rest;
    CK_EACH_LANE {
        half.lane[i] = (uint32_t)((int32_t)whole.lane[i] >> 1);
        rest.lane[i] = (whole.lane[i] - half.lane[i] + 127) << 23;
        half.lane[i] = (half.lane[i] + 127) << 23;
    }
    return f_mul(f_mul(x, i_float_bits(half)), i_float_bits(rest));
}

// ---- Integers, modulo 2^32
CK_INLINE i32x16 i_load_part(const void *p, size_t n) {
    i32x16 r = {{0}};
    memcpy(r.lane, p, n * sizeof(uint32_t));
    return r;
}
CK_INLINE i32x16 i_set(int32_t x) {
    i32x16 r;
    CK_EACH_LANE r.lane[i] = (uint32_t)x;
    return r;
}
CK_INLINE i32x16 i_lanes(void) {
    i32x16 r;
    CK_EACH_LANE r.lane[i] = (uint32_t)i;
    return r;
}
CK_LANES_2(i32x16, i_add, i32x16, a.lane[i] + b.lane[i])
CK_LANES_2(i32x16, i_sub, i32x16, a.lane[i] - b.lane[i])
CK_LANES_2(i32x16, i_and, i32x16, a.lane[i] & b.lane[i])
CK_LANES_2(i32x16, i_or, i32x16, a.lane[i] | b.lane[i])
CK_LANES_2(i32x16, i_xor, i32x16, a.lane[i] ^ b.lane[i])
/// Of the bits as numbers without a sign.
CK_LANES_2(i32x16, i_max, i32x16, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i])
CK_LANES_2(i32x16, i_min, i32x16, a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i])
CK_INLINE i32x16 i_shift_left(i32x16 x, int k) {
    CK_EACH_LANE x.lane[i] <<= k;
    return x;
}
CK_INLINE i32x16 i_shift_right(i32x16 x, int k) {
    CK_EACH_LANE x.lane[i] >>= k;
    return x;
}
CK_INLINE i32x16 i_shift_right_signed(i32x16 x, int k) {
    CK_EACH_LANE x.lane[i] = (uint32_t)((int32_t)x.lane[i] >> k);
    return x;
}
CK_LANES_2(mask16, i_equal, i32x16, a.lane[i] == b.lane[i])
CK_INLINE i32x16 i_select(mask16 m, i32x16 yes, i32x16 no) {
    CK_EACH_LANE no.lane[i] = m.lane[i] ? yes.lane[i] : no.lane[i];
    return no;
}
/// The 64-bit products of unsigned lanes, in halves.
CK_INLINE void i_multiply_wide(i32x16 a, i32x16 b, i32x16 *low, i32x16 *high) {
    CK_EACH_LANE {
        const uint64_t product = (uint64_t)a.lane[i] * b.lane[i];
        low->lane[i] = (uint32_t)product, high->lane[i] = (uint32_t)(product >> 32);
    }
}
/// p[4 i + j] = lane i of words[j].
CK_INLINE void i_store_interleaved(uint32_t p[64], const i32x16 words[4]) {
    CK_EACH_LANE for (int j = 0; j < 4; j++) p[4 * i + j] = words[j].lane[i];
}

// ---- Four columns of 16 rows: lane r of v[j] is x[r · ld + j]
CK_INLINE void f_load_columns(const float *x, size_t ld, f32x16 v[4]) {
    CK_EACH_LANE for (int j = 0; j < 4; j++) v[j].lane[i] = x[(size_t)i * ld + (size_t)j];
}
/// Row after row: a row may begin within the one before.
CK_INLINE void f_store_columns(float *y, size_t ld, const f32x16 v[4]) {
    CK_EACH_LANE for (int j = 0; j < 4; j++) y[(size_t)i * ld + (size_t)j] = v[j].lane[i];
}

// ---- Across lanes
/// The tree of every sum across lanes: the upper half onto the lower, four times.
CK_INLINE float f_sum(f32x16 x) {
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) x.lane[i] += x.lane[i + half];
    return x.lane[0];
}
/// p[i] = f_sum of the i-th vector.
CK_INLINE void f_store_sums(float p[4], f32x16 a, f32x16 b, f32x16 c, f32x16 d) {
    p[0] = f_sum(a), p[1] = f_sum(b), p[2] = f_sum(c), p[3] = f_sum(d);
}
CK_INLINE float f_largest(f32x16 x) {
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) x.lane[i] = x.lane[i] > x.lane[i + half] ? x.lane[i] : x.lane[i + half];
    return x.lane[0];
}

// ---- Sums in double; a product of two floats is exact there
CK_INLINE f64x16 d_zero(void) { return (f64x16){{0}}; }
CK_INLINE f64x16 d_add(f64x16 sum, f32x16 x) {
    CK_EACH_LANE sum.lane[i] += (double)x.lane[i];
    return sum;
}
CK_INLINE f64x16 d_add_squares(f64x16 sum, f32x16 x) {
    CK_EACH_LANE sum.lane[i] += (double)x.lane[i] * (double)x.lane[i];
    return sum;
}
/// The tree of f_sum.
CK_INLINE double d_sum(f64x16 x) {
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) x.lane[i] += x.lane[i + half];
    return x.lane[0];
}

// ---- What a register holds, in order of the lanes
typedef f32x16 f32part;
enum { CK_PART_LANES = 16 };
CK_INLINE f32part part_zero(void) { return f_set(0.0f); }
CK_INLINE f32part part_load(const float *p) { return f_load(p); }
typedef size_t part_mask;
CK_INLINE part_mask part_first(size_t n) { return n; }
/// Touches n elements, n <= CK_PART_LANES; the other lanes get 0.
CK_INLINE f32part part_load_first(const float *p, part_mask n) { return f_load_part(p, n); }
CK_INLINE void part_store(float *p, f32part x) { f_store(p, x); }
CK_INLINE f32part part_fma(f32part a, f32part b, f32part c) { return f_fma(a, b, c); }
/// Holds x in a register from here on: a compiler may otherwise load it again at each use.
CK_INLINE void part_keep(f32part *x) { (void)x; }
