/// Gram matrices: exactly symmetric, with the bits and within the error that the header promises.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "product.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

enum { chunk = 1024, most_parts = 16 };

typedef struct syrk_case {
    int transpose;
    size_t n, k, ldx, ldc;
    float alpha, beta;
    float *x, *before;
} syrk_case;

#define CASE_FORMAT "%s %s n %zu k %zu alpha %g beta %g"
#define CASE_VALUES(s) \
    ck_isa_name(ck_isa_current()), (s)->transpose ? "XtX" : "XXt", (s)->n, (s)->k, (double)(s)->alpha, \
        (double)(s)->beta

static float element(const syrk_case *s, size_t i, size_t p) {
    return s->transpose ? s->x[p * s->ldx + i] : s->x[i * s->ldx + p];
}

// ---- What the header says -------------------------------------------------------------------------------------

static float chunk_product(const syrk_case *s, size_t i, size_t j, size_t begin, size_t end) {
    float lane[16] = {0};
    if (s->transpose) {
        for (size_t p = begin; p < end; p++) lane[0] = fmaf(element(s, i, p), element(s, j, p), lane[0]);
        return lane[0];
    }
    for (size_t p = begin; p < end; p++)
        lane[(p - begin) % 16] = fmaf(element(s, i, p), element(s, j, p), lane[(p - begin) % 16]);
    for (size_t half = 8; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

static float split_sum(const syrk_case *s, size_t i, size_t j) {
    const size_t chunks = (s->k + chunk - 1) / chunk, parts = chunks < most_parts ? chunks : most_parts;
    float sums[most_parts] = {0};
    for (size_t part = 0, first = 0; part < parts; part++) {
        const size_t count = chunks / parts + (part < chunks % parts);
        for (size_t c = first; c < first + count; c++)
            sums[part] += chunk_product(s, i, j, c * chunk, (c + 1) * chunk < s->k ? (c + 1) * chunk : s->k);
        first += count;
    }
    for (size_t step = 1; step < parts; step *= 2)
        for (size_t p = 0; p + step < parts; p += 2 * step) sums[p] += sums[p + step];
    return sums[0];
}

/// The lower triangle's element (i, j) of a small result. (A large one is compared with ck_gemm_f32.)
static float exact_small(const syrk_case *s, size_t i, size_t j) {
    const float product = s->alpha == 0 || s->k == 0 ? 0 : s->alpha * split_sum(s, i, j);
    return s->beta == 0 ? product : product + s->beta * s->before[i * s->ldc + j];
}

static double error_bound(const syrk_case *s, double magnitude) {
    const size_t q = (s->k + chunk * most_parts - 1) / (chunk * most_parts);
    const double d = (double)(s->n > 64 ? s->k + 2 : s->transpose ? 1031 + q : 75 + q);
    return d * 0x1p-24 / (1 - d * 0x1p-24) * magnitude + d * 0x1p-150;
}

static void check_error(const syrk_case *s, const float *c, size_t i, size_t j) {
    double value = s->beta == 0 ? 0 : (double)s->beta * s->before[i * s->ldc + j], magnitude = fabs(value);
    for (size_t p = 0; p < s->k; p++) {
        const double term = (double)s->alpha * element(s, i, p) * element(s, j, p);
        value += term;
        magnitude += fabs(term);
    }
    EXPECT(fabs(c[i * s->ldc + j] - value) <= error_bound(s, magnitude), CASE_FORMAT " [%zu, %zu]: %g, not %g",
           CASE_VALUES(s), i, j, (double)c[i * s->ldc + j], value);
}

static int same(float x, float y) { return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)); }

static void check_result(const syrk_case *s, const float *c) {
    float *expected = NULL;
    if (s->n > 64) {
        expected = guarded_floats(span(s->n, s->n, s->ldc), GUARD_BACK);
        memcpy(expected, s->before, span(s->n, s->n, s->ldc) * sizeof *expected);
        ck_gemm_f32(NULL, s->transpose, !s->transpose, s->n, s->n, s->k, s->alpha, s->x, s->ldx, s->x, s->ldx, s->beta,
                    expected, s->ldc, NULL);
    }
    size_t wrong = 0, asymmetric = 0, overwritten = 0;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j <= i; j++) {
            wrong += !same(c[i * s->ldc + j], s->n > 64 ? expected[i * s->ldc + j] : exact_small(s, i, j));
            asymmetric += !same(c[i * s->ldc + j], c[j * s->ldc + i]);
        }
        for (size_t j = s->n; i + 1 < s->n && j < s->ldc; j++) overwritten += !is_poison(c[i * s->ldc + j]);
    }
    EXPECT(wrong == 0, CASE_FORMAT ": %zu elements with other bits", CASE_VALUES(s), wrong);
    EXPECT(asymmetric == 0, CASE_FORMAT ": %zu elements not symmetric", CASE_VALUES(s), asymmetric);
    EXPECT(overwritten == 0, CASE_FORMAT ": wrote between the rows", CASE_VALUES(s));
    for (int sample = 0; s->n != 0 && sample < 8; sample++) {
        const size_t i = random_below(s->n);
        check_error(s, c, i, random_below(i + 1));
    }
}

// ---- Cases ----------------------------------------------------------------------------------------------------

/// C holds numbers in its lower triangle if beta asks for them, and poison elsewhere.
static syrk_case random_case(int transpose, size_t n, size_t k) {
    static const float factors[] = {1, 0, -0.5f, 1, 3};
    const guard_side side = random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT;
    const size_t columns = transpose ? n : k;
    syrk_case s = {.transpose = transpose, .n = n, .k = k};
    s.ldx = (columns > 0 ? columns : 1) + random_below(2) * random_below(20);
    s.ldc = (n > 0 ? n : 1) + random_below(2) * random_below(20);
    s.alpha = factors[random_below(5)];
    s.beta = factors[random_below(5)];
    s.x = transpose ? new_matrix(k, n, s.ldx, side) : new_matrix(n, k, s.ldx, side);
    s.before = guarded_floats(span(n, n, s.ldc), side);
    for (size_t i = 0; s.beta != 0 && i < n; i++) fill_uniform(s.before + i * s.ldc, i + 1);
    return s;
}

static float *run(ck_pool *pool, const syrk_case *s, guard_side side) {
    const size_t count = span(s->n, s->n, s->ldc);
    float *c = guarded_floats(count, side);
    if (count != 0) memcpy(c, s->before, count * sizeof *c);
    EXPECT(ck_syrk_f32(pool, s->transpose, s->n, s->k, s->alpha, s->x, s->ldx, s->beta, c, s->ldc) == CK_OK,
           CASE_FORMAT, CASE_VALUES(s));
    return c;
}

static void all_sizes(ck_isa isa) {
    static const size_t sizes[][2] = {
        {0, 5},   {3, 0},    {1, 1},     {1, 15},    {2, 17},    {3, 1023}, {4, 1024}, {5, 1025}, {7, 2300}, {8, 20000},
        {9, 64},  {13, 100}, {16, 3000}, {17, 1200}, {31, 1500}, {64, 40},  {63, 2049}, {65, 9},  {96, 33},  {97, 120},
        {130, 7}, {200, 65}, {400, 20},
    };
    seed_random(41 + (uint64_t)isa);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int transpose = 0; transpose < 2; transpose++)
            for (int repeat = 0; repeat < (sizes[i][0] < 64 ? 3 : 1); repeat++) {
                const syrk_case s = random_case(transpose, sizes[i][0], sizes[i][1]);
                const guard_side side = random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT;
                check_result(&s, run(test_pool(random_below(test_pool_count)), &s, side));
                release_guarded();
            }
}

/// Every pool gives the bits of no pool.
static void all_pools(ck_isa isa) {
    static const size_t sizes[][2] = {{5, 40000}, {40, 9000}, {300, 70}};
    seed_random(42 + (uint64_t)isa);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int transpose = 0; transpose < 2; transpose++) {
            const syrk_case s = random_case(transpose, sizes[i][0], sizes[i][1]);
            const size_t count = span(s.n, s.n, s.ldc);
            const float *first = run(NULL, &s, GUARD_BACK);
            for (size_t p = 1; p < test_pool_count; p++)
                EXPECT(first_difference(first, run(test_pool(p), &s, GUARD_FRONT), count) == count,
                       CASE_FORMAT " pool %zu: other bits", CASE_VALUES(&s), p);
            release_guarded();
        }
}

static void special_values(ck_isa isa) {
    static const float specials[] = {NAN, INFINITY, -INFINITY, 0, -0.0f, 0x1p-140f};
    seed_random(43 + (uint64_t)isa);
    for (int repeat = 0; repeat < 40; repeat++) {
        syrk_case s = random_case(repeat % 2, 1 + random_below(90), 1 + random_below(30));
        const size_t rows = s.transpose ? s.k : s.n, columns = s.transpose ? s.n : s.k;
        for (int special = 0; special < 4; special++)
            s.x[random_below(rows) * s.ldx + random_below(columns)] = specials[random_below(6)];
        const float *c = run(NULL, &s, GUARD_BACK);
        for (size_t i = 0; i < s.n; i++)
            for (size_t j = 0; j <= i && s.n <= 64; j++)
                EXPECT(same(c[i * s.ldc + j], exact_small(&s, i, j)) && same(c[i * s.ldc + j], c[j * s.ldc + i]),
                       CASE_FORMAT " [%zu, %zu]: %g", CASE_VALUES(&s), i, j, (double)c[i * s.ldc + j]);
        release_guarded();
    }
}

static void nothing_to_read(ck_isa isa) {
    (void)isa;
    float c[4] = {1, 9, 2, 3};
    EXPECT(ck_syrk_f32(NULL, 0, 2, 5, 0, NULL, 5, 2, c, 2) == CK_OK, "alpha 0");
    EXPECT(c[0] == 2 && c[1] == 4 && c[2] == 4 && c[3] == 6, "alpha 0 leaves beta · C, mirrored");
    EXPECT(ck_syrk_f32(NULL, 1, 2, 0, INFINITY, NULL, 2, 0, c, 2) == CK_OK, "k 0");
    EXPECT(c[0] == 0 && c[1] == 0 && c[2] == 0 && c[3] == 0, "k 0 gives zeros");
    EXPECT(ck_syrk_f32(NULL, 0, 0, 5, 1, NULL, 5, 0, NULL, 1) == CK_OK, "n 0");
}

static void bad_arguments_are_refused(void) {
    float x[16] = {0}, c[16];
    poison(c, 16);
    EXPECT(ck_syrk_f32(NULL, 0, 3, 4, 1, x, 3, 0, c, 3) == CK_INVALID_ARGUMENT, "ldx < k");
    EXPECT(ck_syrk_f32(NULL, 1, 4, 3, 1, x, 3, 0, c, 4) == CK_INVALID_ARGUMENT, "ldx < n");
    EXPECT(ck_syrk_f32(NULL, 0, 4, 3, 1, x, 3, 0, c, 3) == CK_INVALID_ARGUMENT, "ldc < n");
    EXPECT(ck_syrk_f32(NULL, 0, 3, 0, 1, x, 0, 0, c, 3) == CK_INVALID_ARGUMENT, "ldx 0");
    EXPECT(ck_syrk_f32(NULL, 0, 3, 4, 1, NULL, 4, 0, c, 3) == CK_INVALID_ARGUMENT, "no X");
    EXPECT(ck_syrk_f32(NULL, 0, 3, 4, 1, x, 4, 0, NULL, 3) == CK_INVALID_ARGUMENT, "no C");
    for (size_t i = 0; i < 16; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
}

int main(void) {
    for_each_isa(all_sizes);
    for_each_isa(all_pools);
    for_each_isa(special_values);
    for_each_isa(nothing_to_read);
    bad_arguments_are_refused();
    return finish_tests();
}
