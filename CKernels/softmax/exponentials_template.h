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

/// Whether what x - shift loses in rounding counts, up to u |x - shift|.
typedef enum argument_kind { EXACT_ARGUMENT, ROUNDED_ARGUMENT } argument_kind;

/// What is left of an exponential when multiples of ln 2 are taken out: it is power · e^r, power 2^32 times too large.
typedef struct reduced_argument {
    f32x16 r, power;
} reduced_argument;

/// What d = x + minus_shift loses; d must not be positive. FastTwoSum finds it: the larger of the two in magnitude is then
/// negative, and so the one of the larger bits.
CK_INLINE f32x16 lost_of_sum(f32x16 x, f32x16 minus_shift, f32x16 d) {
    // Integer operations do not wait for the adders, of which there are too few.
    const f32x16 larger = i_float_bits(i_max(f_bits(x), f_bits(minus_shift)));
    const f32x16 smaller = i_float_bits(i_min(f_bits(x), f_bits(minus_shift)));
    return f_sub(smaller, f_sub(d, larger));
}

/// Of d = x - shift, and of what d lost. r is NaN where d is.
CK_INLINE reduced_argument reduce_argument(argument_kind kind, f32x16 d, f32x16 lost) {
    const f32x16 magic = f_set(0x1.8p23f + 127 + 32); // leaves n + 159 in the low bits: the exponent of 2^(n + 32)
    const f32x16 t = f_fma(d, f_set(0x1.715476p0f), magic), n = f_sub(t, magic);
    f32x16 r = f_fma(n, f_set(-LN2_HIGH), d); // exact
    // What LN2_HIGH has beyond ln 2 is 0.1 u |d| at most, beside the u |d| that d may have lost.
    if (kind == EXACT_ARGUMENT) r = f_add(r, f_fma(n, f_set(-LN2_LOW), lost));
    return (reduced_argument){r, i_float_bits(i_shift_left(f_bits(t), 23))};
}

/// power · e^r. Error at most 1.31 u.
CK_INLINE f32x16 expand(reduced_argument a) {
    static const float c[] = {1.0f,           0x1.fffffcp-2f, 0x1.55548ep-3f,
                              0x1.5558acp-5f, 0x1.123c9ap-7f, 0x1.6a56c2p-10f}; // (e^r - 1) / r
    return f_fma(polynomial(a.r, c, 5), f_mul(a.power, a.r), a.power);
}

/// 2^32 · e^(x - shift). NaN for NaN and for infinity minus itself. shift must not be below x.
/// EXACT_ARGUMENT: error at most 1.31 u; 0 below e^-108. What x - shift loses goes into r too, or tiny results would lose
/// 7 bits. ROUNDED_ARGUMENT: error at most (1.31 + 1.1 |x - shift|) u, and e^-104 is the least.
CK_INLINE f32x16 exponential(argument_kind kind, f32x16 x, f32x16 minus_shift) {
    const f32x16 d = f_add(x, minus_shift), zero = f_set(0.0f);
    if (kind == ROUNDED_ARGUMENT) return expand(reduce_argument(kind, f_max(f_set(-104.0f), d), zero));
    const f32x16 e = expand(reduce_argument(kind, d, lost_of_sum(x, minus_shift, d)));
    return f_select(f_less_equal(d, f_set(-108.0f)), zero, e);
}

/// The first half of it. Where an exponential is 0, so are r and power.
CK_INLINE reduced_argument exponential_argument(argument_kind kind, f32x16 x, f32x16 minus_shift) {
    const f32x16 d = f_add(x, minus_shift), zero = f_set(0.0f);
    if (kind == ROUNDED_ARGUMENT) return reduce_argument(kind, f_max(f_set(-104.0f), d), zero);
    const reduced_argument a = reduce_argument(kind, d, lost_of_sum(x, minus_shift, d));
    const mask16 vanishes = f_less_equal(d, f_set(-108.0f));
    return (reduced_argument){f_select(vanishes, zero, a.r), f_select(vanishes, zero, a.power)};
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

/// The vectors that exponentials are made of: x, but `patch` in place of vector number `patched`.
typedef struct patched_vectors {
    const float *x;
    size_t patched; ///< SIZE_MAX: none
    const float *patch;
} patched_vectors;

/// A choice of addresses, which costs vectors nothing and cannot be foreseen wrongly.
CK_INLINE f32x16 patched_load(patched_vectors v, size_t i) {
    return f_load(i == v.patched ? v.patch : v.x + 16 * i);
}

/// One pass, where a vector is a register, or no processor's at all.
CK_INLINE void exponentials_in_one_pass(argument_kind kind, size_t count, patched_vectors x, f32x16 minus_shift, float *e,
                                        const float *next, exact_sum *sum) {
    exact_sum s = *sum;
    for (size_t i = 0; i < count; i++) {
        const f32x16 v = exponential(kind, patched_load(x, i), minus_shift);
        if (e != NULL) f_store(e + 16 * i, v);
        exact_sum_add(&s, v);
        __builtin_prefetch(next + 16 * i, 0, 2);
    }
    *sum = s;
}

// Two passes elsewhere, because a vector's chain of operations is long: of the 150 or 200 that a processor holds it would
// see four vectors at once, and wait. Each pass is a function of its own, so that its constants stay in registers.
#define CK_PASS static __attribute__((noinline, unused)) void

/// As much of `next` is fetched into the second cache.
#define CK_REDUCE_ARGUMENTS(name, kind)                                                                                \
    CK_PASS name(size_t count, const patched_vectors *x, const f32x16 *shift, const float *next, reduced_argument *part) { \
        const patched_vectors from = *x;                                                                               \
        const f32x16 minus_shift = f_negate(*shift);                                                                   \
        for (size_t i = 0; i < count; i++) {                                                                           \
            part[i] = exponential_argument(kind, patched_load(from, i), minus_shift);                                  \
            __builtin_prefetch(next + 16 * i, 0, 2);                                                                   \
        }                                                                                                              \
    }
CK_REDUCE_ARGUMENTS(reduce_exact_arguments, EXACT_ARGUMENT)
CK_REDUCE_ARGUMENTS(reduce_rounded_arguments, ROUNDED_ARGUMENT)

/// Writes the exponentials and adds them to the sum. e may be where the parts are.
CK_PASS sum_exponentials(size_t count, const reduced_argument *part, float *e, exact_sum *sum) {
    exact_sum s = *sum;
    for (size_t i = 0; i < count; i++) {
        const f32x16 v = expand(part[i]);
        f_store(e + 16 * i, v);
        exact_sum_add(&s, v);
    }
    *sum = s;
}

CK_INLINE void exponentials_in_two_passes(argument_kind kind, size_t count, patched_vectors x, const f32x16 *shift,
                                          float *e, const float *next, exact_sum *sum) {
    enum { stretch = 32 };
    reduced_argument part[stretch];
    for (size_t done = 0; done < count; done += stretch) {
        const size_t n = count - done < stretch ? count - done : stretch;
        const patched_vectors from = {x.x + 16 * done, x.patched - done, x.patch};
        (kind == EXACT_ARGUMENT ? reduce_exact_arguments : reduce_rounded_arguments)(n, &from, shift, next + 16 * done, part);
        sum_exponentials(n, part, e == NULL ? (float *)part : e + 16 * done, sum);
    }
}

/// e[16 i + l] = the exponential of vector i's lane l, less shift[l], for `count` vectors; adds them to the sum. e may be
/// x, or NULL. Meanwhile as much of `next` is fetched into the second cache.
CK_INLINE void exponentials(argument_kind kind, size_t count, patched_vectors x, const f32x16 *shift, float *e,
                            const float *next, exact_sum *sum) {
    if (CK_PART_LANES == 16) exponentials_in_one_pass(kind, count, x, f_negate(*shift), e, next, sum);
    else exponentials_in_two_passes(kind, count, x, shift, e, next, sum);
}

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
