/// Products with the same A: as many calls of ck_gemm_f32, to the bit.
#include <string.h>

#include "product.h"

enum { most_siblings = 9 };

typedef struct family {
    int transpose_a;
    size_t m, k, count;
    ck_activation activation;
    const float *a;
    size_t lda;
    ck_gemm_sibling each[most_siblings];
} family;

static guard_side random_side(void) { return random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT; }

static float *new_result(const family *f, const ck_gemm_sibling *sibling) {
    float *c = guarded_floats(span(f->m, sibling->n, sibling->ldc), random_side());
    poison(c, span(f->m, sibling->n, sibling->ldc));
    return c;
}

/// Columns of each between `least_n` and twice as many; biases for all, for none, or for some.
static family random_family(size_t m, size_t k, size_t count, size_t least_n) {
    family f = {.transpose_a = (int)random_below(2), .m = m, .k = k, .count = count,
                .activation = (ck_activation)random_below(CK_SIGMOID + 1)};
    const size_t rows = f.transpose_a ? k : m, columns = f.transpose_a ? m : k, biased = random_below(3);
    f.lda = columns + 1 + random_below(3);
    f.a = new_matrix(rows, columns, f.lda, random_side());
    for (size_t t = 0; t < count; t++) {
        ck_gemm_sibling *sibling = &f.each[t];
        sibling->n = least_n + random_below(least_n + 1);
        sibling->ldb = sibling->n + 1 + random_below(3), sibling->ldc = sibling->n + 1 + random_below(3);
        sibling->b = new_matrix(k, sibling->n, sibling->ldb, random_side());
        if (biased > random_below(2)) sibling->bias = new_matrix(1, sibling->n, sibling->n, random_side());
        sibling->c = new_result(&f, sibling);
    }
    return f;
}

static ck_status run(ck_pool *pool, const family *f) {
    return ck_gemm_siblings_f32(pool, f->transpose_a, f->m, f->k, f->a, f->lda, f->count, f->each, f->activation);
}

static void check_family(size_t m, size_t k, size_t count, size_t least_n) {
    const family f = random_family(m, k, count, least_n);
    EXPECT(run(test_pool(random_below(test_pool_count)), &f) == CK_OK, "%zu x %zu, %zu of %zu", m, k, count, least_n);
    for (size_t t = 0; t < count; t++) {
        const ck_gemm_sibling *sibling = &f.each[t];
        const ck_epilogue epilogue = {.bias = sibling->bias, .activation = f.activation};
        float *expected = new_result(&f, sibling);
        ck_gemm_f32(NULL, f.transpose_a, 0, m, sibling->n, k, 1, f.a, f.lda, sibling->b, sibling->ldb, 0, expected,
                    sibling->ldc, &epilogue);
        const size_t floats = span(m, sibling->n, sibling->ldc);
        EXPECT(first_difference(sibling->c, expected, floats) == floats,
               "%s %c %zu x %zu, number %zu of %zu with %zu columns, activation %d, bias %d: other bits",
               ck_isa_name(ck_isa_current()), f.transpose_a ? 'T' : 'N', m, k, t, count, sibling->n, (int)f.activation,
               sibling->bias != NULL);
    }
    release_guarded();
}

/// The large ones become one product; the others are computed one by one.
static void all_sizes(ck_isa isa) {
    static const size_t sizes[][4] = {
        {0, 5, 2, 3},   {5, 0, 2, 3},   {5, 7, 0, 3},     {4, 6, 3, 0},    {9, 30, 4, 5},    {130, 1100, 3, 8},
        {1100, 130, 2, 10}, {517, 263, 9, 3}, {300, 512, 2, 33}, {512, 300, 9, 40}, {40, 4100, 3, 9}, {150, 1030, 5, 16},
        {2100, 70, 4, 1}, {9000, 15, 3, 4},
    };
    seed_random(83 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int repeat = 0; repeat < 6; repeat++) check_family(sizes[s][0], sizes[s][1], sizes[s][2], sizes[s][3]);
}

static void bad_arguments_are_refused(void) {
    float x[16] = {0}, c[16];
    poison(c, 16);
    const ck_gemm_sibling good = {.n = 3, .b = x, .ldb = 3, .c = c, .ldc = 3};
    const ck_gemm_sibling bad[] = {
        {.n = 3, .b = x, .ldb = 2, .c = c, .ldc = 3}, {.n = 3, .b = x, .ldb = 3, .c = c, .ldc = 2},
        {.n = 3, .b = NULL, .ldb = 3, .c = c, .ldc = 3}, {.n = 3, .b = x, .ldb = 3, .c = NULL, .ldc = 3}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const ck_gemm_sibling both[] = {good, bad[i]};
        EXPECT(ck_gemm_siblings_f32(NULL, 0, 2, 4, x, 4, 2, both, CK_IDENTITY) == CK_INVALID_ARGUMENT, "bad %zu", i);
    }
    EXPECT(ck_gemm_siblings_f32(NULL, 0, 2, 4, x, 3, 1, &good, CK_IDENTITY) == CK_INVALID_ARGUMENT, "lda");
    EXPECT(ck_gemm_siblings_f32(NULL, 0, 2, 4, x, 4, 1, NULL, CK_IDENTITY) == CK_INVALID_ARGUMENT, "no siblings");
    EXPECT(ck_gemm_siblings_f32(NULL, 0, 2, 4, x, 4, 1, &good, (ck_activation)99) == CK_INVALID_ARGUMENT, "activation");
    for (size_t i = 0; i < 16; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
    EXPECT(ck_gemm_siblings_f32(NULL, 0, 2, 4, x, 4, 0, NULL, CK_IDENTITY) == CK_OK, "none");
}

int main(void) {
    for_each_isa(all_sizes);
    bad_arguments_are_refused();
    return finish_tests();
}
