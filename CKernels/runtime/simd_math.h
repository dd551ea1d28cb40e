/// Elementary functions over 16 lanes, from the operations of simd_*.h alone, so that all sets give the same bits.
/// ULP bounds were measured over all floats. Polynomials are minimax fits of our own; `z` is a square.

CK_INLINE f32x16 f_load_up_to(const float *p, size_t n) { return n >= 16 ? f_load(p) : f_load_part(p, n); }
CK_INLINE void f_store_up_to(float *p, f32x16 x, size_t n) {
    if (n >= 16)
        f_store(p, x);
    else
        f_store_part(p, x, n);
}

// Lane r of f_row_sums is f_sum, of f_row_maxima f_largest, of the 16 elements from rows[16 r] on. Sets that fold two rows
// at a time define CK_FOLD_ROWS.
#ifndef CK_FOLD_ROWS
#define CK_FOLD_ROWS(name, fold)                                                                                       \
    CK_INLINE f32x16 name(const float *rows) {                                                                         \
        float folded[16];                                                                                              \
        for (int r = 0; r < 16; r++) folded[r] = fold(f_load(rows + 16 * r));                                          \
        return f_load(folded);                                                                                         \
    }
CK_FOLD_ROWS(f_row_sums, f_sum)
CK_FOLD_ROWS(f_row_maxima, f_largest)
#endif

/// c[0] + c[1] x + ... by Horner's rule.
CK_INLINE f32x16 polynomial(f32x16 x, const float *c, int degree) {
    f32x16 sum = f_set(c[degree]);
    CK_UNROLL for (int i = degree - 1; i >= 0; i--) sum = f_fma(sum, x, f_set(c[i]));
    return sum;
}

CK_INLINE f32x16 f_negate(f32x16 x) { return i_float_bits(i_xor(f_bits(x), i_set(INT32_MIN))); }
CK_INLINE f32x16 f_absolute(f32x16 x) { return i_float_bits(i_and(f_bits(x), i_set(INT32_MAX))); }
/// |magnitude| must be magnitude; the sign of `sign`.
CK_INLINE f32x16 f_with_sign(f32x16 magnitude, f32x16 sign) {
    return i_float_bits(i_or(f_bits(magnitude), i_and(f_bits(sign), i_set(INT32_MIN))));
}

#define LN2_HIGH 0x1.62e430p-1f
#define LN2_LOW -0x1.05c610p-29f

/// e^(x + tail) for a tail below an ULP of x. At most 1 ULP; gradual underflow; infinity above 88.73, NaN for NaN.
CK_INLINE f32x16 f_exp_sum(f32x16 x, f32x16 tail) {
    static const float c[] = {1.0f,           1.0f,           0x1.fffffcp-2f, 0x1.55548ep-3f,
                              0x1.5558acp-5f, 0x1.123c9ap-7f, 0x1.6a56c2p-10f};
    x = f_max(f_set(-104.0f), f_min(f_set(89.0f), x)); // beyond these the result is 0 or infinity; NaN passes
    const f32x16 magic = f_set(0x1.8p23f);
    const f32x16 n = f_sub(f_fma(x, f_set(0x1.715476p0f), magic), magic);
    f32x16 r = f_fma(n, f_set(-LN2_HIGH), x); // exact
    r = f_add(f_fma(n, f_set(-LN2_LOW), r), tail);
    return f_scale(polynomial(r, c, 6), n);
}
CK_INLINE f32x16 f_exp(f32x16 x) { return f_exp_sum(x, f_set(0.0f)); }

/// log(1 + f) + k ln 2, for sqrt(1/2) - 1 <= f <= sqrt(2) - 1.
CK_INLINE f32x16 log_reduced(f32x16 f, f32x16 k) {
    static const float c[] = {-0.5f,           0x1.555554p-2f, -0x1.000226p-2f, 0x1.99a01cp-3f, -0x1.54728ap-3f,
                              0x1.22d930p-3f, -0x1.0d8246p-3f, 0x1.055eaep-3f, -0x1.38c974p-4f};
    const f32x16 z = f_mul(f, f), low = f_fma(z, polynomial(f, c, 8), f_mul(k, f_set(LN2_LOW)));
    return f_fma(k, f_set(LN2_HIGH), f_add(f, low));
}

/// x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), for normal positive x.
CK_INLINE void split_exponent(f32x16 x, f32x16 *f, f32x16 *k) {
    const i32x16 root = i_set(0x3F3504F3), above = i_sub(f_bits(x), root);
    *k = i_convert(i_shift_right_signed(above, 23));
    *f = f_sub(i_float_bits(i_add(i_and(above, i_set(0x007FFFFF)), root)), f_set(1.0f));
}

#define F_INFINITY i_float_bits(i_set(0x7F800000))

/// log x, at most 1 ULP; log 0 = -infinity, NaN below 0.
CK_INLINE f32x16 f_log(f32x16 x) {
    const f32x16 zero = f_set(0.0f);
    const mask16 subnormal = f_less(x, f_set(0x1p-126f));
    f32x16 f, k;
    split_exponent(f_select(subnormal, f_mul(x, f_set(0x1p24f)), x), &f, &k);
    k = f_sub(k, f_select(subnormal, f_set(24.0f), zero));
    f32x16 y = f_select(f_less(x, F_INFINITY), log_reduced(f, k), x); // infinity and NaN are themselves
    y = f_select(f_less(x, zero), i_float_bits(i_set(0x7FC00000)), y);
    return f_select(f_equal(x, zero), f_negate(F_INFINITY), y);
}

/// log(1 + x) for x >= 0, as exact for tiny x as for large.
CK_INLINE f32x16 f_log1p(f32x16 x) {
    f32x16 f, k;
    split_exponent(f_add(x, f_set(1.0f)), &f, &k);
    f = f_select(f_equal(k, f_set(0.0f)), x, f);
    return f_select(f_less(x, F_INFINITY), log_reduced(f, k), x);
}

CK_INLINE f32x16 f_tanh(f32x16 x) {
    static const float c[] = {-0x1.55553ep-2f, 0x1.1109bep-3f, -0x1.b89abap-5f, 0x1.54c3c2p-6f, -0x1.828776p-8f};
    const f32x16 a = f_absolute(x), z = f_mul(a, a), one = f_set(1.0f);
    const f32x16 small = f_fma(f_mul(a, z), polynomial(z, c, 4), a);
    const f32x16 large = f_sub(one, f_div(f_set(2.0f), f_add(f_exp(f_add(a, a)), one)));
    return f_with_sign(f_select(f_less(a, f_set(0.6f)), small, large), x);
}

/// 1 / (1 + e^-x), and in *rest 1 minus that; neither cancels.
CK_INLINE f32x16 f_sigmoid(f32x16 x, f32x16 *rest) {
    const f32x16 e = f_exp(f_negate(f_absolute(x))), larger = f_div(f_set(1.0f), f_add(f_set(1.0f), e));
    const f32x16 smaller = f_mul(e, larger);
    const mask16 negative = f_less(x, f_set(0.0f));
    *rest = f_select(negative, larger, smaller);
    return f_select(negative, smaller, larger);
}

/// The standard normal distribution's probability of being below x, (1 + erf(x / sqrt 2)) / 2, and its density at x.
/// Below 0 it is density(x) times the Mills ratio, a polynomial in (|x| - 3) / (|x| + 3), so the tail keeps its digits.
CK_INLINE f32x16 f_normal_distribution(f32x16 x, f32x16 *density) {
    static const float c[] = {0x1.37e684p-2f,  -0x1.08e552p-1f, 0x1.3c4b00p-2f,  -0x1.da7c36p-4f,  0x1.f790acp-7f,
                              0x1.dd9e60p-8f, -0x1.423262p-9f, -0x1.c34154p-11f, 0x1.284202p-12f, 0x1.1e4c50p-13f};
    const f32x16 a = f_min(f_set(15.0f), f_absolute(x)), square = f_mul(a, a); // the density at 15 is 0
    const f32x16 lost = f_fma(a, a, f_negate(square)), half = f_set(-0.5f);
    *density = f_mul(f_exp_sum(f_mul(half, square), f_mul(half, lost)), f_set(0x1.988454p-2f)); // 1 / sqrt(2 pi)
    const f32x16 three = f_set(3.0f), t = f_div(f_sub(a, three), f_add(a, three));
    const f32x16 lower = f_mul(*density, polynomial(t, c, 9));
    return f_select(f_less(f_set(0.0f), x), f_sub(f_set(1.0f), lower), lower);
}

/// cos(2 pi u) and sin(2 pi u) for 0 <= u < 1: the nearest quarter turn, and series in what is left of it.
CK_INLINE void f_circle(f32x16 u, f32x16 *cosine, f32x16 *sine) {
    static const float c[] = {1.0f, -0x1.3bd3ccp+0f, 0x1.03c1aep-2f, -0x1.55b138p-6f, 0x1.d47088p-11f};
    static const float s[] = {1.57079633f, -0.645964098f, 0.0796926262f, -0.00468175414f, 0.000160441185f};
    const f32x16 quarters = f_mul(u, f_set(4.0f));
    const i32x16 quarter = f_nearest(quarters);
    const f32x16 f = f_sub(quarters, i_convert(quarter)), z = f_mul(f, f);
    const f32x16 even = polynomial(z, c, 4), odd = f_mul(f, polynomial(z, s, 4));
    const mask16 swapped = i_equal(i_and(quarter, i_set(1)), i_set(1));
    const i32x16 sine_sign = i_shift_left(i_and(quarter, i_set(2)), 30);
    const i32x16 cosine_sign = i_shift_left(i_and(i_add(quarter, i_set(1)), i_set(2)), 30);
    *cosine = i_float_bits(i_xor(f_bits(f_select(swapped, odd, even)), cosine_sign));
    *sine = i_float_bits(i_xor(f_bits(f_select(swapped, even, odd)), sine_sign));
}
