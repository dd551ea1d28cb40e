#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

/// Philox 4x32-10 as the paper writes it.
static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4], k0 = key[0], k1 = key[1];
    memcpy(c, counter, sizeof c);
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
        const uint64_t p0 = (uint64_t)0xD2511F53 * c[0], p1 = (uint64_t)0xCD9E8D57 * c[2];
        const uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ c[1] ^ k0, (uint32_t)p1, (uint32_t)(p0 >> 32) ^ c[3] ^ k1,
                                  (uint32_t)p0};
        memcpy(c, next, sizeof c);
    }
    memcpy(out, c, sizeof c);
}

static uint32_t reference_word(ck_random random, size_t i) {
    const uint64_t e = random.offset + i;
    const uint32_t counter[4] = {(uint32_t)(e / 4), (uint32_t)(e / 4 >> 32), (uint32_t)random.stream,
                                 (uint32_t)(random.stream >> 32)};
    const uint32_t key[2] = {(uint32_t)random.seed, (uint32_t)(random.seed >> 32)};
    uint32_t out[4];
    philox(counter, key, out);
    return out[e % 4];
}

/// The known answers that Random123 publishes.
static void known_answers(void) {
    static const uint32_t counters[3][4] = {
        {0}, {~0u, ~0u, ~0u, ~0u}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
    static const uint32_t keys[3][2] = {{0}, {~0u, ~0u}, {0xa4093822, 0x299f31d0}};
    static const uint32_t answers[3][4] = {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                           {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                           {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        philox(counters[i], keys[i], out);
        EXPECT(memcmp(out, answers[i], sizeof out) == 0, "known answer %d", i);
    }
    uint32_t first[4];
    ck_random_bits(NULL, (ck_random){0, 0, 0}, 4, first);
    EXPECT(memcmp(first, answers[0], sizeof first) == 0, "the library's first block");
}

typedef struct arguments {
    ck_random random;
    size_t count;
    float a, b;
    const float *x;
} arguments;

static ck_status bits(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_random_bits(pool, a->random, a->count, (uint32_t *)(void *)y);
}

static ck_status uniform(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_random_uniform_f32(pool, a->random, a->count, a->a, a->b, y);
}

static ck_status normal(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_random_normal_f32(pool, a->random, a->count, a->a, a->b, y);
}

static ck_status dropout(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_dropout_f32(pool, a->random, a->count, a->a, a->x, y);
}

static ck_status dropout_in_place(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    if (a->count > 0) memcpy(y, a->x, a->count * sizeof *y);
    return ck_dropout_f32(pool, a->random, a->count, a->a, y, y);
}

static void check(ck_random random, size_t count, guard_side side) {
    float *y = malloc((count + 1) * sizeof *y), *x = guarded_floats(count, side);
    fill_uniform(x, count);
    arguments a = {random, count, 0, 0, x};
    run_everywhere("random bits", bits, &a, count, y);
    for (size_t i = 0; i < count; i++) {
        const uint32_t word = reference_word(random, i);
        EXPECT(memcmp(y + i, &word, sizeof word) == 0, "word %zu of %zu", i, count);
    }

    a.a = -1.5f, a.b = 2.5f;
    run_everywhere("uniform", uniform, &a, count, y);
    for (size_t i = 0; i < count; i++) {
        const double want = -1.5 + 4 * ldexp(reference_word(random, i) >> 8, -24);
        EXPECT(fabs(y[i] - want) <= 3e-7 && y[i] >= -1.5f && y[i] < 2.5f, "uniform %zu: %a, not %a", i, (double)y[i],
               want);
    }

    a.a = 3, a.b = 0.5f;
    run_everywhere("normal", normal, &a, count, y);
    for (size_t i = 0; i < count; i++) {
        // The pair that element i is in starts at an even element of the stream.
        const size_t odd = (random.offset + i) % 2;
        ck_random pair = random;
        pair.offset += i - odd;
        const double u = ldexp((reference_word(pair, 0) >> 1) + 0.5, -31), v = ldexp(reference_word(pair, 1) >> 8, -24);
        const double angle = 2 * acos(-1.0) * v, radius = sqrt(-2 * log(u));
        const double want = 3 + 0.5 * radius * (odd ? sin(angle) : cos(angle));
        EXPECT(fabs(y[i] - want) <= 2e-6, "normal %zu: %.9g, not %.9g", i, (double)y[i], want);
    }

    a.a = 0.3f;
    float *again = malloc((count + 1) * sizeof *again);
    run_everywhere("dropout", dropout, &a, count, y);
    run_everywhere("dropout in place", dropout_in_place, &a, count, again);
    EXPECT(first_difference(y, again, count) == count, "dropout in place");
    for (size_t i = 0; i < count; i++) {
        const int dropped = ldexp(reference_word(random, i) >> 8, -24) < 0.3f;
        const float want = dropped ? 0 : x[i] / (1 - 0.3f);
        EXPECT(y[i] == want, "dropout %zu: %a, not %a", i, (double)y[i], (double)want);
    }
    free(y), free(again);
    release_guarded();
}

static void a_part_is_a_part_of_the_whole(void) {
    float whole[300], part[100];
    ck_random_normal_f32(NULL, (ck_random){7, 8, 0}, 300, 0, 1, whole);
    for (size_t from = 0; from < 200; from += 13) {
        ck_random_normal_f32(NULL, (ck_random){7, 8, from}, 100, 0, 1, part);
        EXPECT(first_difference(part, whole + from, 100) == 100, "normal numbers from %zu", from);
    }
}

static void edges(void) {
    enum { count = 100000 };
    static float y[count];
    ck_random_uniform_f32(NULL, (ck_random){1, 2, 3}, count, 1, 0x1.000002p0f, y);
    for (size_t i = 0; i < count; i++) EXPECT(y[i] == 1, "the only float in the range");
    ck_random_uniform_f32(NULL, (ck_random){1, 2, 3}, count, -3e38f, 3e38f, y);
    for (size_t i = 0; i < count; i++) EXPECT(y[i] >= -3e38f && y[i] < 3e38f, "a range wider than the largest float");
    ck_random_uniform_f32(NULL, (ck_random){1, 2, 3}, 10, 0.7f, 0.7f, y);
    EXPECT(y[9] == 0.7f, "an empty range gives its bound");
    float x = NAN, z;
    size_t zeros = 0;
    for (uint64_t i = 0; i < 100; i++) {
        ck_dropout_f32(NULL, (ck_random){1, 2, i}, 1, 0.9f, &x, &z);
        zeros += z == 0;
    }
    EXPECT(zeros > 70 && zeros < 100, "a dropped NaN is 0: %zu of 100", zeros);
    EXPECT(ck_dropout_f32(NULL, (ck_random){0, 0, 0}, 1, 1, &x, &z) == CK_INVALID_ARGUMENT, "rate 1");
    EXPECT(ck_dropout_f32(NULL, (ck_random){0, 0, 0}, 1, NAN, &x, &z) == CK_INVALID_ARGUMENT, "rate NaN");
    EXPECT(ck_random_uniform_f32(NULL, (ck_random){0, 0, 0}, 1, 1, 0, &z) == CK_INVALID_ARGUMENT, "low above high");
    EXPECT(ck_random_normal_f32(NULL, (ck_random){0, 0, 0}, 1, 0, -1, &z) == CK_INVALID_ARGUMENT, "deviation below 0");
}

int main(void) {
    known_answers();
    seed_random(5);
    static const size_t counts[] = {0, 1, 2, 3, 5, 16, 61, 63, 64, 65, 67, 130};
    // Offsets within a block, and such that the counter's lower word overflows within 16 blocks.
    static const uint64_t offsets[] = {0, 1, 2, 3, 5, 0x3FFFFFFFFu - 20, 0x3FFFFFFFCu, 0x123456789ABCDEu};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t o = 0; o < sizeof offsets / sizeof *offsets; o++)
            check((ck_random){0x9E3779B97F4A7C15u + c, 0xDEADBEEF00000001u, offsets[o]}, counts[c],
                  (guard_side)((c + o) % 2));
    check((ck_random){42, 1, 3}, 20011, GUARD_BACK);
    a_part_is_a_part_of_the_whole();
    edges();
    return finish_tests();
}
