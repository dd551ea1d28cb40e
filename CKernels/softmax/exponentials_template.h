/// Exponentials of x - shift. All are 2^32 times too large: then those that a probability can show at all, down to
/// 2^-150 of the largest, are normal numbers.

#define EXPONENTIAL_UNIT 0x1p32f

/// e[i] = 2^32 · e^(x[i] - shift) for `count` vectors side by side, so that none waits for its own last result.
/// shift must not be below x. Error at most 1 ULP; 0 below e^-108; NaN for NaN and for infinity minus itself.
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
        r[i] = f_add(f_fma(n, f_set(-LN2_LOW), r[i]), tail);
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

/// 1 / sum as the unrounded sum of two floats: one of its own rounding errors less in every probability.
CK_INLINE void reciprocal(f32x16 sum, f32x16 *high, f32x16 *low) {
    *high = f_div(f_set(1.0f), sum);
    *low = f_mul(*high, f_fma(f_negate(sum), *high, f_set(1.0f)));
}
