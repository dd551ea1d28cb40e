/// Exponentials of x - shift. All are 2^32 times too large: then those that a probability can show at all, down to
/// 2^-150 of the largest, are normal numbers.
///
/// How a probability stays within 4 ULP. With u = 2^-24, and k u being k ULP at most:
///   1.31 u  an exponential: rounding r 0.25, Horner's chain 0.27, its fit 0.06, the last operation 0.74 at r = 0.304
///   1.31 u  their sum has the same error at most, because its additions lose nothing (exact_sum)
///   0.2 u   but what the n/16 roundings of `low` in a lane lose: (n/16)² u²/3, here for n = 50,000; 0.8 u for 100,000
///   0.5 ULP the quotient: 1 / sum is kept unrounded, so the product is the only rounding
/// A search that climbs from rows of such remainders found 2.13 (tests/test_softmax.c has a short one).

#define EXPONENTIAL_UNIT 0x1p32f

/// e[i] = 2^32 · e^(x[i] - shift) for `count` vectors side by side, so that none waits for its own last result.
/// shift must not be below x. Error at most 1.31 u; 0 below e^-108; NaN for NaN and for infinity minus itself.
/// The difference's rounding error (TwoSum's tail) goes into the exponent too, or tiny results would lose 7 bits.
CK_INLINE void exponentials(int count, const f32x16 *x, f32x16 shift, f32x16 *e) {
    static const float c[] = {1.0f,           0x1.fffffcp-2f, 0x1.55548ep-3f,
                              0x1.5558acp-5f, 0x1.123c9ap-7f, 0x1.6a56c2p-10f}; // (e^r - 1) / r
    const f32x16 magic = f_set(0x1.8p23f + 127 + 32); // leaves n + 159 in the low bits: the exponent of 2^(n + 32)
    f32x16 d[4], r[4], power[4], q[4];
    CK_UNROLL for (int i = 0; i < count; i++) {
        d[i] = f_sub(x[i], shift);
        const f32x16 x_part = f_add(d[i], shift), shift_part = f_sub(x_part, d[i]);
        const f32x16 tail = f_sub(f_sub(x[i], x_part), f_sub(shift, shift_part));
        const f32x16 t = f_fma(d[i], f_set(0x1.715476p0f), magic), n = f_sub(t, magic);
        r[i] = f_fma(n, f_set(-LN2_HIGH), d[i]); // exact
        r[i] = f_add(r[i], f_fma(n, f_set(-LN2_LOW), tail));
        power[i] = i_float_bits(i_shift_left(f_bits(t), 23));
        q[i] = f_set(c[5]);
    }
    CK_UNROLL for (int k = 4; k >= 0; k--)
        CK_UNROLL for (int i = 0; i < count; i++) q[i] = f_fma(q[i], r[i], f_set(c[k]));
    const f32x16 lowest = f_set(-108.0f), zero = f_set(0.0f);
    CK_UNROLL for (int i = 0; i < count; i++)
        e[i] = f_select(f_less_equal(d[i], lowest), zero, f_fma(q[i], f_mul(power[i], r[i]), power[i]));
}

/// The same of four vectors.
CK_INLINE void four_exponentials(const f32x16 x[4], f32x16 shift, f32x16 e[4]) {
    for (int i = 0; i < 4; i += CK_SIDE_BY_SIDE) exponentials(CK_SIDE_BY_SIDE, x + i, shift, e + i);
}

/// high + low: a number of twice the digits.
typedef struct exact_sum {
    f32x16 high, low;
} exact_sum;

/// x + y, by TwoSum.
CK_INLINE exact_sum exact_sum_of(f32x16 x, f32x16 y) {
    const f32x16 sum = f_add(x, y), of_y = f_sub(sum, x), of_x = f_sub(sum, of_y);
    return (exact_sum){sum, f_add(f_sub(x, of_x), f_sub(y, of_y))};
}

/// Σ of exponentials of at most `bound`, a power of two. `high` starts there: then it is never less than what is added,
/// and the three operations of FastTwoSum find exactly what the addition loses.
CK_INLINE exact_sum exact_sum_begin(f32x16 bound) { return (exact_sum){bound, f_set(0.0f)}; }
CK_INLINE void exact_sum_add(exact_sum *s, f32x16 x) {
    const f32x16 high = f_add(s->high, x);
    s->low = f_add(s->low, f_sub(x, f_sub(high, s->high)));
    s->high = high;
}
CK_INLINE exact_sum exact_sum_end(exact_sum s, f32x16 bound) { return exact_sum_of(f_sub(s.high, bound), s.low); }

/// A power of two above the exponential of x - shift.
CK_INLINE f32x16 exponential_bound(f32x16 x, f32x16 shift) {
    const f32x16 d = f_max(f_sub(x, shift), f_set(-108.0f));
    return i_float_bits(i_shift_left(f_bits(f_fma(d, f_set(0x1.715476p0f), f_set(0x1.8p23f + 127 + 32 + 1))), 23));
}

/// 1 / sum, unrounded.
CK_INLINE exact_sum reciprocal(exact_sum sum) {
    const f32x16 one = f_set(1.0f), high = f_div(one, sum.high), minus_high = f_negate(high);
    return (exact_sum){high, f_mul(high, f_fma(minus_high, sum.low, f_fma(minus_high, sum.high, one)))};
}

/// x · (factor.high + factor.low), rounded once.
CK_INLINE f32x16 scaled(f32x16 x, exact_sum factor) { return f_fma(x, factor.high, f_mul(x, factor.low)); }
