/// A sum of products is one chain through all of them.
#include <math.h>
#include <string.h>

#include "product.h"

enum { most_terms = 5 };

typedef struct sum_case {
    product first; ///< shape, C; its own operands are not used
    size_t count;
    ck_gemm_term terms[most_terms];
} sum_case;

static guard_side random_side(void) { return random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT; }

static sum_case random_sum(size_t m, size_t n, size_t count, size_t most_k) {
    sum_case s = {.first = random_product(m, n, 0, random_side()), .count = count};
    const int ta = s.first.shape.transpose_a, tb = s.first.shape.transpose_b;
    for (size_t t = 0; t < count; t++) {
        const size_t k = random_below(most_k + 1);
        const size_t lda = (ta ? m : k) + 1 + random_below(3), ldb = (tb ? k : n) + 1 + random_below(3);
        s.terms[t] = (ck_gemm_term){
            .k = k,
            .a = ta ? new_matrix(k, m, lda, random_side()) : new_matrix(m, k, lda, random_side()), .lda = lda,
            .b = tb ? new_matrix(n, k, ldb, random_side()) : new_matrix(k, n, ldb, random_side()), .ldb = ldb};
    }
    return s;
}

static float exact(const sum_case *s, size_t i, size_t j) {
    const gemm_case *shape = &s->first.shape;
    float sum = shape->beta == 0 ? 0 : shape->beta * s->first.before[i * shape->ldc + j];
    for (size_t t = 0; t < s->count && shape->alpha != 0; t++) {
        const ck_gemm_term *term = &s->terms[t];
        for (size_t p = 0; p < term->k; p++) {
            const float a = term->a[shape->transpose_a ? p * term->lda + i : i * term->lda + p];
            const float b = term->b[shape->transpose_b ? j * term->ldb + p : p * term->ldb + j];
            sum = fmaf(shape->alpha * a, b, sum);
        }
    }
    return sum;
}

static ck_status run(ck_pool *pool, const sum_case *s, float *c, const ck_gradient_epilogue *epilogue) {
    const gemm_case *shape = &s->first.shape;
    return ck_gemm_sum_f32(pool, shape->transpose_a, shape->transpose_b, shape->m, shape->n, s->count, s->terms,
                           shape->alpha, shape->beta, c, shape->ldc, epilogue);
}

static void check_sum(size_t m, size_t n, size_t count, size_t most_k) {
    const sum_case s = random_sum(m, n, count, most_k);
    const size_t ldc = s.first.shape.ldc;
    float *c = new_c(&s.first, random_side()), *expected = new_c(&s.first, GUARD_BACK);
    ck_pool *pool = test_pool(random_below(test_pool_count));
    EXPECT(run(pool, &s, c, NULL) == CK_OK, PRODUCT_FORMAT, PRODUCT_VALUES(&s.first));
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) expected[i * ldc + j] = exact(&s, i, j);
    EXPECT(same_elements(&s.first, c, expected), PRODUCT_FORMAT " %zu terms: other bits", PRODUCT_VALUES(&s.first),
           count);

    // With an epilogue: as without, and then what it stands for.
    float *sums = guarded_floats(n, random_side()), *expected_sums = guarded_floats(n, GUARD_BACK);
    const ck_gradient_epilogue epilogue = {
        .residual = random_below(2) != 0 ? new_matrix(m, n, n, random_side()) : NULL, .ldr = n, .activation = CK_TANH,
        .value = new_matrix(m, n, n, random_side()), .ldv = n, .column_sums = sums};
    float *d = new_c(&s.first, random_side());
    EXPECT(run(pool, &s, d, &epilogue) == CK_OK, PRODUCT_FORMAT, PRODUCT_VALUES(&s.first));
    for (size_t i = 0; i < m && epilogue.residual != NULL; i++)
        for (size_t j = 0; j < n; j++) expected[i * ldc + j] += epilogue.residual[i * n + j];
    for (size_t i = 0; i < m; i++)
        ck_activation_backward_f32(NULL, CK_TANH, n, NULL, epilogue.value + i * n, expected + i * ldc,
                                   expected + i * ldc);
    ck_column_sums_f32(NULL, m, n, expected, ldc, 1, expected_sums);
    EXPECT(same_elements(&s.first, d, expected), PRODUCT_FORMAT " %zu terms: another gradient",
           PRODUCT_VALUES(&s.first), count);
    EXPECT(first_difference(sums, expected_sums, n) == n, PRODUCT_FORMAT " %zu terms: other column sums",
           PRODUCT_VALUES(&s.first), count);
    release_guarded();
}

static void all_sizes(ck_isa isa) {
    static const size_t sizes[][4] = {
        {0, 4, 2, 5}, {4, 0, 2, 5}, {5, 7, 0, 0}, {5, 7, 3, 0},  {1, 1, 1, 1},     {3, 5, 4, 3},      {14, 32, 2, 20},
        {33, 40, 5, 12}, {70, 9, 3, 200}, {100, 150, 4, 90}, {20, 1100, 2, 30}, {2000, 12, 3, 4}, {16, 16, 5, 300},
    };
    seed_random(71 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int repeat = 0; repeat < 8; repeat++) check_sum(sizes[s][0], sizes[s][1], sizes[s][2], sizes[s][3]);
}

static void bad_arguments_are_refused(void) {
    float x[16] = {0}, c[16];
    poison(c, 16);
    const ck_gemm_term good = {4, x, 4, x, 3}, bad[] = {{4, x, 3, x, 3}, {4, x, 4, x, 2}, {4, NULL, 4, x, 3}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const ck_gemm_term terms[] = {good, bad[i]};
        EXPECT(ck_gemm_sum_f32(NULL, 0, 0, 2, 3, 2, terms, 1, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "term %zu", i);
    }
    EXPECT(ck_gemm_sum_f32(NULL, 0, 0, 2, 3, 1, &good, 1, 0, c, 2, NULL) == CK_INVALID_ARGUMENT, "ldc");
    EXPECT(ck_gemm_sum_f32(NULL, 0, 0, 2, 3, 1, NULL, 1, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "no terms");
    const ck_gradient_epilogue wrong = {.activation = CK_RELU, .value = c, .ldv = 3};
    EXPECT(ck_gemm_sum_f32(NULL, 0, 0, 2, 3, 1, &good, 1, 0, c, 3, &wrong) == CK_INVALID_ARGUMENT, "value is C");
    for (size_t i = 0; i < 16; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
    EXPECT(ck_gemm_sum_f32(NULL, 0, 0, 2, 3, 0, NULL, 1, 0, c, 3, NULL) == CK_OK && c[0] == 0 && c[5] == 0, "no term");
}

int main(void) {
    for_each_isa(all_sizes);
    bad_arguments_are_refused();
    return finish_tests();
}
