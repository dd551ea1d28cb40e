/// What happens to the elements of a product must have the bits of the same things done afterwards.
#include <math.h>
#include <string.h>

#include "product.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

static ck_activation random_activation(void) { return (ck_activation)random_below(CK_SIGMOID + 1); }

static guard_side random_side(void) { return random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT; }

static ck_pool *random_pool(void) { return test_pool(random_below(test_pool_count)); }

// ---- Forward --------------------------------------------------------------------------------------------------

static void activate_afterwards(const product *x, const ck_epilogue *epilogue, float *c) {
    for (size_t i = 0; i < x->shape.m; i++)
        for (size_t j = 0; j < x->shape.n; j++) {
            float *element = c + i * x->shape.ldc + j;
            if (epilogue->bias != NULL) *element += epilogue->bias[j];
            ck_activation_f32(NULL, epilogue->activation, 1, element, element);
            if (epilogue->residual != NULL) *element += epilogue->residual[i * epilogue->ldr + j];
        }
}

static void check_forward(size_t m, size_t n, size_t k) {
    const product x = random_product(m, n, k, random_side());
    ck_epilogue epilogue = {.activation = random_activation(), .ldr = n + random_below(2) * random_below(9)};
    epilogue.bias = random_below(2) != 0 ? new_matrix(1, n, n, random_side()) : NULL;
    epilogue.residual = random_below(3) != 0 ? new_matrix(m, n, epilogue.ldr, random_side()) : NULL;
    float *c = new_c(&x, random_side()), *expected = new_c(&x, GUARD_BACK);
    EXPECT(multiply(random_pool(), &x, c, &epilogue) == CK_OK, PRODUCT_FORMAT, PRODUCT_VALUES(&x));
    multiply(NULL, &x, expected, NULL);
    activate_afterwards(&x, &epilogue, expected);
    EXPECT(same_elements(&x, c, expected), PRODUCT_FORMAT " activation %d bias %d residual %d: other bits",
           PRODUCT_VALUES(&x), (int)epilogue.activation, epilogue.bias != NULL, epilogue.residual != NULL);
}

// ---- Gradients ------------------------------------------------------------------------------------------------

static int reads_input(ck_activation kind) { return kind == CK_GELU || kind == CK_SILU; }

static void differentiate_afterwards(const product *x, const ck_gradient_epilogue *epilogue, float *c) {
    for (size_t i = 0; i < x->shape.m; i++) {
        const float *value = epilogue->activation == CK_IDENTITY ? NULL : epilogue->value + i * epilogue->ldv;
        float *row = c + i * x->shape.ldc;
        for (size_t j = 0; j < x->shape.n && epilogue->residual != NULL; j++)
            row[j] += epilogue->residual[i * epilogue->ldr + j];
        ck_activation_backward_f32(NULL, epilogue->activation, x->shape.n,
                                   reads_input(epilogue->activation) ? value : NULL,
                                   reads_input(epilogue->activation) ? NULL : value, row, row);
    }
}

static ck_status differentiate(ck_pool *pool, const product *x, float *c, const ck_gradient_epilogue *epilogue) {
    const gemm_case *s = &x->shape;
    return ck_gemm_gradient_f32(pool, s->transpose_a, s->transpose_b, s->m, s->n, s->k, s->alpha, x->a, s->lda, x->b,
                                s->ldb, s->beta, c, s->ldc, epilogue);
}

static void check_gradient(size_t m, size_t n, size_t k) {
    const product x = random_product(m, n, k, random_side());
    ck_gradient_epilogue epilogue = {.activation = random_activation(), .ldv = n + random_below(2) * random_below(9)};
    epilogue.ldr = n + random_below(2) * random_below(9);
    epilogue.residual = random_below(2) != 0 ? new_matrix(m, n, epilogue.ldr, random_side()) : NULL;
    epilogue.value = epilogue.activation == CK_IDENTITY ? NULL : new_matrix(m, n, epilogue.ldv, random_side());
    epilogue.column_sums = random_below(4) != 0 ? guarded_floats(n, random_side()) : NULL;
    float *c = new_c(&x, random_side()), *expected = new_c(&x, GUARD_BACK), *sums = guarded_floats(n, GUARD_BACK);
    EXPECT(differentiate(random_pool(), &x, c, &epilogue) == CK_OK, PRODUCT_FORMAT, PRODUCT_VALUES(&x));
    multiply(NULL, &x, expected, NULL);
    differentiate_afterwards(&x, &epilogue, expected);
    EXPECT(same_elements(&x, c, expected), PRODUCT_FORMAT " derivative %d residual %d: other bits",
           PRODUCT_VALUES(&x), (int)epilogue.activation, epilogue.residual != NULL);
    if (epilogue.column_sums == NULL) return;
    ck_column_sums_f32(NULL, m, n, expected, x.shape.ldc, 1, sums);
    const size_t different = first_difference(epilogue.column_sums, sums, n);
    EXPECT(different == n, PRODUCT_FORMAT " derivative %d: another sum of column %zu", PRODUCT_VALUES(&x),
           (int)epilogue.activation, different);
}

// ---- Everywhere -----------------------------------------------------------------------------------------------

static void all_sizes(ck_isa isa) {
    // Around tiles, blocks of 64 rows, packed blocks and the pieces of them that are finished together, and the rows of
    // one part of a product with column sums.
    static const size_t sizes[][3] = {
        {0, 5, 3},     {5, 0, 3},      {7, 5, 0},      {1, 1, 1},      {3, 17, 2},     {14, 32, 9},  {15, 33, 40},
        {63, 20, 8},   {64, 16, 10},   {65, 31, 10},   {128, 48, 33},  {130, 7, 300},  {200, 97, 5}, {1, 4097, 3},
        {9, 4100, 2}, {129, 4096, 1}, {333, 2050, 1}, {2100, 60, 1}, {4400, 9, 3}, {9000, 2, 3},
        {30, 12, 4500}, {260, 300, 80}, {251, 330, 112},
    };
    seed_random(31 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int repeat = 0; repeat < (sizes[s][0] * sizes[s][1] < 20000 ? 12 : 4); repeat++) {
            check_forward(sizes[s][0], sizes[s][1], sizes[s][2]);
            check_gradient(sizes[s][0], sizes[s][1], sizes[s][2]);
            release_guarded();
        }
}

/// The same bits from every pool: several threads share the columns and the rows of one sum.
static void all_pools(ck_isa isa) {
    seed_random(32 + (uint64_t)isa);
    const size_t m = 700, n = 150, k = 40;
    const product x = random_product(m, n, k, GUARD_BACK);
    const ck_gradient_epilogue epilogue = {
        .residual = new_matrix(m, n, n, GUARD_BACK), .ldr = n, .activation = CK_GELU,
        .value = new_matrix(m, n, n, GUARD_BACK), .ldv = n, .column_sums = guarded_floats(n, GUARD_BACK)};
    float *first = guarded_floats(n, GUARD_BACK), *first_c = new_c(&x, GUARD_BACK);
    for (size_t p = 0; p < test_pool_count; p++) {
        float *c = new_c(&x, GUARD_FRONT);
        differentiate(test_pool(p), &x, c, &epilogue);
        if (p == 0) {
            memcpy(first, epilogue.column_sums, n * sizeof *first);
            memcpy(first_c, c, gemm_elements_c(&x.shape) * sizeof *c);
        }
        EXPECT(same_elements(&x, c, first_c), "pool %zu: another C", p);
        EXPECT(first_difference(first, epilogue.column_sums, n) == n, "pool %zu: other column sums", p);
    }
    release_guarded();
}

/// A column of Xᵀ y is summed by stretches of k where X comes from afar: ReLU waits for the last of them.
static void relu_of_a_long_column(ck_isa isa) {
    (void)isa;
    enum { m = 4096, k = 48 };
    float *x = guarded_floats(m * k, GUARD_BACK), *y = guarded_floats(k, GUARD_BACK), *c = guarded_floats(m, GUARD_BACK);
    for (size_t i = 0; i < m * k; i++) x[i] = i % 2 == 0 ? 1 : -1;
    for (size_t p = 0; p < k; p++) y[p] = p < 16 ? -1 : 0.25f;
    const ck_epilogue relu = {.activation = CK_RELU};
    ck_gemm_f32(NULL, 1, 0, m, 1, k, 1, x, m, y, 1, 0, c, 1, &relu);
    size_t wrong = 0;
    for (size_t i = 0; i < m; i++) wrong += c[i] != (i % 2 == 0 ? 0.0f : 8.0f);
    EXPECT(wrong == 0, "%zu of %d elements", wrong, m);
    release_guarded();
}

/// NaN and infinity in the operands arrive where arithmetic takes them.
static void special_values(ck_isa isa) {
    (void)isa;
    float a[2] = {1, 2}, b[3] = {1, -1, 2}, c[6], sums[3];
    const float residual[6] = {NAN, INFINITY, 1, -INFINITY, 0, NAN}, value[6] = {1, NAN, 1, 0, 1, INFINITY};
    ck_epilogue forward = {.activation = CK_RELU, .residual = residual, .ldr = 3};
    ck_gemm_f32(NULL, 0, 0, 2, 3, 1, 1, a, 1, b, 3, 0, c, 3, &forward);
    EXPECT(isnan(c[0]) && isinf(c[1]) && c[2] == 3 && c[3] == -INFINITY && c[4] == 0 && isnan(c[5]), "residual");
    ck_gradient_epilogue gradient = {.activation = CK_RELU, .value = value, .ldv = 3, .column_sums = sums};
    ck_gemm_gradient_f32(NULL, 0, 0, 2, 3, 1, 1, a, 1, b, 3, 0, c, 3, &gradient);
    EXPECT(c[0] == 1 && isnan(c[1]) && c[2] == 2 && c[3] == 0 && c[4] == -2 && c[5] == 4, "slope");
    EXPECT(sums[0] == 1 && isnan(sums[1]) && sums[2] == 6, "column sums");
}

/// No row, no column, nothing to multiply: operands that would not be read may be NULL.
static void nothing_to_read(ck_isa isa) {
    (void)isa;
    float c[6] = {1, 2, 3, 4, 5, 6}, sums[3];
    const float value[6] = {1, 0, 1, 1, 1, 0};
    ck_gradient_epilogue gradient = {.activation = CK_RELU, .value = value, .ldv = 3, .column_sums = sums};
    EXPECT(ck_gemm_gradient_f32(NULL, 0, 0, 2, 3, 4, 0, NULL, 4, NULL, 3, 2, c, 3, &gradient) == CK_OK, "alpha 0");
    EXPECT(c[0] == 2 && c[1] == 0 && c[5] == 0 && sums[0] == 10 && sums[1] == 10 && sums[2] == 6, "beta · C remains");
    gradient.value = NULL;
    EXPECT(ck_gemm_gradient_f32(NULL, 0, 0, 0, 3, 4, 1, NULL, 4, NULL, 3, 0, NULL, 3, &gradient) == CK_OK, "m 0");
    EXPECT(sums[0] == 0 && sums[1] == 0 && sums[2] == 0, "no rows sum to 0");
    EXPECT(ck_gemm_gradient_f32(NULL, 0, 0, 2, 0, 4, 1, NULL, 4, NULL, 1, 0, NULL, 1, &gradient) == CK_OK, "n 0");
}

static void bad_arguments_are_refused(void) {
    float x[16] = {0}, c[16], sums[4];
    poison(c, 16);
    poison(sums, 4);
    ck_epilogue forward = {.residual = x, .ldr = 2};
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, c, 3, &forward) == CK_INVALID_ARGUMENT, "ldr < n");
    forward = (ck_epilogue){.residual = c, .ldr = 3};
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, c, 3, &forward) == CK_INVALID_ARGUMENT, "residual is C");
    const ck_gradient_epilogue wrong[] = {
        {.activation = (ck_activation)99, .value = x, .ldv = 3, .column_sums = sums},
        {.activation = CK_RELU, .value = NULL, .ldv = 3, .column_sums = sums},
        {.activation = CK_RELU, .value = x, .ldv = 2, .column_sums = sums},
        {.activation = CK_RELU, .value = c, .ldv = 3, .column_sums = sums},
        {.residual = x, .ldr = 2, .column_sums = sums},
        {.residual = c, .ldr = 3, .column_sums = sums},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT(ck_gemm_gradient_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, c, 3, &wrong[i]) == CK_INVALID_ARGUMENT,
               "gradient epilogue %zu", i);
    EXPECT(ck_gemm_gradient_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "none");
    EXPECT(ck_gemm_gradient_f32(NULL, 0, 0, 2, 3, 4, 1, x, 3, x, 3, 0, c, 3, &wrong[0]) == CK_INVALID_ARGUMENT, "lda");
    for (size_t i = 0; i < 16; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
    for (size_t i = 0; i < 4; i++) EXPECT(is_poison(sums[i]), "a refused call writes no sums");
}

int main(void) {
    for_each_isa(all_sizes);
    for_each_isa(all_pools);
    for_each_isa(relu_of_a_long_column);
    for_each_isa(special_values);
    for_each_isa(nothing_to_read);
    bad_arguments_are_refused();
    return finish_tests();
}
