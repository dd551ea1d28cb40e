/// 16 lanes in two ymm registers. What the functions mean is written in simd_portable.h.
#include <immintrin.h>

#include "store_avx2.h"

typedef struct f32x16 {
    __m256 low, high;
} f32x16;
typedef struct i32x16 {
    __m256i low, high;
} i32x16;
typedef f32x16 mask16; ///< all bits of a lane set, or none
typedef struct f64x16 {
    __m256d part[4];
} f64x16;

/// Accumulators of the largest tiles of dots.
#define CK_DOT_ACCUMULATORS 12

#define CK_BOTH_1(type, name, operation)                                                                               \
    CK_INLINE type name(type a) { return (type){operation(a.low), operation(a.high)}; }
#define CK_BOTH_2(type, name, operation)                                                                               \
    CK_INLINE type name(type a, type b) { return (type){operation(a.low, b.low), operation(a.high, b.high)}; }

CK_INLINE i32x16 first_lanes(size_t n) {
    static const int32_t ones_then_zeros[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    const int32_t *p = ones_then_zeros + 16 - n;
    return (i32x16){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 8))};
}
CK_INLINE mask16 m_first(size_t n) {
    const i32x16 m = first_lanes(n);
    return (mask16){_mm256_castsi256_ps(m.low), _mm256_castsi256_ps(m.high)};
}

CK_INLINE f32x16 f_load(const float *p) { return (f32x16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
CK_INLINE f32x16 f_load_part(const float *p, size_t n) {
    const i32x16 m = first_lanes(n);
    return (f32x16){_mm256_maskload_ps(p, m.low), n > 8 ? _mm256_maskload_ps(p + 8, m.high) : _mm256_setzero_ps()};
}
CK_INLINE void f_store(float *p, f32x16 x) { _mm256_storeu_ps(p, x.low), _mm256_storeu_ps(p + 8, x.high); }
CK_INLINE void f_store_part(float *p, f32x16 x, size_t n) {
    store_first_of_eight(p, x.low, n);
    if (n > 8) store_first_of_eight(p + 8, x.high, n - 8);
}
CK_INLINE f32x16 f_set(float x) { return (f32x16){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
CK_BOTH_2(f32x16, f_add, _mm256_add_ps)
CK_BOTH_2(f32x16, f_sub, _mm256_sub_ps)
CK_BOTH_2(f32x16, f_mul, _mm256_mul_ps)
CK_BOTH_2(f32x16, f_div, _mm256_div_ps)
CK_BOTH_1(f32x16, f_sqrt, _mm256_sqrt_ps)
CK_BOTH_2(f32x16, f_max, _mm256_max_ps)
CK_BOTH_2(f32x16, f_min, _mm256_min_ps)
CK_INLINE f32x16 f_fma(f32x16 a, f32x16 b, f32x16 c) {
    return (f32x16){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
#define CK_COMPARE(name, predicate)                                                                                    \
    CK_INLINE mask16 name(f32x16 a, f32x16 b) {                                                                        \
        return (mask16){_mm256_cmp_ps(a.low, b.low, predicate), _mm256_cmp_ps(a.high, b.high, predicate)};             \
    }
CK_COMPARE(f_less, _CMP_LT_OQ)
CK_COMPARE(f_less_equal, _CMP_LE_OQ)
CK_COMPARE(f_equal, _CMP_EQ_OQ)
CK_COMPARE(either_nan, _CMP_UNORD_Q)
CK_INLINE mask16 f_is_nan(f32x16 a) { return either_nan(a, a); }
CK_INLINE f32x16 f_select(mask16 m, f32x16 yes, f32x16 no) {
    return (f32x16){_mm256_blendv_ps(no.low, yes.low, m.low), _mm256_blendv_ps(no.high, yes.high, m.high)};
}

CK_INLINE i32x16 f_bits(f32x16 x) { return (i32x16){_mm256_castps_si256(x.low), _mm256_castps_si256(x.high)}; }
CK_INLINE f32x16 i_float_bits(i32x16 x) { return (f32x16){_mm256_castsi256_ps(x.low), _mm256_castsi256_ps(x.high)}; }
CK_INLINE i32x16 f_nearest(f32x16 x) { return (i32x16){_mm256_cvtps_epi32(x.low), _mm256_cvtps_epi32(x.high)}; }
CK_INLINE f32x16 i_convert(i32x16 x) { return (f32x16){_mm256_cvtepi32_ps(x.low), _mm256_cvtepi32_ps(x.high)}; }

CK_INLINE i32x16 i_load_part(const void *p, size_t n) { return f_bits(f_load_part(p, n)); }
CK_INLINE i32x16 i_set(int32_t x) { return (i32x16){_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
CK_INLINE i32x16 i_lanes(void) {
    return (i32x16){_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15)};
}
CK_BOTH_2(i32x16, i_add, _mm256_add_epi32)
CK_BOTH_2(i32x16, i_sub, _mm256_sub_epi32)
CK_BOTH_2(i32x16, i_and, _mm256_and_si256)
CK_BOTH_2(i32x16, i_or, _mm256_or_si256)
CK_BOTH_2(i32x16, i_xor, _mm256_xor_si256)
CK_BOTH_2(i32x16, i_max, _mm256_max_epu32)
CK_BOTH_2(i32x16, i_min, _mm256_min_epu32)
CK_INLINE i32x16 i_shift_left(i32x16 x, int k) {
    return (i32x16){_mm256_slli_epi32(x.low, k), _mm256_slli_epi32(x.high, k)};
}
CK_INLINE i32x16 i_shift_right(i32x16 x, int k) {
    return (i32x16){_mm256_srli_epi32(x.low, k), _mm256_srli_epi32(x.high, k)};
}
CK_INLINE i32x16 i_shift_right_signed(i32x16 x, int k) {
    return (i32x16){_mm256_srai_epi32(x.low, k), _mm256_srai_epi32(x.high, k)};
}
CK_INLINE mask16 i_equal(i32x16 a, i32x16 b) {
    return (mask16){_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.low, b.low)),
                    _mm256_castsi256_ps(_mm256_cmpeq_epi32(a.high, b.high))};
}
CK_INLINE i32x16 i_select(mask16 m, i32x16 yes, i32x16 no) {
    return f_bits(f_select(m, i_float_bits(yes), i_float_bits(no)));
}

CK_INLINE f32x16 f_scale(f32x16 x, f32x16 n) {
    const i32x16 whole = f_nearest(n), half = i_shift_right_signed(whole, 1), bias = i_set(127);
    const f32x16 first = i_float_bits(i_shift_left(i_add(half, bias), 23));
    const f32x16 second = i_float_bits(i_shift_left(i_add(i_sub(whole, half), bias), 23));
    return f_mul(f_mul(x, first), second);
}

CK_INLINE void multiply_wide(__m256i a, __m256i b, __m256i *low, __m256i *high) {
    const __m256i even = _mm256_mul_epu32(a, b);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
    *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}
CK_INLINE void i_multiply_wide(i32x16 a, i32x16 b, i32x16 *low, i32x16 *high) {
    multiply_wide(a.low, b.low, &low->low, &high->low);
    multiply_wide(a.high, b.high, &low->high, &high->high);
}

/// The four rows' element 4 i + j becomes the 128-bit block i of r[j].
CK_INLINE void transpose_blocks(__m256i a, __m256i b, __m256i c, __m256i d, __m256i r[4]) {
    const __m256i ab_low = _mm256_unpacklo_epi32(a, b), ab_high = _mm256_unpackhi_epi32(a, b);
    const __m256i cd_low = _mm256_unpacklo_epi32(c, d), cd_high = _mm256_unpackhi_epi32(c, d);
    r[0] = _mm256_unpacklo_epi64(ab_low, cd_low), r[1] = _mm256_unpackhi_epi64(ab_low, cd_low);
    r[2] = _mm256_unpacklo_epi64(ab_high, cd_high), r[3] = _mm256_unpackhi_epi64(ab_high, cd_high);
}
CK_INLINE void store_interleaved(uint32_t *p, __m256i a, __m256i b, __m256i c, __m256i d) {
    __m256i r[4], *q = (__m256i *)p;
    transpose_blocks(a, b, c, d, r);
    _mm256_storeu_si256(q, _mm256_permute2x128_si256(r[0], r[1], 0x20));
    _mm256_storeu_si256(q + 1, _mm256_permute2x128_si256(r[2], r[3], 0x20));
    _mm256_storeu_si256(q + 2, _mm256_permute2x128_si256(r[0], r[1], 0x31));
    _mm256_storeu_si256(q + 3, _mm256_permute2x128_si256(r[2], r[3], 0x31));
}
CK_INLINE void i_store_interleaved(uint32_t p[64], const i32x16 words[4]) {
    store_interleaved(p, words[0].low, words[1].low, words[2].low, words[3].low);
    store_interleaved(p + 32, words[0].high, words[1].high, words[2].high, words[3].high);
}

/// Four elements each of the rows r and r + 4.
CK_INLINE __m256i load_fours(const float *x, size_t ld) {
    return _mm256_castps_si256(
        _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x)), _mm_loadu_ps(x + 4 * ld), 1));
}
CK_INLINE void load_eight_rows(const float *x, size_t ld, __m256i r[4]) {
    const __m256i a = load_fours(x, ld), b = load_fours(x + ld, ld);
    transpose_blocks(a, b, load_fours(x + 2 * ld, ld), load_fours(x + 3 * ld, ld), r);
}
CK_INLINE void f_load_columns(const float *x, size_t ld, f32x16 v[4]) {
    __m256i low[4], high[4];
    load_eight_rows(x, ld, low);
    load_eight_rows(x + 8 * ld, ld, high);
    CK_UNROLL for (int j = 0; j < 4; j++) v[j] = i_float_bits((i32x16){low[j], high[j]});
}
CK_INLINE void store_eight_rows(float *y, size_t ld, __m256 a, __m256 b, __m256 c, __m256 d) {
    __m256i r[4];
    transpose_blocks(_mm256_castps_si256(a), _mm256_castps_si256(b), _mm256_castps_si256(c), _mm256_castps_si256(d), r);
    CK_UNROLL for (int i = 0; i < 4; i++) // r[i] is of the rows i and i + 4
        _mm_storeu_ps(y + (size_t)i * ld, _mm_castsi128_ps(_mm256_castsi256_si128(r[i])));
    CK_UNROLL for (int i = 0; i < 4; i++)
        _mm_storeu_ps(y + (size_t)(i + 4) * ld, _mm_castsi128_ps(_mm256_extracti128_si256(r[i], 1)));
}
CK_INLINE void f_store_columns(float *y, size_t ld, const f32x16 v[4]) {
    store_eight_rows(y, ld, v[0].low, v[1].low, v[2].low, v[3].low);
    store_eight_rows(y + 8 * ld, ld, v[0].high, v[1].high, v[2].high, v[3].high);
}

CK_INLINE __m128 sum_to_four(f32x16 x) {
    const __m256 eight = _mm256_add_ps(x.low, x.high);
    return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}
CK_INLINE float f_sum(f32x16 x) {
    const __m128 four = sum_to_four(x), two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
CK_INLINE void f_store_sums(float p[4], f32x16 a, f32x16 b, f32x16 c, f32x16 d) {
    const __m128 w = sum_to_four(a), x = sum_to_four(b), y = sum_to_four(c), z = sum_to_four(d);
    const __m128 wx = _mm_add_ps(_mm_movelh_ps(w, x), _mm_movehl_ps(x, w));
    const __m128 yz = _mm_add_ps(_mm_movelh_ps(y, z), _mm_movehl_ps(z, y));
    _mm_storeu_ps(p, _mm_add_ps(_mm_shuffle_ps(wx, yz, 0x88), _mm_shuffle_ps(wx, yz, 0xDD)));
}
CK_INLINE float f_largest(f32x16 x) {
    const __m256 eight = _mm256_max_ps(x.low, x.high);
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// Halves are folded as in f_sum and f_largest, those of two rows at once.
#define CK_FOLD_ROWS(name, fold)                                                                                       \
    CK_INLINE __m256 name##_halves(const float *row) { return fold(_mm256_loadu_ps(row), _mm256_loadu_ps(row + 8)); }  \
    CK_INLINE __m256 name##_fours(const float *rows) {                                                                 \
        const __m256 a = name##_halves(rows), b = name##_halves(rows + 16 * 4);                                        \
        return fold(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));                           \
    }                                                                                                                  \
    CK_INLINE __m256 name##_eight(const float *rows) {                                                                 \
        const __m256 a = name##_fours(rows), b = name##_fours(rows + 16);                                              \
        const __m256 c = name##_fours(rows + 32), d = name##_fours(rows + 48);                                         \
        const __m256d ab = _mm256_castps_pd(fold(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b)));                 \
        const __m256d cd = _mm256_castps_pd(fold(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d)));                 \
        return fold(_mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)), _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)));       \
    }                                                                                                                  \
    CK_INLINE f32x16 name(const float *rows) { return (f32x16){name##_eight(rows), name##_eight(rows + 16 * 8)}; }
CK_FOLD_ROWS(f_row_sums, _mm256_add_ps)
CK_FOLD_ROWS(f_row_maxima, _mm256_max_ps)

CK_INLINE f64x16 d_zero(void) {
    const __m256d zero = _mm256_setzero_pd();
    return (f64x16){{zero, zero, zero, zero}};
}
CK_INLINE f64x16 widen(f32x16 x) {
    return (f64x16){{_mm256_cvtps_pd(_mm256_castps256_ps128(x.low)), _mm256_cvtps_pd(_mm256_extractf128_ps(x.low, 1)),
                     _mm256_cvtps_pd(_mm256_castps256_ps128(x.high)),
                     _mm256_cvtps_pd(_mm256_extractf128_ps(x.high, 1))}};
}
CK_INLINE f64x16 d_add(f64x16 sum, f32x16 x) {
    const f64x16 wide = widen(x);
    CK_UNROLL for (int i = 0; i < 4; i++) sum.part[i] = _mm256_add_pd(sum.part[i], wide.part[i]);
    return sum;
}
CK_INLINE f64x16 d_add_squares(f64x16 sum, f32x16 x) {
    const f64x16 wide = widen(x);
    CK_UNROLL for (int i = 0; i < 4; i++) sum.part[i] = _mm256_fmadd_pd(wide.part[i], wide.part[i], sum.part[i]);
    return sum;
}
CK_INLINE double d_sum(f64x16 x) {
    const __m256d four = _mm256_add_pd(_mm256_add_pd(x.part[0], x.part[2]), _mm256_add_pd(x.part[1], x.part[3]));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

// ---- One register
typedef __m256 f32part;
enum { CK_PART_LANES = 8 };
CK_INLINE f32part part_zero(void) { return _mm256_setzero_ps(); }
CK_INLINE f32part part_load(const float *p) { return _mm256_loadu_ps(p); }
typedef __m256i part_mask;
CK_INLINE part_mask part_first(size_t n) { return first_lanes(n).low; }
CK_INLINE f32part part_load_first(const float *p, part_mask m) { return _mm256_maskload_ps(p, m); }
CK_INLINE void part_store(float *p, f32part x) { _mm256_storeu_ps(p, x); }
/// In the sum's own register: compilers may choose another one, and then lack it.
CK_INLINE f32part part_fma(f32part a, f32part b, f32part c) {
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
    return c;
}
CK_INLINE void part_keep(f32part *x) { __asm__("" : "+x"(*x)); }
