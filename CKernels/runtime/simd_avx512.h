/// 16 lanes in one zmm register. What the functions mean is written in simd_portable.h.
#include <immintrin.h>

typedef __m512 f32x16;
typedef __m512i i32x16;
typedef __mmask16 mask16;
typedef struct f64x16 {
    __m512d low, high;
} f64x16;

/// Accumulators of the largest tiles of dots.
#define CK_DOT_ACCUMULATORS 24

CK_INLINE mask16 m_first(size_t n) { return (mask16)((1u << n) - 1); }

CK_INLINE f32x16 f_load(const float *p) { return _mm512_loadu_ps(p); }
CK_INLINE f32x16 f_load_part(const float *p, size_t n) { return _mm512_maskz_loadu_ps(m_first(n), p); }
CK_INLINE void f_store(float *p, f32x16 x) { _mm512_storeu_ps(p, x); }
CK_INLINE void f_store_part(float *p, f32x16 x, size_t n) { _mm512_mask_storeu_ps(p, m_first(n), x); }
CK_INLINE f32x16 f_set(float x) { return _mm512_set1_ps(x); }
CK_INLINE f32x16 f_add(f32x16 a, f32x16 b) { return _mm512_add_ps(a, b); }
CK_INLINE f32x16 f_sub(f32x16 a, f32x16 b) { return _mm512_sub_ps(a, b); }
CK_INLINE f32x16 f_mul(f32x16 a, f32x16 b) { return _mm512_mul_ps(a, b); }
CK_INLINE f32x16 f_div(f32x16 a, f32x16 b) { return _mm512_div_ps(a, b); }
CK_INLINE f32x16 f_sqrt(f32x16 a) { return _mm512_sqrt_ps(a); }
CK_INLINE f32x16 f_fma(f32x16 a, f32x16 b, f32x16 c) { return _mm512_fmadd_ps(a, b, c); }
CK_INLINE f32x16 f_max(f32x16 a, f32x16 b) { return _mm512_max_ps(a, b); }
CK_INLINE f32x16 f_min(f32x16 a, f32x16 b) { return _mm512_min_ps(a, b); }
CK_INLINE mask16 f_less(f32x16 a, f32x16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
CK_INLINE mask16 f_less_equal(f32x16 a, f32x16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
CK_INLINE mask16 f_equal(f32x16 a, f32x16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
CK_INLINE mask16 f_is_nan(f32x16 a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
CK_INLINE f32x16 f_select(mask16 m, f32x16 yes, f32x16 no) { return _mm512_mask_blend_ps(m, no, yes); }

CK_INLINE i32x16 f_bits(f32x16 x) { return _mm512_castps_si512(x); }
CK_INLINE f32x16 i_float_bits(i32x16 x) { return _mm512_castsi512_ps(x); }
CK_INLINE i32x16 f_nearest(f32x16 x) { return _mm512_cvtps_epi32(x); }
CK_INLINE f32x16 i_convert(i32x16 x) { return _mm512_cvtepi32_ps(x); }
CK_INLINE f32x16 f_scale(f32x16 x, f32x16 n) { return _mm512_scalef_ps(x, n); }

CK_INLINE i32x16 i_load_part(const void *p, size_t n) { return _mm512_maskz_loadu_epi32(m_first(n), p); }
CK_INLINE i32x16 i_set(int32_t x) { return _mm512_set1_epi32(x); }
CK_INLINE i32x16 i_lanes(void) { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
CK_INLINE i32x16 i_add(i32x16 a, i32x16 b) { return _mm512_add_epi32(a, b); }
CK_INLINE i32x16 i_sub(i32x16 a, i32x16 b) { return _mm512_sub_epi32(a, b); }
CK_INLINE i32x16 i_and(i32x16 a, i32x16 b) { return _mm512_and_si512(a, b); }
CK_INLINE i32x16 i_or(i32x16 a, i32x16 b) { return _mm512_or_si512(a, b); }
CK_INLINE i32x16 i_xor(i32x16 a, i32x16 b) { return _mm512_xor_si512(a, b); }
CK_INLINE i32x16 i_max(i32x16 a, i32x16 b) { return _mm512_max_epu32(a, b); }
CK_INLINE i32x16 i_min(i32x16 a, i32x16 b) { return _mm512_min_epu32(a, b); }
#define i_shift_left(x, k) _mm512_slli_epi32(x, k)
#define i_shift_right(x, k) _mm512_srli_epi32(x, k)
#define i_shift_right_signed(x, k) _mm512_srai_epi32(x, k)
CK_INLINE mask16 i_equal(i32x16 a, i32x16 b) { return _mm512_cmpeq_epi32_mask(a, b); }
CK_INLINE i32x16 i_select(mask16 m, i32x16 yes, i32x16 no) { return _mm512_mask_blend_epi32(m, no, yes); }

CK_INLINE void i_multiply_wide(i32x16 a, i32x16 b, i32x16 *low, i32x16 *high) {
    const i32x16 even = _mm512_mul_epu32(a, b);
    const i32x16 odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
    *low = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
    *high = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
}

/// The four rows' element 4 i + j becomes the 128-bit block i of r[j].
CK_INLINE void transpose_blocks(const i32x16 rows[4], i32x16 r[4]) {
    const i32x16 ab_low = _mm512_unpacklo_epi32(rows[0], rows[1]), ab_high = _mm512_unpackhi_epi32(rows[0], rows[1]);
    const i32x16 cd_low = _mm512_unpacklo_epi32(rows[2], rows[3]), cd_high = _mm512_unpackhi_epi32(rows[2], rows[3]);
    r[0] = _mm512_unpacklo_epi64(ab_low, cd_low), r[1] = _mm512_unpackhi_epi64(ab_low, cd_low);
    r[2] = _mm512_unpacklo_epi64(ab_high, cd_high), r[3] = _mm512_unpackhi_epi64(ab_high, cd_high);
}

/// Block i of r[j] becomes block j of out[i].
CK_INLINE void exchange_blocks(const i32x16 r[4], i32x16 out[4]) {
    const i32x16 a = _mm512_shuffle_i32x4(r[0], r[1], 0x44), b = _mm512_shuffle_i32x4(r[2], r[3], 0x44);
    const i32x16 c = _mm512_shuffle_i32x4(r[0], r[1], 0xEE), d = _mm512_shuffle_i32x4(r[2], r[3], 0xEE);
    out[0] = _mm512_shuffle_i32x4(a, b, 0x88), out[1] = _mm512_shuffle_i32x4(a, b, 0xDD);
    out[2] = _mm512_shuffle_i32x4(c, d, 0x88), out[3] = _mm512_shuffle_i32x4(c, d, 0xDD);
}

CK_INLINE void i_store_interleaved(uint32_t p[64], const i32x16 words[4]) {
    i32x16 r[4], out[4];
    transpose_blocks(words, r);
    exchange_blocks(r, out);
    for (int i = 0; i < 4; i++) _mm512_storeu_si512(p + 16 * i, out[i]);
}

/// Four elements each of the rows r, r + 4, r + 8 and r + 12.
CK_INLINE f32x16 load_fours(const float *x, size_t ld) {
    const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x)), _mm_loadu_ps(x + 4 * ld), 1);
    const __m256 third = _mm256_castps128_ps256(_mm_loadu_ps(x + 8 * ld));
    const __m256 high = _mm256_insertf128_ps(third, _mm_loadu_ps(x + 12 * ld), 1);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
CK_INLINE void f_load_columns(const float *x, size_t ld, f32x16 v[4]) {
    const i32x16 rows[4] = {f_bits(load_fours(x, ld)), f_bits(load_fours(x + ld, ld)),
                            f_bits(load_fours(x + 2 * ld, ld)), f_bits(load_fours(x + 3 * ld, ld))};
    i32x16 r[4];
    transpose_blocks(rows, r);
    CK_UNROLL for (int j = 0; j < 4; j++) v[j] = i_float_bits(r[j]);
}
CK_INLINE void f_store_columns(float *y, size_t ld, const f32x16 v[4]) {
    const i32x16 columns[4] = {f_bits(v[0]), f_bits(v[1]), f_bits(v[2]), f_bits(v[3])};
    i32x16 r[4];
    transpose_blocks(columns, r);
    CK_UNROLL for (int i = 0; i < 4; i++) // r[i] is of the rows i, i + 4, i + 8 and i + 12
        _mm_storeu_ps(y + (size_t)i * ld, _mm_castsi128_ps(_mm512_castsi512_si128(r[i])));
    CK_UNROLL for (int i = 0; i < 4; i++)
        _mm_storeu_ps(y + (size_t)(i + 4) * ld, _mm512_extractf32x4_ps(i_float_bits(r[i]), 1));
    CK_UNROLL for (int i = 0; i < 4; i++)
        _mm_storeu_ps(y + (size_t)(i + 8) * ld, _mm512_extractf32x4_ps(i_float_bits(r[i]), 2));
    CK_UNROLL for (int i = 0; i < 4; i++)
        _mm_storeu_ps(y + (size_t)(i + 12) * ld, _mm512_extractf32x4_ps(i_float_bits(r[i]), 3));
}

CK_INLINE __m128 sum_to_four(f32x16 x) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
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
    const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// Halves are folded as in f_sum and f_largest, those of two rows at once.
#define CK_FOLD_ROWS(name, fold)                                                                                       \
    CK_INLINE __m512 name##_halves(const float *rows, int r) {                                                         \
        const __m512 a = _mm512_loadu_ps(rows + 16 * r), b = _mm512_loadu_ps(rows + 16 * (r + 4));                     \
        return fold(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));                               \
    }                                                                                                                  \
    CK_INLINE __m512 name##_fours(const float *rows, int r) {                                                          \
        const __m512 ab = name##_halves(rows, r), cd = name##_halves(rows, r + 8);                                     \
        return fold(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xDD));                           \
    }                                                                                                                  \
    CK_INLINE f32x16 name(const float *rows) {                                                                         \
        const __m512 a = name##_fours(rows, 0), b = name##_fours(rows, 1);                                             \
        const __m512 c = name##_fours(rows, 2), d = name##_fours(rows, 3);                                             \
        const __m512d ab = _mm512_castps_pd(fold(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)));                 \
        const __m512d cd = _mm512_castps_pd(fold(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d)));                 \
        return fold(_mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)), _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)));       \
    }
CK_FOLD_ROWS(f_row_sums, _mm512_add_ps)
CK_FOLD_ROWS(f_row_maxima, _mm512_max_ps)

CK_INLINE f64x16 d_zero(void) { return (f64x16){_mm512_setzero_pd(), _mm512_setzero_pd()}; }
CK_INLINE f64x16 d_add(f64x16 sum, f32x16 x) {
    return (f64x16){_mm512_add_pd(sum.low, _mm512_cvtps_pd(_mm512_castps512_ps256(x))),
                    _mm512_add_pd(sum.high, _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1)))};
}
CK_INLINE f64x16 d_add_squares(f64x16 sum, f32x16 x) {
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
    const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
    return (f64x16){_mm512_fmadd_pd(low, low, sum.low), _mm512_fmadd_pd(high, high, sum.high)};
}
CK_INLINE double d_sum(f64x16 x) {
    const __m512d eight = _mm512_add_pd(x.low, x.high);
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

// ---- One register
typedef f32x16 f32part;
enum { CK_PART_LANES = 16 };
CK_INLINE f32part part_zero(void) { return _mm512_setzero_ps(); }
CK_INLINE f32part part_load(const float *p) { return _mm512_loadu_ps(p); }
typedef __mmask16 part_mask;
CK_INLINE part_mask part_first(size_t n) { return m_first(n); }
CK_INLINE f32part part_load_first(const float *p, part_mask m) { return _mm512_maskz_loadu_ps(m, p); }
CK_INLINE void part_store(float *p, f32part x) { _mm512_storeu_ps(p, x); }
CK_INLINE f32part part_fma(f32part a, f32part b, f32part c) { return _mm512_fmadd_ps(a, b, c); }
CK_INLINE void part_keep(f32part *x) { __asm__("" : "+v"(*x)); }
