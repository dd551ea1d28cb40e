/// Numbers from Philox 4x32-10, 16 blocks of four words at a time.

enum { group_elements = 64 };

/// The words of blocks first_block ..< first_block + 16: words[j] is word j of each.
CK_INLINE void philox(ck_random random, uint64_t first_block, i32x16 words[4]) {
    const uint32_t low = (uint32_t)first_block, high = (uint32_t)(first_block >> 32);
    const uint32_t before_carry = UINT32_MAX - low; // so many lanes after the first have the same upper half
    i32x16 c0 = i_add(i_set((int32_t)low), i_lanes()), c1 = i_set((int32_t)high);
    if (before_carry < 15) c1 = i_select(m_first(before_carry + 1), c1, i_set((int32_t)(high + 1)));
    i32x16 c2 = i_set((int32_t)(uint32_t)random.stream), c3 = i_set((int32_t)(uint32_t)(random.stream >> 32));
    const i32x16 multiplier0 = i_set((int32_t)0xD2511F53u), multiplier1 = i_set((int32_t)0xCD9E8D57u);
    uint32_t key0 = (uint32_t)random.seed, key1 = (uint32_t)(random.seed >> 32);
    for (int round = 0; round < 10; round++) {
        i32x16 low0, high0, low1, high1;
        i_multiply_wide(c0, multiplier0, &low0, &high0);
        i_multiply_wide(c2, multiplier1, &low1, &high1);
        c0 = i_xor(i_xor(high1, c1), i_set((int32_t)key0));
        c2 = i_xor(i_xor(high0, c3), i_set((int32_t)key1));
        c1 = low1, c3 = low0;
        key0 += 0x9E3779B9u, key1 += 0xBB67AE85u;
    }
    words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
}

/// Walks over `count` elements in groups of up to 64 that come from 16 blocks; the first may start within a block.
typedef struct random_walk {
    ck_random random;
    size_t done, count;
    size_t skip; ///< words of the group that lie before the first element asked for
    size_t length; ///< elements of the group that are asked for
} random_walk;

CK_INLINE random_walk random_walk_start(ck_random random, size_t count) {
    return (random_walk){random, 0, count, 0, 0};
}

/// The next group's words, or 0 at the end.
CK_INLINE int random_walk_next(random_walk *w, i32x16 words[4]) {
    w->done += w->length;
    if (w->done >= w->count) return 0;
    const uint64_t element_index = w->random.offset + w->done;
    w->skip = (size_t)(element_index % 4);
    const size_t rest = w->count - w->done, whole = group_elements - w->skip;
    w->length = rest < whole ? rest : whole;
    philox(w->random, element_index / 4, words);
    return 1;
}

/// The upper 24 bits as a fraction in [0, 1).
CK_INLINE f32x16 fraction(i32x16 word) { return f_mul(i_convert(i_shift_right(word, 8)), f_set(0x1p-24f)); }

/// Copies the group's elements to y + done.
CK_INLINE void deliver(const random_walk *w, const i32x16 values[4], void *y) {
    uint32_t group[group_elements];
    i_store_interleaved(group, values);
    memcpy((uint32_t *)y + w->done, group + w->skip, w->length * sizeof *group);
}

static void random_bits(ck_random random, size_t count, uint32_t *y) {
    i32x16 words[4];
    for (random_walk w = random_walk_start(random, count); random_walk_next(&w, words);) deliver(&w, words, y);
}

static void random_uniform(ck_random random, size_t count, float low, float high, float below_high, float *y) {
    const f32x16 lowest = f_set(low), top = f_set(high), largest = f_set(below_high);
    i32x16 words[4];
    for (random_walk w = random_walk_start(random, count); random_walk_next(&w, words);) {
        for (int j = 0; j < 4; j++) {
            const f32x16 u = fraction(words[j]);
            const f32x16 v = f_fma(u, top, f_fma(f_negate(u), lowest, lowest)); // high - low may overflow
            words[j] = f_bits(f_max(lowest, f_min(largest, v)));
        }
        deliver(&w, words, y);
    }
}

static void random_normal(ck_random random, size_t count, float mean, float deviation, float *y) {
    const f32x16 center = f_set(mean), spread = f_set(deviation);
    i32x16 words[4];
    for (random_walk w = random_walk_start(random, count); random_walk_next(&w, words);) {
        for (int j = 0; j < 4; j += 2) {
            // 31 bits in (0, 1], so that the radius reaches 6.6.
            const f32x16 u = f_fma(i_convert(i_shift_right(words[j], 1)), f_set(0x1p-31f), f_set(0x1p-32f));
            const f32x16 radius = f_mul(spread, f_sqrt(f_mul(f_set(-2.0f), f_log(u))));
            f32x16 cosine, sine;
            f_circle(fraction(words[j + 1]), &cosine, &sine);
            words[j] = f_bits(f_fma(radius, cosine, center));
            words[j + 1] = f_bits(f_fma(radius, sine, center));
        }
        deliver(&w, words, y);
    }
}

static void dropout(ck_random random, size_t count, float rate, const float *x, float *y) {
    const f32x16 limit = f_set(rate), kept = f_set(1.0f - rate), zero = f_set(0.0f);
    i32x16 words[4];
    for (random_walk w = random_walk_start(random, count); random_walk_next(&w, words);) {
        float u[group_elements + 16] = {0}; // the last load below may start at word 63
        for (int j = 0; j < 4; j++) words[j] = f_bits(fraction(words[j]));
        i_store_interleaved((uint32_t *)(void *)u, words);
        for (size_t i = 0; i < w.length; i += 16) {
            const size_t at = w.done + i, n = w.length - i;
            const f32x16 v = f_div(f_load_up_to(x + at, n), kept);
            f_store_up_to(y + at, f_select(f_less(f_load(u + w.skip + i), limit), zero, v), n);
        }
    }
}
