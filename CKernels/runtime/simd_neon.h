/// 16 lanes in four q registers of AArch64. What the functions mean is written in simd_portable.h.
#include <arm_neon.h>
#include <string.h>

typedef struct f32x16 {
    float32x4_t part[4];
} f32x16;
typedef struct i32x16 {
    uint32x4_t part[4];
} i32x16;
typedef i32x16 mask16; ///< all bits of a lane set, or none
typedef struct f64x16 {
    float64x2_t part[8];
} f64x16;

/// Accumulators of the largest tiles of dots.
#define CK_DOT_ACCUMULATORS 12

#define CK_EACH_PART for (int i = 0; i < 4; i++)
#define CK_PARTS_1(result, name, type, expression)                                                                     \
    CK_INLINE result name(type a) {                                                                                    \
        result r;                                                                                                      \
        CK_EACH_PART r.part[i] = expression;                                                                           \
        return r;                                                                                                      \
    }
#define CK_PARTS_2(result, name, type, expression)                                                                     \
    CK_INLINE result name(type a, type b) {                                                                            \
        result r;                                                                                                      \
        CK_EACH_PART r.part[i] = expression;                                                                           \
        return r;                                                                                                      \
    }

CK_INLINE i32x16 i_load(const void *p) {
    const uint32_t *q = p;
    return (i32x16){{vld1q_u32(q), vld1q_u32(q + 4), vld1q_u32(q + 8), vld1q_u32(q + 12)}};
}
CK_INLINE mask16 m_first(size_t n) {
    static const int32_t ones_then_zeros[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    return i_load(ones_then_zeros + 16 - n);
}

CK_INLINE f32x16 f_load(const float *p) {
    return (f32x16){{vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}};
}
CK_INLINE f32x16 f_load_part(const float *p, size_t n) {
    float lanes[16] = {0};
    for (size_t i = 0; i < n; i++) lanes[i] = p[i];
    return f_load(lanes);
}
CK_INLINE void f_store(float *p, f32x16 x) { CK_EACH_PART vst1q_f32(p + 4 * i, x.part[i]); }
CK_INLINE void f_store_part(float *p, f32x16 x, size_t n) {
    float lanes[16];
    f_store(lanes, x);
    for (size_t i = 0; i < n; i++) p[i] = lanes[i];
}
CK_INLINE f32x16 f_set(float x) {
    const float32x4_t v = vdupq_n_f32(x);
    return (f32x16){{v, v, v, v}};
}
CK_PARTS_2(f32x16, f_add, f32x16, vaddq_f32(a.part[i], b.part[i]))
CK_PARTS_2(f32x16, f_sub, f32x16, vsubq_f32(a.part[i], b.part[i]))
CK_PARTS_2(f32x16, f_mul, f32x16, vmulq_f32(a.part[i], b.part[i]))
CK_PARTS_2(f32x16, f_div, f32x16, vdivq_f32(a.part[i], b.part[i]))
CK_PARTS_1(f32x16, f_sqrt, f32x16, vsqrtq_f32(a.part[i]))
CK_INLINE f32x16 f_fma(f32x16 a, f32x16 b, f32x16 c) {
    CK_EACH_PART c.part[i] = vfmaq_f32(c.part[i], a.part[i], b.part[i]);
    return c;
}
// Not vmaxq and vminq: their rule for NaN and zeros is another one.
CK_PARTS_2(f32x16, f_max, f32x16, vbslq_f32(vcgtq_f32(a.part[i], b.part[i]), a.part[i], b.part[i]))
CK_PARTS_2(f32x16, f_min, f32x16, vbslq_f32(vcltq_f32(a.part[i], b.part[i]), a.part[i], b.part[i]))
CK_PARTS_2(mask16, f_less, f32x16, vcltq_f32(a.part[i], b.part[i]))
CK_PARTS_2(mask16, f_less_equal, f32x16, vcleq_f32(a.part[i], b.part[i]))
CK_PARTS_2(mask16, f_equal, f32x16, vceqq_f32(a.part[i], b.part[i]))
CK_PARTS_1(mask16, f_is_nan, f32x16, vmvnq_u32(vceqq_f32(a.part[i], a.part[i])))
CK_INLINE f32x16 f_select(mask16 m, f32x16 yes, f32x16 no) {
    CK_EACH_PART no.part[i] = vbslq_f32(m.part[i], yes.part[i], no.part[i]);
    return no;
}

CK_PARTS_1(i32x16, f_bits, f32x16, vreinterpretq_u32_f32(a.part[i]))
CK_PARTS_1(f32x16, i_float_bits, i32x16, vreinterpretq_f32_u32(a.part[i]))
CK_PARTS_1(i32x16, f_nearest, f32x16, vreinterpretq_u32_s32(vcvtnq_s32_f32(a.part[i])))
CK_PARTS_1(f32x16, i_convert, i32x16, vcvtq_f32_s32(vreinterpretq_s32_u32(a.part[i])))

CK_INLINE i32x16 i_load_part(const void *p, size_t n) {
    uint32_t lanes[16] = {0};
    memcpy(lanes, p, n * sizeof *lanes);
    return i_load(lanes);
}
CK_INLINE i32x16 i_set(int32_t x) {
    const uint32x4_t v = vdupq_n_u32((uint32_t)x);
    return (i32x16){{v, v, v, v}};
}
CK_INLINE i32x16 i_lanes(void) {
    static const uint32_t lanes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return i_load(lanes);
}
CK_PARTS_2(i32x16, i_add, i32x16, vaddq_u32(a.part[i], b.part[i]))
CK_PARTS_2(i32x16, i_sub, i32x16, vsubq_u32(a.part[i], b.part[i]))
CK_PARTS_2(i32x16, i_and, i32x16, vandq_u32(a.part[i], b.part[i]))
CK_PARTS_2(i32x16, i_or, i32x16, vorrq_u32(a.part[i], b.part[i]))
CK_PARTS_2(i32x16, i_xor, i32x16, veorq_u32(a.part[i], b.part[i]))
CK_PARTS_2(i32x16, i_max, i32x16, vmaxq_u32(a.part[i], b.part[i]))
CK_PARTS_2(i32x16, i_min, i32x16, vminq_u32(a.part[i], b.part[i]))
CK_INLINE i32x16 i_shift_left(i32x16 x, int k) {
    CK_EACH_PART x.part[i] = vshlq_u32(x.part[i], vdupq_n_s32(k));
    return x;
}
CK_INLINE i32x16 i_shift_right(i32x16 x, int k) {
    CK_EACH_PART x.part[i] = vshlq_u32(x.part[i], vdupq_n_s32(-k));
    return x;
}
CK_INLINE i32x16 i_shift_right_signed(i32x16 x, int k) {
    CK_EACH_PART x.part[i] =
        vreinterpretq_u32_s32(vshlq_s32(vreinterpretq_s32_u32(x.part[i]), vdupq_n_s32(-k)));
    return x;
}
CK_PARTS_2(mask16, i_equal, i32x16, vceqq_u32(a.part[i], b.part[i]))
CK_INLINE i32x16 i_select(mask16 m, i32x16 yes, i32x16 no) {
    CK_EACH_PART no.part[i] = vbslq_u32(m.part[i], yes.part[i], no.part[i]);
    return no;
}

CK_INLINE f32x16 f_scale(f32x16 x, f32x16 n) {
    const i32x16 whole = f_nearest(n), half = i_shift_right_signed(whole, 1), bias = i_set(127);
    const f32x16 first = i_float_bits(i_shift_left(i_add(half, bias), 23));
    const f32x16 second = i_float_bits(i_shift_left(i_add(i_sub(whole, half), bias), 23));
    return f_mul(f_mul(x, first), second);
}

CK_INLINE void i_multiply_wide(i32x16 a, i32x16 b, i32x16 *low, i32x16 *high) {
    CK_EACH_PART {
        const uint64x2_t first = vmull_u32(vget_low_u32(a.part[i]), vget_low_u32(b.part[i]));
        const uint64x2_t second = vmull_high_u32(a.part[i], b.part[i]);
        low->part[i] = vuzp1q_u32(vreinterpretq_u32_u64(first), vreinterpretq_u32_u64(second));
        high->part[i] = vuzp2q_u32(vreinterpretq_u32_u64(first), vreinterpretq_u32_u64(second));
    }
}
CK_INLINE void i_store_interleaved(uint32_t p[64], const i32x16 words[4]) {
    CK_EACH_PART {
        const uint32x4x4_t four = {{words[0].part[i], words[1].part[i], words[2].part[i], words[3].part[i]}};
        vst4q_u32(p + 16 * i, four);
    }
}

CK_INLINE void transpose_4x4(const float32x4_t in[4], float32x4_t out[4]) {
    const float64x2_t ab_even = vreinterpretq_f64_f32(vtrn1q_f32(in[0], in[1]));
    const float64x2_t ab_odd = vreinterpretq_f64_f32(vtrn2q_f32(in[0], in[1]));
    const float64x2_t cd_even = vreinterpretq_f64_f32(vtrn1q_f32(in[2], in[3]));
    const float64x2_t cd_odd = vreinterpretq_f64_f32(vtrn2q_f32(in[2], in[3]));
    out[0] = vreinterpretq_f32_f64(vtrn1q_f64(ab_even, cd_even));
    out[1] = vreinterpretq_f32_f64(vtrn1q_f64(ab_odd, cd_odd));
    out[2] = vreinterpretq_f32_f64(vtrn2q_f64(ab_even, cd_even));
    out[3] = vreinterpretq_f32_f64(vtrn2q_f64(ab_odd, cd_odd));
}
CK_INLINE void f_load_columns(const float *x, size_t ld, f32x16 v[4]) {
    CK_EACH_PART {
        const float *p = x + 4 * (size_t)i * ld;
        const float32x4_t rows[4] = {vld1q_f32(p), vld1q_f32(p + ld), vld1q_f32(p + 2 * ld), vld1q_f32(p + 3 * ld)};
        float32x4_t columns[4];
        transpose_4x4(rows, columns);
        for (int j = 0; j < 4; j++) v[j].part[i] = columns[j];
    }
}
CK_INLINE void f_store_columns(float *y, size_t ld, const f32x16 v[4]) {
    CK_EACH_PART {
        const float32x4_t columns[4] = {v[0].part[i], v[1].part[i], v[2].part[i], v[3].part[i]};
        float32x4_t rows[4];
        transpose_4x4(columns, rows);
        for (int j = 0; j < 4; j++) vst1q_f32(y + (4 * (size_t)i + (size_t)j) * ld, rows[j]);
    }
}

CK_INLINE float32x4_t sum_to_four(f32x16 x) {
    return vaddq_f32(vaddq_f32(x.part[0], x.part[2]), vaddq_f32(x.part[1], x.part[3]));
}
CK_INLINE float f_sum(f32x16 x) {
    const float32x4_t four = sum_to_four(x);
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
CK_INLINE float32x4_t sum_to_two_each(float32x4_t x, float32x4_t y) {
    return vaddq_f32(vcombine_f32(vget_low_f32(x), vget_low_f32(y)), vcombine_f32(vget_high_f32(x), vget_high_f32(y)));
}
CK_INLINE void f_store_sums(float p[4], f32x16 a, f32x16 b, f32x16 c, f32x16 d) {
    vst1q_f32(p, vpaddq_f32(sum_to_two_each(sum_to_four(a), sum_to_four(b)),
                            sum_to_two_each(sum_to_four(c), sum_to_four(d))));
}
CK_INLINE float f_largest(f32x16 x) {
    const f32x16 swapped = {{x.part[2], x.part[3], x.part[2], x.part[3]}};
    float lanes[16];
    f_store(lanes, f_max(x, swapped));
    for (int half = 4; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
    return lanes[0];
}

CK_INLINE f64x16 d_zero(void) {
    const float64x2_t zero = vdupq_n_f64(0);
    return (f64x16){{zero, zero, zero, zero, zero, zero, zero, zero}};
}
CK_INLINE f64x16 d_add(f64x16 sum, f32x16 x) {
    CK_EACH_PART {
        sum.part[2 * i] = vaddq_f64(sum.part[2 * i], vcvt_f64_f32(vget_low_f32(x.part[i])));
        sum.part[2 * i + 1] = vaddq_f64(sum.part[2 * i + 1], vcvt_high_f64_f32(x.part[i]));
    }
    return sum;
}
CK_INLINE f64x16 d_add_squares(f64x16 sum, f32x16 x) {
    CK_EACH_PART {
        const float64x2_t low = vcvt_f64_f32(vget_low_f32(x.part[i])), high = vcvt_high_f64_f32(x.part[i]);
        sum.part[2 * i] = vfmaq_f64(sum.part[2 * i], low, low);
        sum.part[2 * i + 1] = vfmaq_f64(sum.part[2 * i + 1], high, high);
    }
    return sum;
}
CK_INLINE double d_sum(f64x16 x) {
    for (int half = 4; half > 0; half /= 2)
        CK_UNROLL for (int i = 0; i < half; i++) x.part[i] = vaddq_f64(x.part[i], x.part[i + half]);
    return vgetq_lane_f64(x.part[0], 0) + vgetq_lane_f64(x.part[0], 1);
}

// ---- One register
typedef float32x4_t f32part;
enum { CK_PART_LANES = 4 };
CK_INLINE f32part part_zero(void) { return vdupq_n_f32(0.0f); }
CK_INLINE f32part part_load(const float *p) { return vld1q_f32(p); }
typedef size_t part_mask;
CK_INLINE part_mask part_first(size_t n) { return n; }
CK_INLINE f32part part_load_first(const float *p, part_mask n) {
    float lanes[4] = {0};
    for (size_t i = 0; i < n; i++) lanes[i] = p[i];
    return vld1q_f32(lanes);
}
CK_INLINE void part_store(float *p, f32part x) { vst1q_f32(p, x); }
CK_INLINE f32part part_fma(f32part a, f32part b, f32part c) { return vfmaq_f32(c, a, b); }
CK_INLINE void part_keep(f32part *x) { __asm__("" : "+w"(*x)); }
